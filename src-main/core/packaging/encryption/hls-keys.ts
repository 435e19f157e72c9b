import { toBase64 } from '../../../manifest/binary-text.ts';
import type { SegmentTags } from '../../../manifest/hls/media-segment.ts';
import type { EncryptionKey } from '../../../manifest/hls/tags/key.ts';
import { keyIdBytes } from '../../../media/cenc/key-id.ts';
import { SYSTEM_IDS } from '../../../media/cenc/pssh.ts';
import type { TrackWindow } from '../../ports/presentation.ts';
import type { ContentKey, KeySystem, Protection } from '../../ports/protection.ts';
import { systemHeader } from './system-headers.ts';

/** What stands before the first segment of a playlist of encrypted media. */
export type SegmentKeys = Required<Pick<SegmentTags, 'keys' | 'keysCoverMap'>>;

/** EXT-X-KEY of a track (8216bis §4.4.4.4), one for each system that can have its key; undefined for a track that is clear. */
export function segmentKeysOf(
  protection: Protection | undefined,
  { track }: Pick<TrackWindow, 'track'>,
): SegmentKeys | undefined {
  const key = protection?.keyOf(track);
  if (protection === undefined || key === undefined) {
    return undefined;
  }
  // A whole fragment is encrypted, and so is the init section (§4.4.4.5); samples leave it clear.
  return { keys: encryptionKeys(protection, key), keysCoverMap: protection.scheme === 'EnvelopeEncryption' };
}

/** EXT-X-SESSION-KEY (§4.4.6.5): the keys of these tracks, each once. */
export function sessionKeysOf(
  protection: Protection | undefined,
  windows: readonly Pick<TrackWindow, 'track'>[],
): readonly EncryptionKey[] {
  if (protection === undefined) {
    return [];
  }
  const keys = new Map<string, ContentKey>();
  for (const { track } of windows) {
    const key = protection.keyOf(track);
    if (key !== undefined) {
      keys.set(key.id, key);
    }
  }
  return [...keys.values()].flatMap((key) => encryptionKeys(protection, key));
}

function encryptionKeys(protection: Protection, key: ContentKey): readonly EncryptionKey[] {
  const systems = protection.systemsOf(key);
  const hasClearKey = systems.some(({ kind }) => kind === 'clear-key');
  return systems.flatMap((system) => {
    if (protection.scheme !== 'EnvelopeEncryption' && system.kind === 'envelope' && hasClearKey) {
      // hls.js takes `identity` wherever it stands, and then cannot decrypt samples.
      return [];
    }
    const found =
      protection.scheme === 'EnvelopeEncryption' ? wholeKey(key, system) : sampleKey(protection, key, system);
    return found === undefined ? [] : [found];
  });
}

function wholeKey(key: ContentKey, system: KeySystem): EncryptionKey | undefined {
  return system.kind === 'envelope' ? { method: 'AES-128', uri: system.keyUri, iv: key.iv } : undefined;
}

const VERSION_1 = [1];

function sampleKey(protection: Protection, key: ContentKey, system: KeySystem): EncryptionKey | undefined {
  const keyId = keyIdBytes(key.id);
  const common =
    protection.scheme === 'CommonEncryptionCbcs'
      ? ({ method: 'SAMPLE-AES', iv: key.iv } as const)
      : ({ method: 'SAMPLE-AES-CTR' } as const);
  switch (system.kind) {
    case 'envelope':
      // The key itself, which Shaka Player gives to the ClearKey of the browser.
      return { ...common, uri: system.keyUri, keyFormat: 'identity' };
    case 'clear-key':
      // What hls.js calls it. It asks the licence server that its page has set.
      return {
        ...common,
        uri: system.licenseUrl,
        keyId,
        keyFormat: 'org.w3.clearkey',
        keyFormatVersions: VERSION_1,
      };
    case 'widevine':
      return {
        ...common,
        uri: dataUri('text/plain', systemHeader(protection, key, system)?.box),
        keyId,
        keyFormat: `urn:uuid:${SYSTEM_IDS.widevine}`,
        keyFormatVersions: VERSION_1,
      };
    case 'playready':
      return {
        ...common,
        uri: dataUri('text/plain;charset=UTF-16', systemHeader(protection, key, system)?.data),
        keyId,
        keyFormat: 'com.microsoft.playready',
        keyFormatVersions: VERSION_1,
      };
    case 'fairplay':
      return {
        ...common,
        uri: system.keyUri,
        keyFormat: 'com.apple.streamingkeydelivery',
        keyFormatVersions: VERSION_1,
      };
  }
}

function dataUri(type: string, bytes: Uint8Array = new Uint8Array()): string {
  return `data:${type};base64,${toBase64(bytes)}`;
}
