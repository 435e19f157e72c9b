import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';

/** Width to height of one pixel, ISO/IEC 14496-12 §12.1.4. */
export type PixelAspectRatio = { readonly horizontal: number; readonly vertical: number };

export function writePasp(writer: BoxWriter, { horizontal, vertical }: PixelAspectRatio): void {
  writer.box('pasp', (body) => {
    body.u32(horizontal);
    body.u32(vertical);
  });
}

export function parsePasp(box: BoxReader): PixelAspectRatio {
  return { horizontal: box.u32(), vertical: box.u32() };
}
