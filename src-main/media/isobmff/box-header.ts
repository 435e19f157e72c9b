import { malformed } from '../malformed.ts';

/** The first 8 or 16 bytes of a box, ISO/IEC 14496-12 §4.2.2. */
export type BoxHeader = {
  readonly type: string;
  /** 8, or 16 with a 64-bit size. */
  readonly headerSize: number;
  /** Header and body in bytes; 0 means: to the end of the file. */
  readonly size: number;
};

/** The longest header. */
export const MAX_BOX_HEADER = 16;

/**
 * Reads the header at `at`; undefined when `bytes` end before it does. `origin` is the place of `bytes[0]` in the file or stream, for
 * messages. Whether the box fits into what is around it is for the caller to check.
 */
export function peekBoxHeader(bytes: Uint8Array, at: number, origin: number): BoxHeader | undefined {
  const available = bytes.length - at;
  if (available < 8) {
    return undefined;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, Math.min(available, MAX_BOX_HEADER));
  const type = boxName(view, 4);
  const shortSize = view.getUint32(0);
  if (shortSize === 0) {
    return { type, headerSize: 8, size: 0 };
  }
  if (shortSize === 1 && available < 16) {
    return undefined;
  }
  const headerSize = shortSize === 1 ? 16 : 8;
  const size = shortSize === 1 ? Number(view.getBigUint64(8)) : shortSize;
  if (size < headerSize) {
    throw malformed(type, origin + at, `has size ${size}, less than its header`);
  }
  return { type, headerSize, size };
}

/** A four-character code as text; one that is not printable is written as hexadecimal, so that it is safe in messages. */
export function boxName(view: DataView, at: number): string {
  const a = view.getUint8(at);
  const b = view.getUint8(at + 1);
  const c = view.getUint8(at + 2);
  const d = view.getUint8(at + 3);
  if (isPrintable(a) && isPrintable(b) && isPrintable(c) && isPrintable(d)) {
    return String.fromCharCode(a, b, c, d);
  }
  return `0x${view.getUint32(at).toString(16).padStart(8, '0')}`;
}

/** ASCII, and © with which iTunes metadata begins its names. */
function isPrintable(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0xa9;
}
