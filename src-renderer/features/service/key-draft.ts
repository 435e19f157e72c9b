import { base64, base64Size } from '../../../src-main/shared/api/common.ts';
import type { VerificationKeyInput } from '../../../src-main/shared/api/content-key-policies.ts';
import { type PemFault, readPem } from './pem.ts';

/**
 * Where a key that tokens are checked with comes from. `kept`: the one that is there already stays, unseen. `made`: this form makes it.
 * `typed`: a secret of one's own. `pem`: a public key or a certificate. `none`: there is none, those of an OpenID service do.
 */
export type KeySource = 'kept' | 'made' | 'typed' | 'pem' | 'none';

/** What is typed for one key. What belongs to another source than the chosen one stays. */
export type KeyDraft = {
  readonly id: number;
  readonly source: KeySource;
  /** What the one that is there already is. */
  readonly before: VerificationKeyInput['kind'] | undefined;
  /** Base64. Known to the page until the form is closed. */
  readonly made: string;
  readonly typed: string;
  readonly pem: string;
};

/** HS256 takes a key as long as its hash, RFC 7518 §3.2. */
const SECRET_BYTES = 32;
/** What the service takes at least: samples of AMS have 16 bytes; RFC 7518 §3.3. */
const LEAST_SECRET_BYTES = 16;
const LEAST_RSA_BITS = 2048;
/** Characters of base64. */
const MOST_BASE64 = 16_384;

const NOTHING = { before: undefined, made: '', typed: '', pem: '' } as const;

/** `id` tells the keys of a list apart while it is edited. */
export function noKey(id: number): KeyDraft {
  return { ...NOTHING, id, source: 'none' };
}

export function newKey(id: number): KeyDraft {
  return { ...NOTHING, id, source: 'made', made: newSecret() };
}

export function keptKey(id: number, before: VerificationKeyInput['kind']): KeyDraft {
  return { ...NOTHING, id, source: 'kept', before };
}

/** 32 random bytes in base64. */
export function newSecret(): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(SECRET_BYTES))));
}

/** The same key from elsewhere; one that is made here is made when it is first chosen. */
export function fromSource(key: KeyDraft, source: KeySource): KeyDraft {
  return { ...key, source, made: source === 'made' && key.made === '' ? newSecret() : key.made };
}

/**
 * `empty`: still to be given. `swt`: Simple Web Tokens are signed with secrets only. `nameless`: the service finds a kept key by the name of its
 * option, which has none. `needed`: no other key is there.
 */
export type KeyFault =
  | 'empty'
  | 'base64'
  | 'secretShort'
  | 'tooLong'
  | 'rsaShort'
  | 'swt'
  | 'nameless'
  | 'needed'
  | PemFault;

/** What else is known of the option that a key belongs to. */
export type KeySetting = {
  readonly tokenType: 'Jwt' | 'Swt';
  /** Whether a key that is left out would be found again. */
  readonly canKeep: boolean;
  /** Whether tokens can be checked without this key. */
  readonly isNeeded: boolean;
};

/** What is wrong with a key, before the service is asked. */
export function keyFault(key: KeyDraft, { tokenType, canKeep, isNeeded }: KeySetting): KeyFault | undefined {
  switch (key.source) {
    case 'none':
      return isNeeded ? 'needed' : undefined;
    case 'kept':
      return canKeep ? (tokenType === 'Swt' && key.before !== 'Symmetric' ? 'swt' : undefined) : 'nameless';
    case 'made':
      return undefined;
    case 'typed':
      return secretFault(key.typed.trim());
    case 'pem':
      return tokenType === 'Swt' ? 'swt' : publicKeyFault(key.pem);
  }
}

function secretFault(secret: string): KeyFault | undefined {
  if (secret === '') {
    return 'empty';
  }
  if (!base64.safeParse(secret).success) {
    return 'base64';
  }
  return base64Size(secret) < LEAST_SECRET_BYTES
    ? 'secretShort'
    : secret.length > MOST_BASE64
      ? 'tooLong'
      : undefined;
}

function publicKeyFault(pem: string): KeyFault | undefined {
  if (pem.trim() === '') {
    return 'empty';
  }
  const read = readPem(pem);
  if (read.fault !== undefined) {
    return read.fault;
  }
  const { key } = read;
  if (key.kind === 'X509') {
    return key.rawBody.length > MOST_BASE64 ? 'tooLong' : undefined;
  }
  return key.bits < LEAST_RSA_BITS ? 'rsaShort' : key.modulus.length > MOST_BASE64 ? 'tooLong' : undefined;
}

/** Of a draft without faults; undefined for none. A kept one goes without its values, and the service puts those of before in. */
export function keyOf(key: KeyDraft): VerificationKeyInput | undefined {
  switch (key.source) {
    case 'none':
      return undefined;
    case 'kept':
      return key.before === undefined ? undefined : { kind: key.before };
    case 'made':
      return { kind: 'Symmetric', keyValue: key.made };
    case 'typed':
      return { kind: 'Symmetric', keyValue: key.typed.trim() };
    case 'pem':
      return publicKeyOf(key.pem);
  }
}

function publicKeyOf(pem: string): VerificationKeyInput | undefined {
  const read = readPem(pem);
  if (read.fault !== undefined) {
    return undefined;
  }
  const { key } = read;
  return key.kind === 'X509' ? key : { kind: 'Rsa', modulus: key.modulus, exponent: key.exponent };
}
