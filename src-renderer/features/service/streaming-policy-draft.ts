import type { BodyInputOf } from '../../../src-main/shared/api/routes.ts';

export const PROTECTIONS = ['none', 'envelope', 'cenc', 'cbcs'] as const;
export type PolicyProtection = (typeof PROTECTIONS)[number];

export type PolicyProtocol = 'hls' | 'dash' | 'smoothStreaming' | 'download';

/** What is typed in the form of a streaming policy. */
export type StreamingPolicyDraft = {
  readonly protection: PolicyProtection;
  /** Those that are chosen; what the protection does not have is left out when it is sent. */
  readonly protocols: readonly PolicyProtocol[];
  /** Empty: whoever publishes says it. */
  readonly keyPolicy: string;
};

export const FIRST_POLICY: StreamingPolicyDraft = {
  protection: 'none',
  protocols: ['hls', 'dash', 'smoothStreaming'],
  keyPolicy: '',
};

/** Which protocols can be protected so (spec 5.3). Files are never encrypted. */
export const PROTOCOLS: Readonly<Record<PolicyProtection, readonly PolicyProtocol[]>> = {
  none: ['hls', 'dash', 'smoothStreaming', 'download'],
  envelope: ['hls', 'dash', 'smoothStreaming'],
  cenc: ['dash', 'smoothStreaming'],
  cbcs: ['hls', 'dash'],
};

export function chosenProtocols({ protection, protocols }: StreamingPolicyDraft): readonly PolicyProtocol[] {
  return PROTOCOLS[protection].filter((protocol) => protocols.includes(protocol));
}

/** As the service calls the protection of a policy, which is also where it finds fault with it. */
export const SECTIONS = {
  none: 'noEncryption',
  envelope: 'envelopeEncryption',
  cenc: 'commonEncryptionCenc',
  cbcs: 'commonEncryptionCbcs',
} as const satisfies Record<PolicyProtection, keyof BodyInputOf<'putPolicy'>>;

export function policyOf(draft: StreamingPolicyDraft): BodyInputOf<'putPolicy'> {
  const { protection, keyPolicy } = draft;
  const chosen = chosenProtocols(draft);
  const enabledProtocols = {
    hls: chosen.includes('hls'),
    dash: chosen.includes('dash'),
    smoothStreaming: chosen.includes('smoothStreaming'),
    download: chosen.includes('download'),
  };
  return {
    [SECTIONS[protection]]: {
      enabledProtocols,
      // The licences that the service gives out itself; those of DRM systems come from elsewhere.
      ...(protection === 'cenc' || protection === 'cbcs' ? { clearKeyEncryptionConfiguration: {} } : {}),
    },
    ...(protection === 'none' || keyPolicy === '' ? {} : { defaultContentKeyPolicyName: keyPolicy }),
  };
}
