import type { Logger } from '../../src-main/core/ports/logger.ts';
import { silentLogger } from '../../src-main/core/ports/logger.ts';
import { createProtect, type Protect, type ProtectOptions } from '../../src-main/core/protect/protect.ts';
import { contentKeyPolicyCreate } from '../../src-main/shared/api/content-key-policies.ts';
import { streamingPolicyCreate } from '../../src-main/shared/api/publishing.ts';
import { DEFAULT_SETTINGS } from '../../src-main/shared/api/settings.ts';
import { type ManualClock, manualClock } from './manual-clock.ts';
import { memoryRows, memorySecrets } from './memory-rows.ts';
import { AUDIENCE, ISSUER, SECRET } from './tokens.ts';

export type ProtectRig = Protect & {
  readonly clock: ManualClock;
  readonly rows: Pick<ProtectOptions, 'policyRows' | 'keyPolicyRows' | 'keyRows' | 'tokenUseRows'>;
  readonly secrets: ReturnType<typeof memorySecrets>;
  /** Everything that was logged, as text. */
  readonly logged: () => string;
  /** Who publishes; empty at first. */
  readonly users: { policies: readonly string[]; keyPolicies: readonly string[] };
  readonly closed: Set<string>;
  readonly denied: Set<string>;
  /** The same again over the same rows and secrets, as after a restart. */
  readonly reopened: (secrets?: ProtectOptions['secrets']) => Protect;
  /** As it comes in over HTTP. */
  readonly putKeyPolicy: (name: string, ...options: readonly unknown[]) => Promise<void>;
  readonly createPolicy: (name: string, request: unknown) => void;
};

/** Policies, keys and key delivery over rows that last as long as the test. */
export function protectRig(options: Partial<Pick<ProtectOptions, 'fetchJson' | 'keyRows'>> = {}): ProtectRig {
  const clock = manualClock();
  const secrets = memorySecrets();
  const lines: string[] = [];
  const write = (fields: unknown, message: string): void => void lines.push(JSON.stringify(fields) + message);
  const logger: Logger = { ...silentLogger, info: write, warn: write, error: write, debug: write };
  const users: ProtectRig['users'] = { policies: [], keyPolicies: [] };
  const closed = new Set<string>();
  const denied = new Set<string>();
  const rows: ProtectRig['rows'] = {
    policyRows: memoryRows(),
    keyPolicyRows: memoryRows(),
    keyRows: options.keyRows ?? memoryRows(),
    tokenUseRows: memoryRows(),
  };
  const open = (store: ProtectOptions['secrets']): Protect =>
    createProtect({
      ...rows,
      secrets: store,
      clock,
      logger,
      originUrl: () => 'http://localhost:1',
      fetchJson: options.fetchJson ?? (() => Promise.reject(new Error('nobody is there'))),
      usersOfPolicy: () => users.policies,
      usersOfKeyPolicy: () => users.keyPolicies,
      isOpen: (subject) => !closed.has(subject),
      admits: (address) => !denied.has(address),
      quotas: () => DEFAULT_SETTINGS.service.quotas,
    });
  const protect = open(secrets);
  return {
    ...protect,
    clock,
    rows,
    secrets,
    logged: () => lines.join('\n'),
    users,
    closed,
    denied,
    reopened: (store = secrets) => open(store),
    async putKeyPolicy(name, ...given) {
      await protect.contentKeyPolicies.put(name, contentKeyPolicyCreate.parse({ options: given }));
    },
    createPolicy: (name, request) =>
      void protect.streamingPolicies.create(name, streamingPolicyCreate.parse(request)),
  };
}

export const openOption = { configuration: { kind: 'ClearKey' }, restriction: { kind: 'Open' } };

/** A Clear Key option for tokens signed with `SECRET`. */
export function tokenOption(rest: Readonly<Record<string, unknown>> = {}) {
  return {
    name: 'viewers',
    configuration: { kind: 'ClearKey' },
    restriction: {
      kind: 'Token',
      issuer: ISSUER,
      audience: AUDIENCE,
      restrictionTokenType: 'Jwt',
      primaryVerificationKey: { kind: 'Symmetric', keyValue: SECRET.toString('base64') },
      ...rest,
    },
  };
}
