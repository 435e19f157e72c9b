import type { Clock } from '../../base/clock.ts';
import { PREDEFINED_POLICIES, type StreamingPolicy } from '../../shared/api/publishing.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Repository } from '../ports/catalogue.ts';
import type { StreamingPolicyService } from '../ports/services.ts';
import { encryptionsOf } from '../ports/streaming-paths.ts';
import { keySlotsOf } from './key-slots.ts';

export type StreamingPoliciesOptions = {
  readonly rows: Repository<StreamingPolicy>;
  readonly clock: Clock;
  /** Throws `resource/not-found`. */
  readonly checkKeyPolicy: (name: string) => void;
  /** Subjects of what is published under a policy. */
  readonly usersOf: (policy: string) => readonly string[];
  /** How many there may be besides the predefined ones; asked each time. */
  readonly limit: () => number;
};

const streaming = { download: false, dash: true, hls: true, smoothStreaming: true };

const PREDEFINED: Readonly<Record<(typeof PREDEFINED_POLICIES)[number], Omit<StreamingPolicy, 'name'>>> = {
  Predefined_DownloadOnly: {
    noEncryption: { enabledProtocols: { download: true, dash: false, hls: false, smoothStreaming: false } },
  },
  Predefined_ClearStreamingOnly: { noEncryption: { enabledProtocols: streaming } },
  Predefined_DownloadAndClearStreaming: { noEncryption: { enabledProtocols: { ...streaming, download: true } } },
  Predefined_ClearKey: {
    envelopeEncryption: {
      enabledProtocols: streaming,
      contentKeys: { defaultKey: { label: 'aesDefaultKey' } },
    },
  },
  Predefined_MultiDrmCencStreaming: {
    commonEncryptionCenc: {
      enabledProtocols: { ...streaming, hls: false },
      contentKeys: { defaultKey: { label: 'cencDefaultKey' } },
      drm: { playReady: {}, widevine: {} },
    },
  },
  Predefined_MultiDrmStreaming: {
    commonEncryptionCenc: {
      enabledProtocols: { ...streaming, hls: false },
      contentKeys: { defaultKey: { label: 'cencDefaultKey' } },
      drm: { playReady: {}, widevine: {} },
    },
    commonEncryptionCbcs: {
      enabledProtocols: { download: false, dash: false, hls: true, smoothStreaming: false },
      contentKeys: { defaultKey: { label: 'cbcsDefaultKey' } },
      drm: { fairPlay: { allowPersistentLicense: false } },
    },
  },
};

/** The predefined policies, and those that were made here. None can be changed (AMS). */
export function createStreamingPolicies(options: StreamingPoliciesOptions): StreamingPolicyService {
  const { rows, clock } = options;
  const predefined = new Map(PREDEFINED_POLICIES.map((name) => [name as string, { name, ...PREDEFINED[name] }]));

  function get(name: string): StreamingPolicy {
    const found = predefined.get(name) ?? rows.get(name);
    if (found === undefined) {
      throw new AppError('resource/not-found', `There is no streaming policy ${name}.`, {
        details: { streamingPolicy: name },
      });
    }
    return found;
  }

  return {
    list: () => [...predefined.values(), ...rows.list()],
    get,
    create(name, request) {
      if (predefined.has(name) || rows.get(name) !== undefined) {
        throw new AppError(
          'resource/exists',
          `There is already a streaming policy ${name}. Streaming policies cannot be changed.`,
          { details: { streamingPolicy: name } },
        );
      }
      const { length } = rows.list();
      if (length >= options.limit()) {
        throw new AppError('resource/quota', `There are ${length} streaming policies already; delete one.`, {
          details: { quota: 'streamingPolicies', limit: options.limit() },
        });
      }
      const policy: StreamingPolicy = { name, created: new Date(clock.wallMs()).toISOString(), ...request };
      checkSense(policy);
      for (const keyPolicy of keyPoliciesIn(policy)) {
        options.checkKeyPolicy(keyPolicy);
      }
      rows.put(name, policy);
      return policy;
    },
    delete(name) {
      get(name);
      if (predefined.has(name)) {
        throw new AppError('resource/immutable', `${name} is predefined and cannot be deleted.`, {
          details: { streamingPolicy: name },
        });
      }
      const users = options.usersOf(name);
      if (users.length > 0) {
        throw new AppError(
          'resource/in-use',
          `The streaming policy ${name} is used by ${users.slice(0, 5).join(', ')}. Delete that first.`,
          { details: { streamingPolicy: name, usedBy: users.slice(0, 100) } },
        );
      }
      rows.delete(name);
    },
  };
}

/** The content key policies that a streaming policy names. */
export function keyPoliciesIn(policy: StreamingPolicy): readonly string[] {
  return [policy.defaultContentKeyPolicyName, ...keySlotsOf(policy).map(({ policyName }) => policyName)].filter(
    (name) => name !== undefined,
  );
}

const FIELDS = {
  NoEncryption: 'noEncryption',
  EnvelopeEncryption: 'envelopeEncryption',
  CommonEncryptionCenc: 'commonEncryptionCenc',
  CommonEncryptionCbcs: 'commonEncryptionCbcs',
} as const;

function checkSense(policy: StreamingPolicy): void {
  const encryptions = encryptionsOf(policy);
  const isAnythingAllowed = encryptions.some(([, encryption]) =>
    Object.values(encryption?.enabledProtocols ?? {}).some((isEnabled) => isEnabled),
  );
  if (!isAnythingAllowed) {
    throw invalid('noEncryption', 'or another encryption must enable a protocol: this policy allows nothing');
  }
  for (const [scheme, encryption] of encryptions) {
    if (scheme !== 'NoEncryption' && encryption?.enabledProtocols.download === true) {
      throw invalid(`${FIELDS[scheme]}.enabledProtocols.download`, 'cannot be: files are not encrypted');
    }
  }
  checkRotation(policy);
  const labels = new Set<string>();
  for (const { label, scheme } of keySlotsOf(policy)) {
    if (labels.has(label)) {
      throw invalid(`${FIELDS[scheme]}.contentKeys`, `has the label ${label}, which another key has too`);
    }
    labels.add(label);
  }
}

/** Keys that rotate are known to this service alone; and a Smooth Streaming manifest has one key. */
function checkRotation({ envelopeEncryption, commonEncryptionCenc, commonEncryptionCbcs }: StreamingPolicy): void {
  const { customKeyAcquisitionUrlTemplate } = envelopeEncryption ?? {};
  if (envelopeEncryption?.keyRotation !== undefined && customKeyAcquisitionUrlTemplate !== undefined) {
    throw invalid('envelopeEncryption.keyRotation', 'is for keys that this service gives out itself');
  }
  for (const [field, encryption] of [
    ['commonEncryptionCenc', commonEncryptionCenc],
    ['commonEncryptionCbcs', commonEncryptionCbcs],
  ] as const) {
    if (encryption?.keyRotation === undefined) {
      continue;
    }
    const { clearKeyEncryptionConfiguration: clearKey, drm = {} } = encryption;
    if (Object.values(drm).some((system) => system !== undefined)) {
      throw invalid(`${field}.keyRotation`, 'is not for drm: its licence servers would not know the keys');
    }
    if (clearKey === undefined || clearKey.customKeysAcquisitionUrlTemplate !== undefined) {
      throw invalid(`${field}.keyRotation`, 'is for keys that this service gives out itself');
    }
  }
  for (const [field, encryption] of [
    ['envelopeEncryption', envelopeEncryption],
    ['commonEncryptionCenc', commonEncryptionCenc],
  ] as const) {
    if (encryption?.keyRotation !== undefined && encryption.enabledProtocols.smoothStreaming) {
      throw invalid(
        `${field}.enabledProtocols.smoothStreaming`,
        'cannot be together with keyRotation: a Smooth Streaming manifest has one key',
      );
    }
  }
}

function invalid(field: string, words: string): AppError {
  return new AppError('request/invalid', `${field} ${words}.`, { details: { field } });
}
