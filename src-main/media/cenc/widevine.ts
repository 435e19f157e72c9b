import { assert } from '../../base/assert.ts';

/** Four-character codes as numbers. */
const SCHEME_CODES = { cenc: 0x63656e63, cbcs: 0x63626373 } as const;

/**
 * The content of a Widevine `pssh`: the message WidevinePsshData (protocol buffers) with the key id (field 2) and, because nothing else of
 * it is asked for by licence servers of today, the protection scheme (field 9) as a four-character code.
 */
export function widevineData(keyId: Uint8Array, scheme: 'cenc' | 'cbcs'): Uint8Array {
  assert(keyId.length === 16, 'a key id has 16 bytes');
  return Uint8Array.of(0x12, keyId.length, ...keyId, 0x48, ...varint(SCHEME_CODES[scheme]));
}

/** Base 128, the least significant group first. */
function varint(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
    bytes.push((rest % 0x80) | 0x80);
  }
  return [...bytes, rest];
}
