/** The key to an X server: name of the method and its data. */
export type XCredential = { readonly name: string; readonly data: Uint8Array };

/** The only method that is in use. */
const METHOD = 'MIT-MAGIC-COOKIE-1';
/** Xauth(3): an entry that fits any address. */
const FAMILY_WILD = 0xffff;

/**
 * Finds the cookie for a display in the content of an Xauthority file: entries of a 16-bit family and four strings with 16-bit lengths,
 * big-endian (Xauth(3)). An entry of this host is better than one for all; one of another host is none. Damage ends the search.
 */
export function findCookie(file: Uint8Array, display: number, hostName: string): XCredential | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let at = 0;
  let other: XCredential | undefined;

  function text(): Uint8Array | undefined {
    if (at + 2 > file.length) {
      return undefined;
    }
    const start = at + 2;
    const end = start + view.getUint16(at);
    at = end;
    return end > file.length ? undefined : file.subarray(start, end);
  }

  while (at + 2 <= file.length) {
    const family = view.getUint16(at);
    at += 2;
    const [address, number, name, data] = [text(), text(), text(), text()];
    if (address === undefined || number === undefined || name === undefined || data === undefined) {
      break;
    }
    const numberText = ascii(number);
    if (ascii(name) !== METHOD || (numberText !== '' && numberText !== String(display))) {
      continue;
    }
    if (ascii(address) === hostName) {
      return { name: METHOD, data };
    }
    other ??= family === FAMILY_WILD || address.length === 0 ? { name: METHOD, data } : undefined;
  }
  return other;
}

function ascii(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes);
}
