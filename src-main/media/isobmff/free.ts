import { assert } from '../../base/assert.ts';
import type { BoxWriter } from './box-writer.ts';

/** Free Space, ISO/IEC 14496-12 §8.1.2: `size` bytes with the header, at least 8. Readers skip it unread. */
export function writeFree(writer: BoxWriter, size: number): void {
  assert(size >= 8, 'a box is at least as long as its header');
  writer.box('free', (body) => body.zeros(size - 8));
}
