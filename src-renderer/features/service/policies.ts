import type { StreamingPolicy } from '../../../src-main/shared/api/publishing.ts';

export const PROTOCOL_NAMES = {
  hls: 'HLS',
  dash: 'DASH',
  smoothStreaming: 'Smooth Streaming',
  download: 'MP4',
} as const;

export const SYSTEM_NAMES = { playReady: 'PlayReady', widevine: 'Widevine', fairPlay: 'FairPlay' } as const;

/** How an asset is let out, unprotected first; each with what the word for it is in this page's language. */
const PROTECTIONS = [
  'noEncryption',
  'envelopeEncryption',
  'commonEncryptionCenc',
  'commonEncryptionCbcs',
] as const;
type Protection = (typeof PROTECTIONS)[number];

type Offer = {
  readonly protection: Protection;
  readonly formats: string;
  /** What players are told to get licences with, of those encryptions that leave it open: `Clear Key, Widevine`. */
  readonly systems: string;
};

/** In which forms a policy lets an asset out, and how each is protected. */
export function policyOffers(policy: StreamingPolicy): readonly Offer[] {
  return PROTECTIONS.flatMap((protection) => {
    const enabled = policy[protection]?.enabledProtocols;
    const formats = (['hls', 'dash', 'smoothStreaming', 'download'] as const)
      .filter((format) => enabled?.[format] === true)
      .map((format) => PROTOCOL_NAMES[format]);
    return formats.length === 0
      ? []
      : [{ protection, formats: formats.join(', '), systems: systemsOf(policy, protection).join(', ') }];
  });
}

function systemsOf(policy: StreamingPolicy, protection: Protection): readonly string[] {
  if (protection !== 'commonEncryptionCenc' && protection !== 'commonEncryptionCbcs') {
    return [];
  }
  const { clearKeyEncryptionConfiguration: clearKey, drm } = policy[protection] ?? {};
  const fairPlay = protection === 'commonEncryptionCbcs' ? policy.commonEncryptionCbcs?.drm?.fairPlay : undefined;
  return [
    ...(clearKey === undefined ? [] : ['Clear Key']),
    ...(drm?.playReady === undefined ? [] : [SYSTEM_NAMES.playReady]),
    ...(drm?.widevine === undefined ? [] : [SYSTEM_NAMES.widevine]),
    ...(fairPlay === undefined ? [] : [SYSTEM_NAMES.fairPlay]),
  ];
}

/** What is chosen before anything is. */
export function usualPolicy(policies: readonly StreamingPolicy[]): StreamingPolicy | undefined {
  return policies.find(({ name }) => name === 'Predefined_ClearStreamingOnly') ?? policies[0];
}
