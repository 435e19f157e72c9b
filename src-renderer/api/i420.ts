/**
 * I420 to RGBA by ITU-R BT.709, limited range: for pages that are no secure context (a phone in the same network), where the browser keeps
 * `VideoFrame` to itself. About 2 ms for 640×360.
 */
export function i420ToRgba(bytes: Uint8Array, width: number, height: number, out: Uint8ClampedArray): void {
  const luma = width * height;
  const chromaWidth = width >> 1;
  const chroma = luma >> 2;
  for (let row = 0, at = 0; row < height; row += 1) {
    const chromaRow = luma + (row >> 1) * chromaWidth;
    for (let column = 0; column < width; column += 1, at += 1) {
      const index = chromaRow + (column >> 1);
      const y = 1.164_384 * ((bytes[at] ?? 0) - 16);
      const u = (bytes[index] ?? 0) - 128;
      const v = (bytes[index + chroma] ?? 0) - 128;
      out[at * 4] = y + 1.792_741 * v;
      out[at * 4 + 1] = y - 0.213_249 * u - 0.532_909 * v;
      out[at * 4 + 2] = y + 2.112_402 * u;
      out[at * 4 + 3] = 255;
    }
  }
}
