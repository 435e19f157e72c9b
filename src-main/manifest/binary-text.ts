/** Bytes as the text formats carry them. */

const HEX_PAIRS = /^(?:[0-9A-Fa-f]{2})*$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Upper-case hexadecimal digits, two per byte. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    text += byte.toString(16).padStart(2, '0');
  }
  return text.toUpperCase();
}

/** Undefined when the text is not whole bytes in hexadecimal. */
export function fromHex(text: string): Uint8Array | undefined {
  if (!HEX_PAIRS.test(text)) {
    return undefined;
  }
  return Uint8Array.from({ length: text.length / 2 }, (_, index) =>
    Number.parseInt(text.slice(index * 2, index * 2 + 2), 16),
  );
}

/** RFC 4648 §4, padded. */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) {
    binary += String.fromCharCode(byte);
  }
  return btoa(binary);
}

/** Undefined when the text is not base64. White space is left out first: XML editors wrap long values. */
export function fromBase64(text: string): Uint8Array | undefined {
  const compact = text.replace(/\s+/g, '');
  if (!BASE64.test(compact)) {
    return undefined;
  }
  return Uint8Array.from(atob(compact), (character) => character.charCodeAt(0));
}
