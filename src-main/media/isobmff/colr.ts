import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';

/** Code points of ISO/IEC 23091-2 (H.273). */
export type Colour = {
  readonly primaries: number;
  readonly transfer: number;
  readonly matrix: number;
  readonly fullRange: boolean;
};

/** Colour Information of the on-screen kind (`nclx`), ISO/IEC 14496-12 §12.1.5. */
export function writeColr(writer: BoxWriter, { primaries, transfer, matrix, fullRange }: Colour): void {
  writer.box('colr', (body) => {
    body.fourCc('nclx');
    body.u16(primaries);
    body.u16(transfer);
    body.u16(matrix);
    body.u8(fullRange ? 0x80 : 0);
  });
}

/** Undefined for ICC profiles and other kinds, which nobody here can use. */
export function parseColr(box: BoxReader): Colour | undefined {
  const kind = box.fourCc();
  if (kind !== 'nclx') {
    return undefined;
  }
  return { primaries: box.u16(), transfer: box.u16(), matrix: box.u16(), fullRange: (box.u8() & 0x80) !== 0 };
}
