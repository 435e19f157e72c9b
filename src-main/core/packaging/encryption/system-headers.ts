import { guidBytes, keyIdBytes } from '../../../media/cenc/key-id.ts';
import { playReadyObject } from '../../../media/cenc/playready.ts';
import { parsePssh, psshBox, SYSTEM_IDS } from '../../../media/cenc/pssh.ts';
import { widevineData } from '../../../media/cenc/widevine.ts';
import { readBoxes } from '../../../media/isobmff/box-reader.ts';
import type { ContentKey, KeySystem, Protection } from '../../ports/protection.ts';
import { playReadyChecksum } from './ciphers.ts';

/** What a protection system that has a `pssh` box puts into it. */
export type SystemHeaderBox = {
  readonly kind: 'clear-key' | 'widevine' | 'playready' | 'given';
  readonly systemId: string;
  readonly data: Uint8Array;
  /** The whole `pssh`. */
  readonly box: Uint8Array;
};

/** For each system of a key that has one. FairPlay has its address in the playlist and nothing else. */
export function systemHeaders(protection: Protection, key: ContentKey): readonly SystemHeaderBox[] {
  return protection.systemsOf(key).flatMap((system) => {
    const header = systemHeader(protection, key, system);
    return header === undefined ? [] : [header];
  });
}

export function systemHeader(
  protection: Protection,
  key: ContentKey,
  system: KeySystem,
): SystemHeaderBox | undefined {
  const keyId = keyIdBytes(key.id);
  const scheme = protection.scheme === 'CommonEncryptionCbcs' ? 'cbcs' : 'cenc';
  switch (system.kind) {
    case 'clear-key': {
      const data = new Uint8Array();
      const systemId = SYSTEM_IDS.common;
      return { kind: system.kind, systemId, data, box: psshBox({ systemId, keyIds: [keyId], data }) };
    }
    case 'widevine': {
      const data = widevineData(keyId, scheme);
      const systemId = SYSTEM_IDS.widevine;
      return { kind: system.kind, systemId, data, box: psshBox({ systemId, keyIds: [], data }) };
    }
    case 'playready': {
      const data = playReadyObjectOf(protection, key, system);
      const systemId = SYSTEM_IDS.playReady;
      return { kind: system.kind, systemId, data, box: psshBox({ systemId, keyIds: [], data }) };
    }
    case 'given': {
      const { systemId, pssh } = system;
      return pssh === undefined
        ? undefined
        : { kind: system.kind, systemId, data: parsePssh(readBoxes(pssh).require('pssh')).data, box: pssh };
    }
    case 'envelope':
    case 'fairplay':
      return undefined;
  }
}

/** The PlayReady object of a key: `mspr:pro` of an MPD, ProtectionHeader of a Smooth Streaming manifest, the data of its `pssh`. */
export function playReadyObjectOf(
  { scheme }: Pick<Protection, 'scheme'>,
  key: ContentKey,
  system: KeySystem & { readonly kind: 'playready' },
): Uint8Array {
  return playReadyObject({
    keyId: key.id,
    scheme: scheme === 'CommonEncryptionCbcs' ? 'cbcs' : 'cenc',
    licenseUrl: system.licenseUrl,
    customAttributes: system.customAttributes,
    checksum: playReadyChecksum(key, guidBytes(key.id)),
  });
}
