/**
 * Framing of `GET /studio/preview`: one message after the other, each a header of 16 bytes, little-endian, and its payload.
 *
 *     0  u32  payload length in bytes
 *     4  u8   kind: 1 picture, 2 meters
 *     5  u8   reserved, 0
 *     6  u16  picture: width in pixels; meters: 0
 *     8  f64  picture: UTC in ms at which the programme clock showed it; meters: the same for the readings
 *     16      picture: I420, width × height from length (width * height * 3 / 2); meters: JSON, an array of MeterReading
 */
export const PREVIEW_HEADER_BYTES = 16;
export const PREVIEW_PICTURE = 1;
export const PREVIEW_METERS = 2;

export type PreviewHeader = {
  readonly length: number;
  readonly kind: number;
  readonly width: number;
  readonly wallMs: number;
};

export function writePreviewHeader(header: PreviewHeader): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(PREVIEW_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, header.length, true);
  view.setUint8(4, header.kind);
  view.setUint16(6, header.width, true);
  view.setFloat64(8, header.wallMs, true);
  return bytes;
}

export function readPreviewHeader(bytes: Uint8Array): PreviewHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, PREVIEW_HEADER_BYTES);
  return {
    length: view.getUint32(0, true),
    kind: view.getUint8(4),
    width: view.getUint16(6, true),
    wallMs: view.getFloat64(8, true),
  };
}
