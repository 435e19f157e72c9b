/** Width and height of a still, from its header alone: what is too large is refused before anything decodes it. */
export type ImageHeader = { readonly type: 'png' | 'jpeg'; readonly width: number; readonly height: number };

/** Undefined when the bytes are neither a PNG nor a JPEG, or have no size. */
export function readImageHeader(bytes: Uint8Array): ImageHeader | undefined {
  const png = pngSize(bytes);
  if (png !== undefined) {
    return { type: 'png', ...png };
  }
  const jpeg = jpegSize(bytes);
  return jpeg === undefined ? undefined : { type: 'jpeg', ...jpeg };
}

type Size = { readonly width: number; readonly height: number };

const PNG_START = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52];

/** The IHDR chunk comes first (ISO/IEC 15948 §11.2.2). */
function pngSize(bytes: Uint8Array): Size | undefined {
  if (bytes.length < 24 || PNG_START.some((byte, index) => bytes[index] !== byte)) {
    return undefined;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return sized(view.getUint32(16), view.getUint32(20));
}

function sized(width: number, height: number): Size | undefined {
  return width > 0 && height > 0 ? { width, height } : undefined;
}

/** Markers without a length: TEM and RST0 to 7 (ITU-T T.81 table B.1). */
const isAlone = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);

/** SOF0 to SOF15 but for DHT, JPG and DAC, which share their numbers. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/** Of the frame header (ITU-T T.81 B.2.2); undefined when the bytes are no JPEG up to there, or have no end. */
export function jpegSize(bytes: Uint8Array): Size | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== 0xffd8 || !hasEndOfImage(bytes)) {
    return undefined;
  }
  let at = 2;
  while (at + 9 <= bytes.length && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xff || isAlone(marker)) {
      at += marker === 0xff ? 1 : 2;
    } else if (isFrame(marker)) {
      return sized(view.getUint16(at + 7), view.getUint16(at + 5));
    } else {
      at += 2 + Math.max(2, view.getUint16(at + 2));
    }
  }
  return undefined;
}

/** Some programs write something of their own behind the end. */
function hasEndOfImage(bytes: Uint8Array): boolean {
  for (let at = bytes.lastIndexOf(0xd9); at > 0; at = bytes.lastIndexOf(0xd9, at - 1)) {
    if (bytes[at - 1] === 0xff) {
      return true;
    }
  }
  return false;
}
