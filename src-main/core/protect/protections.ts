import { SYSTEM_IDS } from '../../media/cenc/pssh.ts';
import type { StreamingPolicy, TrackSelections } from '../../shared/api/publishing.ts';
import { type AllowedEncryption, chooseEncryption } from '../ports/choose-encryption.ts';
import type { KeyHolder } from '../ports/keys.ts';
import type { Publication } from '../ports/presentation.ts';
import type { ContentKey, EncryptionScheme, KeySystem, Protection } from '../ports/protection.ts';
import type { EncryptionTag, StreamingFormat } from '../ports/streaming-format.ts';
import { encryptionsOf } from '../ports/streaming-paths.ts';
import type { GivenSystem } from './cpix/signalling.ts';
import { cryptoPeriodMs, type KeySlot, keySlotsOf } from './key-slots.ts';
import { periodKey } from './period-keys.ts';
import { expandTemplate } from './url-template.ts';

type TrackFacts = Parameters<Protection['keyOf']>[0];

/** Of crypto periods, for each protection. */
const KEPT_KEYS = 256;

export type ProtectionSource = {
  readonly holder: KeyHolder;
  readonly policy: StreamingPolicy;
  /** By label. */
  readonly keys: ReadonlyMap<string, ContentKey>;
  /** What key servers want said of keys, by key id. */
  readonly given: ReadonlyMap<string, readonly GivenSystem[]>;
  /** What addresses of this service begin with. */
  readonly originUrl: string;
};

/** What `Publication.protect` is made of: one protection for each tag, made when it is first asked for. */
export function createProtect(source: ProtectionSource): NonNullable<Publication['protect']> {
  const protections = new Map<EncryptionTag, Protection>();
  return (format, tag) => {
    const chosen = chooseEncryption(format, tag, allowedFor(source.policy, format));
    if (chosen === undefined) {
      return undefined;
    }
    const known = protections.get(chosen.tag) ?? createProtection(source, chosen.scheme, chosen.tag);
    protections.set(chosen.tag, known);
    return known;
  };
}

/** The same choice, where the keys cannot be had: clear streams go on. */
export function createFailingProtect(
  policy: StreamingPolicy,
  failure: unknown,
): NonNullable<Publication['protect']> {
  return (format, tag) => {
    if (chooseEncryption(format, tag, allowedFor(policy, format)) !== undefined) {
      throw failure;
    }
    return undefined;
  };
}

const PROTOCOLS = {
  smooth: 'smoothStreaming',
  'fmp4-v20': 'smoothStreaming',
  'm3u8-aapl-v3': 'hls',
  'm3u8-aapl': 'hls',
  'm3u8-cmaf': 'hls',
  'mpd-time-csf': 'dash',
  'mpd-time-cmaf': 'dash',
  'f4m-f4f': 'smoothStreaming',
} as const satisfies Record<StreamingFormat, keyof Publication['protocols']>;

function allowedFor(policy: StreamingPolicy, format: StreamingFormat): AllowedEncryption {
  const allowed = encryptionsOf(policy)
    .filter(([, encryption]) => encryption?.enabledProtocols[PROTOCOLS[format]] === true)
    .map(([scheme]) => scheme);
  return {
    clear: allowed.includes('NoEncryption'),
    schemes: allowed.filter((scheme) => scheme !== 'NoEncryption'),
  };
}

function createProtection(source: ProtectionSource, scheme: EncryptionScheme, tag: EncryptionTag): Protection {
  const { policy, keys } = source;
  const slots = keySlotsOf(policy).filter((slot) => slot.scheme === scheme);
  const clearTracks = clearTracksOf(policy, scheme);
  const keyRotation = slots[0]?.keyRotation;
  const latest = new Map<string, ContentKey>();

  /** With every part that somebody asks for: the newest few are what is asked for. */
  function ofPeriod(key: ContentKey, period: number | undefined): ContentKey {
    const name = `${key.id} ${period ?? ''}`;
    const found = latest.get(name) ?? periodKey(key, period);
    latest.set(name, found);
    for (const oldest of latest.keys()) {
      if (latest.size <= KEPT_KEYS) {
        break;
      }
      latest.delete(oldest);
    }
    return found;
  }

  return {
    scheme,
    tag,
    cryptoPeriodMs: keyRotation && cryptoPeriodMs(keyRotation),
    keyOf(track, cryptoPeriod) {
      if (isMeant(clearTracks, track)) {
        return undefined;
      }
      const slot = slots.find(({ tracks }) => isMeant(tracks, track)) ?? slots.find(isDefault);
      const key = slot === undefined ? undefined : keys.get(slot.label);
      return key === undefined || keyRotation === undefined ? key : ofPeriod(key, cryptoPeriod);
    },
    systemsOf: ({ id }) => withGiven(systemsOf(source, scheme, id), source.given.get(id) ?? []),
  };
}

function isDefault({ tracks }: KeySlot): boolean {
  return tracks.length === 0;
}

function clearTracksOf(policy: StreamingPolicy, scheme: EncryptionScheme): TrackSelections {
  const [, encryption] = encryptionsOf(policy).find(([name]) => name === scheme) ?? [];
  return encryption !== undefined && 'clearTracks' in encryption ? (encryption.clearTracks ?? []) : [];
}

function isMeant(tracks: TrackSelections, { fourCc }: TrackFacts): boolean {
  return tracks.some(({ trackSelections }) => trackSelections.every(({ value }) => value === fourCc));
}

const SYSTEMS: Readonly<Partial<Record<KeySystem['kind'], string>>> = {
  widevine: SYSTEM_IDS.widevine,
  playready: SYSTEM_IDS.playReady,
  fairplay: SYSTEM_IDS.fairPlay,
};

/** What a key server said takes the place of what would be made here; where licences are to be had is the policy's. */
function withGiven(systems: readonly KeySystem[], given: readonly GivenSystem[]): readonly KeySystem[] {
  const licenseUrlOf = (systemId: string): string | undefined => {
    const system = systems.find(({ kind }) => SYSTEMS[kind] === systemId);
    return system !== undefined && 'licenseUrl' in system ? system.licenseUrl : undefined;
  };
  return [
    ...systems.filter(({ kind }) => !given.some(({ systemId }) => SYSTEMS[kind] === systemId)),
    ...given.map((system) => ({ ...system, licenseUrl: licenseUrlOf(system.systemId) })),
  ];
}

function systemsOf(
  { policy, holder, originUrl }: ProtectionSource,
  scheme: EncryptionScheme,
  contentKeyId: string,
): readonly KeySystem[] {
  const { alternativeMediaId } = holder;
  const fill = (template: string): string => expandTemplate(template, { contentKeyId, alternativeMediaId });
  const filled = (template: string | undefined): string | undefined =>
    template === undefined ? undefined : fill(template);
  // Relative to the manifest: whoever reaches that, under whatever name and through whatever proxy, reaches the key.
  const ownKeyUri = `/keydelivery/?KID=${contentKeyId}`;
  if (scheme === 'EnvelopeEncryption') {
    const template = policy.envelopeEncryption?.customKeyAcquisitionUrlTemplate;
    return [{ kind: 'envelope', keyUri: filled(template) ?? ownKeyUri }];
  }
  const common = scheme === 'CommonEncryptionCenc' ? policy.commonEncryptionCenc : policy.commonEncryptionCbcs;
  const fairPlay = scheme === 'CommonEncryptionCbcs' ? policy.commonEncryptionCbcs?.drm?.fairPlay : undefined;
  const { playReady, widevine } = common?.drm ?? {};
  const clearKey = common?.clearKeyEncryptionConfiguration;
  return [
    ...(clearKey === undefined
      ? []
      : [
          {
            kind: 'clear-key',
            licenseUrl: filled(clearKey.customKeysAcquisitionUrlTemplate) ?? `${originUrl}/keydelivery/clearkey`,
          } as const,
          // The same key by itself, as Shaka Player takes it from HLS.
          ...(clearKey.customKeysAcquisitionUrlTemplate === undefined
            ? [{ kind: 'envelope', keyUri: ownKeyUri } as const]
            : []),
        ]),
    ...(playReady === undefined
      ? []
      : [
          {
            kind: 'playready',
            licenseUrl: filled(playReady.customLicenseAcquisitionUrlTemplate),
            customAttributes: playReady.playReadyCustomAttributes,
          } as const,
        ]),
    ...(widevine === undefined
      ? []
      : [{ kind: 'widevine', licenseUrl: filled(widevine.customLicenseAcquisitionUrlTemplate) } as const]),
    ...(fairPlay === undefined
      ? []
      : [
          {
            kind: 'fairplay',
            keyUri: filled(fairPlay.customLicenseAcquisitionUrlTemplate) ?? `skd://${contentKeyId}`,
          } as const,
        ]),
  ];
}
