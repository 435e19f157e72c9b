import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';

/** Extended Language Tag, ISO/IEC 14496-12 §8.4.6: the BCP 47 tag when three letters in `mdhd` cannot say it. */
export function writeElng(writer: BoxWriter, language: string): void {
  writer.fullBox('elng', 0, 0, (body) => body.text(language));
}

export function parseElng(box: BoxReader): string {
  box.fullBox(0);
  return box.text();
}
