import { createHash } from 'node:crypto';

/** A GUID as it is kept, compared and written: lower case, with hyphens. */
export function keyId(guid: string): string {
  const hex = guid.replaceAll('-', '').toLowerCase();
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** An IV of 16 bytes that anybody can make from the id: it is public, and must only be the same for all who encrypt. */
export function ivOf(id: string): Uint8Array {
  return createHash('sha256').update(`Lectern IV ${id}`).digest().subarray(0, 16);
}
