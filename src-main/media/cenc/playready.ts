import { assert } from '../../base/assert.ts';
import { guidBytes } from './key-id.ts';

/** What a PlayReady header says besides the key's id. */
export type PlayReadyHeader = {
  /** GUID with hyphens. */
  readonly keyId: string;
  readonly scheme: 'cenc' | 'cbcs';
  /** LA_URL: undefined where the player knows it. */
  readonly licenseUrl: string | undefined;
  /** XML that is put into CUSTOMATTRIBUTES as it is; the licence server is given it back. */
  readonly customAttributes: string | undefined;
  /** The first 8 bytes of the key's id encrypted with the key (AES-ECB), by which a player knows a wrong key; only for `cenc`. */
  readonly checksum: Uint8Array | undefined;
};

const RIGHTS_MANAGEMENT_HEADER = 1;
const NAMESPACE = 'http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader';

/**
 * A PlayReady object with one record, the WRMHEADER: of version 4.0 for AES-CTR, which every player knows, and of 4.3 for AES-CBC, the first
 * that has it (PlayReady Header Specification).
 */
export function playReadyObject(header: PlayReadyHeader): Uint8Array {
  const text = header.scheme === 'cenc' ? version40(header) : version43(header);
  const size = 2 * text.length;
  assert(size <= 0xffff - 10, 'the record of a PlayReady header has 16 bits for its length');
  const bytes = new Uint8Array(10 + size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, 1, true);
  view.setUint16(6, RIGHTS_MANAGEMENT_HEADER, true);
  view.setUint16(8, size, true);
  for (let index = 0; index < text.length; index += 1) {
    view.setUint16(10 + 2 * index, text.charCodeAt(index), true);
  }
  return bytes;
}

function version40({ keyId, licenseUrl, customAttributes, checksum }: PlayReadyHeader): string {
  const id = toBase64(guidBytes(keyId));
  const sum = checksum === undefined ? '' : `<CHECKSUM>${toBase64(checksum.subarray(0, 8))}</CHECKSUM>`;
  const protect = '<PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO>';
  return wrap('4.0.0.0', `${protect}<KID>${id}</KID>${sum}${place(licenseUrl)}${custom(customAttributes)}`);
}

function version43({ keyId, licenseUrl, customAttributes }: PlayReadyHeader): string {
  const id = toBase64(guidBytes(keyId));
  const protect = `<PROTECTINFO><KIDS><KID ALGID="AESCBC" VALUE="${id}"></KID></KIDS></PROTECTINFO>`;
  return wrap('4.3.0.0', `${protect}${place(licenseUrl)}${custom(customAttributes)}`);
}

function wrap(version: string, data: string): string {
  return `<WRMHEADER xmlns="${NAMESPACE}" version="${version}"><DATA>${data}</DATA></WRMHEADER>`;
}

function place(licenseUrl: string | undefined): string {
  return licenseUrl === undefined ? '' : `<LA_URL>${escapeText(licenseUrl)}</LA_URL>`;
}

function custom(attributes: string | undefined): string {
  return attributes === undefined || attributes === '' ? '' : `<CUSTOMATTRIBUTES>${attributes}</CUSTOMATTRIBUTES>`;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
