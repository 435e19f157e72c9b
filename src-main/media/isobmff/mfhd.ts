import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';

/** Movie Fragment Header, ISO/IEC 14496-12 §8.8.5. */
export function writeMfhd(writer: BoxWriter, sequenceNumber: number): void {
  writer.fullBox('mfhd', 0, 0, (body) => body.u32(sequenceNumber));
}

export function parseMfhd(box: BoxReader): number {
  box.fullBox(0);
  return box.u32();
}
