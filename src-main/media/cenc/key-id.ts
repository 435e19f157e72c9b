import { assert } from '../../base/assert.ts';

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The 16 bytes of a GUID in the order in which it is read, as common encryption has key ids. */
export function keyIdBytes(guid: string): Uint8Array {
  assert(GUID.test(guid), 'a key id is a GUID with hyphens');
  return Uint8Array.from(guid.replaceAll('-', '').match(/../g) ?? [], (hex) => Number.parseInt(hex, 16));
}

/** The same with its first three fields the other way round, as Windows keeps a GUID and PlayReady writes key ids. */
export function guidBytes(guid: string): Uint8Array {
  const bytes = keyIdBytes(guid);
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}
