import { compact } from '../../compact.ts';
import { malformed } from '../../malformed.ts';
import {
  type AttributeReader,
  hexadecimal,
  hexSequence,
  oneOf,
  quoted,
  quotedString,
  readAttributes,
  type Tag,
  tagLine,
  type ValueReader,
  type WrittenAttribute,
} from '../attribute-list.ts';

/** EXT-X-KEY, 8216bis §4.4.4.4: how the segments from here on are encrypted, until the next one of the same key format. */
export type Key = { readonly method: 'NONE' } | EncryptionKey;

export type EncryptionKey = {
  /**
   * `AES-128` and `AES-256-GCM` encrypt whole segments; in fMP4 `SAMPLE-AES` is the scheme `cbcs` and `SAMPLE-AES-CTR` is `cenc`.
   */
  readonly method: (typeof METHODS)[number];
  readonly uri: string;
  /** 16 bytes. Only for `AES-128` and `SAMPLE-AES`; left out, it is the media sequence number (§5.2). */
  readonly iv?: Uint8Array | undefined;
  /** `identity` when left out. */
  readonly keyFormat?: string | undefined;
  readonly keyFormatVersions?: readonly number[] | undefined;
  /** KEYID is no part of the standard; players of `cenc` and `cbcs` streams look for it when there is no `pssh`. */
  readonly keyId?: Uint8Array | undefined;
};

const METHODS = ['AES-128', 'SAMPLE-AES', 'SAMPLE-AES-CTR', 'AES-256-GCM'] as const;
const IV_BYTES = 16;
const NO_IV: readonly string[] = ['SAMPLE-AES-CTR', 'AES-256-GCM'] satisfies readonly EncryptionKey['method'][];

export function writeKey(key: Key): string {
  return key.method === 'NONE' ? '#EXT-X-KEY:METHOD=NONE\n' : tagLine('EXT-X-KEY', keyAttributes(key));
}

export function keyAttributes(key: EncryptionKey): readonly WrittenAttribute[] {
  if (key.iv !== undefined && (key.iv.length !== IV_BYTES || NO_IV.includes(key.method))) {
    throw malformed('EXT-X-KEY', `an IV has ${IV_BYTES} bytes, and ${NO_IV.join(' and ')} take none`);
  }
  return [
    ['METHOD', key.method],
    ['URI', quoted(key.uri)],
    ['IV', hexSequence(key.iv)],
    ['KEYID', hexSequence(key.keyId)],
    ['KEYFORMAT', quoted(key.keyFormat)],
    ['KEYFORMATVERSIONS', quoted(key.keyFormatVersions?.join('/'))],
  ];
}

export function parseKey(tag: Tag): Key {
  const attributes = readAttributes(tag);
  const method = attributes.required('METHOD', oneOf('NONE', ...METHODS));
  if (method !== 'NONE') {
    return readKey(attributes, method);
  }
  if ([...attributes.names()].length > 1) {
    throw attributes.broken('METHOD=NONE stands alone');
  }
  return { method };
}

/** The attributes that EXT-X-KEY and EXT-X-SESSION-KEY share. */
export function readKey(attributes: AttributeReader, method = readMethod(attributes)): EncryptionKey {
  if (attributes.has('IV') && NO_IV.includes(method)) {
    throw attributes.broken(`${method} takes no IV`);
  }
  return compact({
    method,
    uri: attributes.required('URI', quotedString),
    iv: attributes.optional('IV', initializationVector),
    keyId: attributes.optional('KEYID', hexadecimal),
    keyFormat: attributes.optional('KEYFORMAT', quotedString),
    keyFormatVersions: attributes.optional('KEYFORMATVERSIONS', versions),
  });
}

function readMethod(attributes: AttributeReader): EncryptionKey['method'] {
  return attributes.required('METHOD', oneOf(...METHODS));
}

/** A number in hexadecimal: leading zeros may be left out. */
const initializationVector: ValueReader<Uint8Array> = (raw) => {
  const digits = hexadecimal(raw);
  if (digits === undefined || digits.length > IV_BYTES) {
    return undefined;
  }
  const iv = new Uint8Array(IV_BYTES);
  iv.set(digits, IV_BYTES - digits.length);
  return iv;
};

const versions: ValueReader<readonly number[]> = (raw) => {
  const text = quotedString(raw);
  return text !== undefined && /^[1-9]\d{0,8}(?:\/[1-9]\d{0,8})*$/.test(text)
    ? text.split('/').map(Number)
    : undefined;
};
