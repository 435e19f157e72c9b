import type { BoxReader } from './box-reader.ts';

/** The sixteen bytes that say what a `uuid` box is, ISO/IEC 14496-12 §11.1, from the text form of a UUID. */
export function userType(uuid: string): Uint8Array {
  return Uint8Array.from(uuid.replaceAll('-', '').match(/../g) ?? [], (hex) => Number.parseInt(hex, 16));
}

/** Reads the user type of a `uuid` box and compares it. */
export function hasUserType(box: BoxReader, wanted: Uint8Array): boolean {
  const found = box.bytes(wanted.length);
  return wanted.every((byte, index) => byte === found[index]);
}
