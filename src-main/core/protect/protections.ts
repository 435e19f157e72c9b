import type { StreamingPolicy, TrackSelections } from '../../shared/api/publishing.ts';
import { type AllowedEncryption, chooseEncryption } from '../ports/choose-encryption.ts';
import type { KeyHolder } from '../ports/keys.ts';
import type { Publication } from '../ports/presentation.ts';
import type { ContentKey, EncryptionScheme, KeySystem, Protection } from '../ports/protection.ts';
import type { EncryptionTag, StreamingFormat } from '../ports/streaming-format.ts';
import { encryptionsOf } from '../ports/streaming-paths.ts';
import { type KeySlot, keySlotsOf } from './key-slots.ts';
import { expandTemplate } from './url-template.ts';

type TrackFacts = Parameters<Protection['keyOf']>[0];

export type ProtectionSource = {
  readonly holder: KeyHolder;
  readonly policy: StreamingPolicy;
  /** By label. */
  readonly keys: ReadonlyMap<string, ContentKey>;
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
  return {
    scheme,
    tag,
    keyOf(track) {
      if (isMeant(clearTracks, track)) {
        return undefined;
      }
      const slot = slots.find(({ tracks }) => isMeant(tracks, track)) ?? slots.find(isDefault);
      return slot === undefined ? undefined : keys.get(slot.label);
    },
    systemsOf: ({ id }) => systemsOf(source, scheme, id),
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
