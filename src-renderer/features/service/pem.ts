/** A public key as a content key policy takes it, its numbers and bytes in base64. */
export type PublicKey =
  | { readonly kind: 'Rsa'; readonly modulus: string; readonly exponent: string; readonly bits: number }
  | { readonly kind: 'X509'; readonly rawBody: string };

/**
 * `none`: no PEM is in it; `several`: more than one thing is; `private`: the half that signs, which belongs nowhere but with who signs;
 * `other`: neither a public key nor a certificate; `unreadable`: what is in it is not what it says; `notRsa`: a bare key of another kind, for
 * which the service has certificates only.
 */
export type PemFault = 'none' | 'several' | 'private' | 'other' | 'unreadable' | 'notRsa';

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/g;

/** ASN.1 tags, X.690 §8. */
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OBJECT_ID = 0x06;
const SEQUENCE = 0x30;

/** rsaEncryption, RFC 8017 appendix C: 1.2.840.113549.1.1.1. */
const RSA = '42,134,72,134,247,13,1,1,1';

/** Reads what was pasted: `PUBLIC KEY` (RFC 7468 §13), `RSA PUBLIC KEY` (RFC 8017 A.1.1) or `CERTIFICATE` (RFC 7468 §5). */
export function readPem(
  text: string,
): { readonly key: PublicKey; readonly fault?: undefined } | { readonly fault: PemFault } {
  const blocks = [...text.matchAll(BLOCK)];
  const [first, ...others] = blocks;
  if (first === undefined) {
    return { fault: 'none' };
  }
  if (blocks.some(([, found = '']) => found.includes('PRIVATE'))) {
    return { fault: 'private' };
  }
  const [, label = '', body = ''] = first;
  if (others.length > 0) {
    return { fault: 'several' };
  }
  const bytes = bytesOf(body);
  const whole = bytes === undefined ? undefined : elementAt(bytes, 0);
  if (bytes === undefined || whole?.tag !== SEQUENCE || whole.end !== bytes.length) {
    return { fault: 'unreadable' };
  }
  switch (label) {
    case 'CERTIFICATE':
      return { key: { kind: 'X509', rawBody: base64Of(bytes) } };
    case 'RSA PUBLIC KEY':
      return rsaKey(whole.content);
    case 'PUBLIC KEY':
      return subjectKey(whole.content);
    default:
      return { fault: 'other' };
  }
}

/** A file as the text of the field: PEM as it is, DER written as PEM, so that what was chosen is seen and judged as if it were pasted. */
export function pemOfFile(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes);
  if (text.includes('-----BEGIN')) {
    return text;
  }
  const [inner] = elementsOf(elementAt(bytes, 0)?.content);
  const [innermost] = elementsOf(inner?.content);
  const label = innermost?.tag === OBJECT_ID ? 'PUBLIC KEY' : 'CERTIFICATE';
  const lines = base64Of(bytes).match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

/** SubjectPublicKeyInfo, RFC 5280 §4.1. */
function subjectKey(content: Uint8Array): ReturnType<typeof readPem> {
  const [algorithm, bits] = elementsOf(content);
  const [id] = elementsOf(algorithm?.content);
  if (id?.tag !== OBJECT_ID || bits?.tag !== BIT_STRING) {
    return { fault: 'unreadable' };
  }
  if (id.content.join(',') !== RSA) {
    return { fault: 'notRsa' };
  }
  // The first byte says how many bits of the last are none.
  const [numbers] = elementsOf(bits.content.subarray(1));
  return numbers?.tag === SEQUENCE ? rsaKey(numbers.content) : { fault: 'unreadable' };
}

function rsaKey(content: Uint8Array): ReturnType<typeof readPem> {
  const [modulus, exponent] = elementsOf(content);
  if (modulus?.tag !== INTEGER || exponent?.tag !== INTEGER) {
    return { fault: 'unreadable' };
  }
  const [n, e] = [unsigned(modulus.content), unsigned(exponent.content)];
  const bits = n.length === 0 ? 0 : 8 * n.length - Math.clz32(n[0] ?? 0) + 24;
  return { key: { kind: 'Rsa', modulus: base64Of(n), exponent: base64Of(e), bits } };
}

/** Without the zero bytes that keep a number of ASN.1 positive. */
function unsigned(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first < 0 ? new Uint8Array() : bytes.subarray(first);
}

type Element = { readonly tag: number; readonly content: Uint8Array; readonly end: number };

/** Definite lengths only, as DER has them (X.690 §10.1); undefined for what is cut off. */
function elementAt(bytes: Uint8Array, at: number): Element | undefined {
  const [tag, short] = [bytes[at], bytes[at + 1]];
  if (tag === undefined || short === undefined) {
    return undefined;
  }
  const digits = short < 0x80 ? 0 : short - 0x80;
  if (short === 0x80 || digits > 3) {
    return undefined;
  }
  const begin = at + 2 + digits;
  const length = digits === 0 ? short : bytes.subarray(at + 2, begin).reduce((sum, digit) => 256 * sum + digit, 0);
  const end = begin + length;
  return end > bytes.length ? undefined : { tag, content: bytes.subarray(begin, end), end };
}

function elementsOf(bytes: Uint8Array = new Uint8Array()): readonly Element[] {
  const found: Element[] = [];
  let next = elementAt(bytes, 0);
  while (next !== undefined) {
    found.push(next);
    next = elementAt(bytes, next.end);
  }
  return found;
}

function bytesOf(base64: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(base64.replaceAll(/\s/g, '')), (sign) => sign.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function base64Of(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
