import type { BoxReader } from '../isobmff/box-reader.ts';
import { BoxWriter } from '../isobmff/box-writer.ts';
import { userType } from '../isobmff/user-type.ts';

/** Ids of protection systems, https://dashif.org/identifiers/content_protection/. */
export const SYSTEM_IDS = {
  /** W3C Common PSSH box format, https://www.w3.org/TR/eme-initdata-cenc/. */
  common: '1077efec-c0b2-4d02-ace3-3c1e52e2fb4b',
  /** DASH-IF ClearKey, only in MPDs. */
  clearKey: 'e2719d58-a985-b3c9-781a-b030af78d30e',
  widevine: 'edef8ba9-79d6-4ace-a3c8-27dcd51d21ed',
  playReady: '9a04f079-9840-4286-ab92-e65be0885f95',
  fairPlay: '94ce86fb-07ff-4f43-adb8-93d2fa968ca2',
} as const;

/** Protection System Specific Header, ISO/IEC 23001-7 §8.1. */
export type SystemHeader = {
  /** A UUID with hyphens. */
  readonly systemId: string;
  /** With key ids it is a box of version 1. */
  readonly keyIds: readonly Uint8Array[];
  readonly data: Uint8Array;
};

/** A whole `pssh` box. */
export function psshBox(header: SystemHeader): Uint8Array {
  const writer = new BoxWriter(64 + header.data.length + 16 * header.keyIds.length);
  writer.fullBox('pssh', header.keyIds.length === 0 ? 0 : 1, 0, (body) => {
    body.bytes(userType(header.systemId));
    if (header.keyIds.length > 0) {
      body.u32(header.keyIds.length);
      for (const keyId of header.keyIds) {
        body.bytes(keyId);
      }
    }
    body.u32(header.data.length);
    body.bytes(header.data);
  });
  return writer.finish();
}

export function parsePssh(box: BoxReader): SystemHeader {
  const { version } = box.fullBox(1);
  const systemId = [...box.bytes(16)]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  const keyIds = version === 0 ? [] : Array.from({ length: box.entryCount(16) }, () => box.bytes(16));
  return { systemId, keyIds, data: box.bytes(box.u32()) };
}
