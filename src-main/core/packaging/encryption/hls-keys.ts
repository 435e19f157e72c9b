import { toBase64 } from '../../../manifest/binary-text.ts';
import type { SegmentTags } from '../../../manifest/hls/media-segment.ts';
import type { EncryptionKey } from '../../../manifest/hls/tags/key.ts';
import { keyIdBytes } from '../../../media/cenc/key-id.ts';
import { SYSTEM_IDS } from '../../../media/cenc/pssh.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { TrackWindow } from '../../ports/presentation.ts';
import type { ContentKey, KeySystem, Protection } from '../../ports/protection.ts';
import type { SegmentProtection } from './segment-protection.ts';
import { systemHeader } from './system-headers.ts';
import { textKeyOf } from './text-key.ts';

/** What the media of a playlist are packed in: transport streams know fewer key systems. */
type Container = 'fmp4' | 'ts';

/** What a playlist says of the keys of a track. */
export type TrackKeys = {
  /** Another key takes the place of one after a while. */
  readonly rotate: boolean;
  /** The keys of a segment, and the crypto period whose header goes with them. */
  at(sequence: number): SegmentKeys;
  /** The same where the segment before it, `before`, has another key; undefined where it has the same. */
  changeAt(sequence: number, before: number): SegmentKeys | undefined;
};

export type SegmentKeys = Required<Pick<SegmentTags, 'keys' | 'keysCoverMap'>> & {
  readonly cryptoPeriod: number | undefined;
};

/**
 * EXT-X-KEY of a track (8216bis §4.4.4.4), one for each system that can have its key; undefined for a track that is clear. Throws
 * `MPE_FORMAT_NOT_SUPPORTED` when none of its systems is for that container: the segments would be said to be clear.
 */
export function trackKeysOf(
  protection: SegmentProtection | undefined,
  { track }: Pick<TrackWindow, 'track'>,
  container: Container,
): TrackKeys | undefined {
  if (protection?.keyOf(track) === undefined) {
    return undefined;
  }
  let latest: SegmentKeys | undefined;

  const ofPeriod = (cryptoPeriod: number | undefined): SegmentKeys => {
    if (latest === undefined || latest.cryptoPeriod !== cryptoPeriod) {
      const key = protection.keyOf(track, cryptoPeriod);
      latest = {
        keys: key === undefined ? [] : encryptionKeys(protection, key, container),
        // A whole fragment is encrypted, and so is the init section (§4.4.4.5); samples leave it clear. Of a second init section hls.js takes
        // the keys that stand before it for its own.
        keysCoverMap: protection.scheme === 'EnvelopeEncryption' || cryptoPeriod !== undefined,
        cryptoPeriod,
      };
    }
    return latest;
  };

  return {
    rotate: protection.cryptoPeriodMs !== undefined,
    at: (sequence) => ofPeriod(protection.cryptoPeriodAt(sequence)),
    changeAt(sequence, before) {
      const period = protection.cryptoPeriodAt(sequence);
      return period === protection.cryptoPeriodAt(before) ? undefined : ofPeriod(period);
    },
  };
}

/** Of text, which has one key for good; undefined where it is clear. */
export function textKeysOf(protection: Protection | undefined): readonly EncryptionKey[] | undefined {
  const key = textKeyOf(protection);
  return protection === undefined || key === undefined ? undefined : encryptionKeys(protection, key, 'fmp4');
}

/** EXT-X-SESSION-KEY (§4.4.6.5): the keys of these tracks, each once. None where they rotate: it would be of no use for long. */
export function sessionKeysOf(
  protection: Protection | undefined,
  windows: readonly Pick<TrackWindow, 'track'>[],
  container: Container,
): readonly EncryptionKey[] {
  if (protection === undefined || protection.cryptoPeriodMs !== undefined) {
    return [];
  }
  const keys = new Map<string, ContentKey>();
  for (const { track } of windows) {
    const key = protection.keyOf(track);
    if (key !== undefined) {
      keys.set(key.id, key);
    }
  }
  return [...keys.values()].flatMap((key) => encryptionKeys(protection, key, container));
}

function encryptionKeys(protection: Protection, key: ContentKey, container: Container): readonly EncryptionKey[] {
  if (container === 'fmp4' || protection.scheme === 'EnvelopeEncryption') {
    return fragmentKeys(protection, key);
  }
  const keys = protection.systemsOf(key).flatMap((system) => streamKeys(key, system));
  if (keys.length === 0) {
    throw new AppError(
      'MPE_FORMAT_NOT_SUPPORTED',
      'Encrypted transport streams are for FairPlay and for keys that this service gives out; the streaming policy of this address has neither.',
    );
  }
  return keys;
}

/** SAMPLE-AES in transport streams: FairPlay, or the key itself. */
function streamKeys(key: ContentKey, system: KeySystem): readonly EncryptionKey[] {
  const common = { method: 'SAMPLE-AES', iv: key.iv } as const;
  switch (system.kind) {
    case 'envelope':
      return [{ ...common, uri: system.keyUri }];
    case 'fairplay':
      return [{ ...common, uri: system.keyUri, ...FAIR_PLAY }];
    case 'given':
      return system.hls
        .filter(({ keyFormat }) => keyFormat === FAIR_PLAY.keyFormat)
        .map((given) => ({ ...given, ...common }));
    case 'clear-key':
    case 'widevine':
    case 'playready':
      return [];
  }
}

const FAIR_PLAY = { keyFormat: 'com.apple.streamingkeydelivery', keyFormatVersions: [1] } as const;

function fragmentKeys(protection: Protection, key: ContentKey): readonly EncryptionKey[] {
  const systems = protection.systemsOf(key);
  const hasClearKey = systems.some(({ kind }) => kind === 'clear-key');
  return systems.flatMap((system) => {
    if (protection.scheme !== 'EnvelopeEncryption' && system.kind === 'envelope' && hasClearKey) {
      // hls.js takes `identity` wherever it stands, and then cannot decrypt samples.
      return [];
    }
    if (system.kind === 'given') {
      return protection.scheme === 'EnvelopeEncryption' ? [] : system.hls.map((given) => withIv(given, key));
    }
    const found =
      protection.scheme === 'EnvelopeEncryption' ? wholeKey(key, system) : sampleKey(protection, key, system);
    return found === undefined ? [] : [found];
  });
}

/** The IV is that which the samples are encrypted with. */
function withIv(given: EncryptionKey, { iv }: ContentKey): EncryptionKey {
  return given.method === 'SAMPLE-AES' ? { ...given, iv } : given;
}

function wholeKey(key: ContentKey, system: KeySystem): EncryptionKey | undefined {
  return system.kind === 'envelope' ? { method: 'AES-128', uri: system.keyUri, iv: key.iv } : undefined;
}

const VERSION_1 = [1];

function sampleKey(
  protection: Protection,
  key: ContentKey,
  system: Exclude<KeySystem, { readonly kind: 'given' }>,
): EncryptionKey | undefined {
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
        uri: protection.cryptoPeriodMs === undefined ? system.licenseUrl : withKeyId(system.licenseUrl, key),
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
      return { ...common, uri: system.keyUri, ...FAIR_PLAY };
  }
}

/** hls.js takes keys with one address for one key. */
function withKeyId(licenseUrl: string, { id }: ContentKey): string {
  return `${licenseUrl}${licenseUrl.includes('?') ? '&' : '?'}kid=${id}`;
}

function dataUri(type: string, bytes: Uint8Array = new Uint8Array()): string {
  return `data:${type};base64,${toBase64(bytes)}`;
}
