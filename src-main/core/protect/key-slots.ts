import type { StreamingPolicy, TrackSelections } from '../../shared/api/publishing.ts';
import { parseIsoDuration } from '../../shared/iso-duration.ts';
import type { EncryptionScheme } from '../ports/protection.ts';
import { encryptionsOf } from '../ports/streaming-paths.ts';

/** One key that a publication under a policy needs. */
export type KeySlot = {
  readonly scheme: EncryptionScheme;
  readonly label: string;
  /** Who gets it, when the policy says so. */
  readonly policyName: string | undefined;
  /** Which tracks it is for; empty for the default key. */
  readonly tracks: TrackSelections;
  /** Where players are sent for it instead of to this service. */
  readonly templates: readonly string[];
  /** Players ask this service for it. */
  readonly isServedHere: boolean;
  readonly keyRotation: KeyRotation | undefined;
};

export type KeyRotation = NonNullable<NonNullable<StreamingPolicy['envelopeEncryption']>['keyRotation']>;

export function cryptoPeriodMs({ interval }: KeyRotation): number {
  return Math.round(1000 * (parseIsoDuration(interval) ?? 0));
}

/** AMS's own words for the default keys of its predefined policies. */
const DEFAULT_LABELS: Readonly<Record<EncryptionScheme, string>> = {
  EnvelopeEncryption: 'aesDefaultKey',
  CommonEncryptionCenc: 'cencDefaultKey',
  CommonEncryptionCbcs: 'cbcsDefaultKey',
};

/** The keys of a policy: of each scheme those with tracks of their own, and the one for all other tracks last. */
export function keySlotsOf(policy: StreamingPolicy): readonly KeySlot[] {
  return encryptionsOf(policy).flatMap(([scheme, encryption]): readonly KeySlot[] => {
    if (scheme === 'NoEncryption' || encryption === undefined) {
      return [];
    }
    const { contentKeys = {}, keyRotation } = encryption;
    const common = { ...addressesOf(policy, scheme), keyRotation };
    const mapped = (contentKeys.keyToTrackMappings ?? []).map(({ label, policyName, tracks }, index) => ({
      scheme,
      label: label ?? `${DEFAULT_LABELS[scheme]}${index + 1}`,
      policyName,
      tracks,
      ...common,
    }));
    const { label = DEFAULT_LABELS[scheme], policyName } = contentKeys.defaultKey ?? {};
    return [...mapped, { scheme, label, policyName, tracks: [], ...common }];
  });
}

function addressesOf(
  { envelopeEncryption, commonEncryptionCenc, commonEncryptionCbcs }: StreamingPolicy,
  scheme: EncryptionScheme,
): Pick<KeySlot, 'templates' | 'isServedHere'> {
  if (scheme === 'EnvelopeEncryption') {
    const template = envelopeEncryption?.customKeyAcquisitionUrlTemplate;
    return template === undefined
      ? { templates: [], isServedHere: true }
      : { templates: [template], isServedHere: false };
  }
  const common = scheme === 'CommonEncryptionCenc' ? commonEncryptionCenc : commonEncryptionCbcs;
  const clearKey = common?.clearKeyEncryptionConfiguration;
  const templates = [
    clearKey?.customKeysAcquisitionUrlTemplate,
    common?.drm?.playReady?.customLicenseAcquisitionUrlTemplate,
    common?.drm?.widevine?.customLicenseAcquisitionUrlTemplate,
    scheme === 'CommonEncryptionCbcs'
      ? commonEncryptionCbcs?.drm?.fairPlay?.customLicenseAcquisitionUrlTemplate
      : undefined,
  ].filter((template) => template !== undefined);
  return {
    templates,
    isServedHere: clearKey !== undefined && clearKey.customKeysAcquisitionUrlTemplate === undefined,
  };
}
