import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { createSerial } from '../../base/serial.ts';
import {
  type ContentKeyPolicyOptionInput,
  contentKeyPolicy,
  contentKeyPolicyCreate,
} from '../../shared/api/content-key-policies.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Repository } from '../ports/catalogue.ts';
import type { ContentKeyPolicyService } from '../ports/services.ts';
import { completedOptions, shownOptions } from './policy-options.ts';
import { createIssuerKeys, type FetchJson } from './tokens/issuer-keys.ts';
import type { Restriction } from './tokens/restriction.ts';
import { readVerificationKey } from './tokens/verification-key.ts';
import type { Vault } from './vault.ts';

/** What may be seen of a policy, and beside it all of its options, sealed. */
export const storedKeyPolicy = contentKeyPolicy.extend({ sealed: z.string() });
export type StoredKeyPolicy = z.infer<typeof storedKeyPolicy>;

export type ContentKeyPoliciesOptions = {
  readonly rows: Repository<StoredKeyPolicy>;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly fetchJson: FetchJson;
  /** Subjects of what names the policy. */
  readonly usersOf: (policy: string) => readonly string[];
  /** How many there may be; asked each time. */
  readonly limit: () => number;
};

export type ContentKeyPolicies = ContentKeyPolicyService & {
  /**
   * Under what conditions keys themselves are given out: the restrictions of its Clear Key options. Rejects with `resource/not-found` and
   * `secrets/unavailable`.
   */
  clearKeyRestrictions(name: string): Promise<readonly Restriction[]>;
};

const sealedOptions = contentKeyPolicyCreate.shape.options;

export function createContentKeyPolicies(options: ContentKeyPoliciesOptions): ContentKeyPolicies {
  const { rows, vault, clock } = options;
  const changes = createSerial();
  /** Keys are read once, and the answers of issuers are kept with them; a policy that is changed is another object. */
  const opened = new WeakMap<StoredKeyPolicy, Promise<readonly Restriction[]>>();

  function stored(name: string): StoredKeyPolicy {
    const row = rows.get(name);
    if (row === undefined) {
      throw new AppError('resource/not-found', `There is no content key policy ${name}.`, {
        details: { contentKeyPolicy: name },
      });
    }
    return row;
  }

  function shown({ sealed: _sealed, ...policy }: StoredKeyPolicy) {
    return policy;
  }

  async function openOptions(row: StoredKeyPolicy): Promise<readonly ContentKeyPolicyOptionInput[]> {
    const bytes = await vault.open(row.sealed, purposeOf(row.name));
    return sealedOptions.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  }

  /** None where they cannot be opened any more: then a change has to bring all of its secrets. */
  async function optionsBefore(row: StoredKeyPolicy | undefined): Promise<readonly ContentKeyPolicyOptionInput[]> {
    try {
      return row === undefined ? [] : await openOptions(row);
    } catch {
      return [];
    }
  }

  async function save(
    before: StoredKeyPolicy | undefined,
    name: string,
    description: string,
    given: readonly ContentKeyPolicyOptionInput[],
  ) {
    const complete = completedOptions(given, await optionsBefore(before));
    const now = new Date(clock.wallMs()).toISOString();
    const row: StoredKeyPolicy = {
      name,
      policyId: before?.policyId ?? randomUUID(),
      description,
      options: shownOptions(complete, before?.options ?? []),
      created: before?.created ?? now,
      lastModified: now,
      sealed: await vault.seal(Buffer.from(JSON.stringify(complete)), purposeOf(name)),
    };
    rows.put(name, row);
    return shown(row);
  }

  async function readRestrictions(row: StoredKeyPolicy): Promise<readonly Restriction[]> {
    const all = await openOptions(row);
    return all
      .filter(({ configuration }) => configuration.kind === 'ClearKey')
      .map(({ restriction }): Restriction => {
        if (restriction.kind === 'Open') {
          return { kind: 'Open' };
        }
        const { primaryVerificationKey: primary, alternateVerificationKeys: others } = restriction;
        const document = restriction.openIdConnectDiscoveryDocument;
        return {
          kind: 'Token',
          rule: restriction,
          keys: [...(primary === undefined ? [] : [primary]), ...others].map(readVerificationKey),
          issuer:
            document === undefined
              ? undefined
              : createIssuerKeys({ document, fetchJson: options.fetchJson, clock }),
        };
      });
  }

  return {
    list: () => rows.list().map(shown),
    get: (name) => shown(stored(name)),
    put: (name, request) =>
      changes.run(async () => {
        const before = rows.get(name);
        const { length } = rows.list();
        if (before === undefined && length >= options.limit()) {
          throw new AppError(
            'resource/quota',
            `There are ${length} content key policies already; delete one first.`,
            { details: { quota: 'contentKeyPolicies', limit: options.limit() } },
          );
        }
        return await save(before, name, request.description, request.options);
      }),
    update: (name, patch) =>
      changes.run(async () => {
        const before = stored(name);
        if (patch.options !== undefined) {
          return await save(before, name, patch.description ?? before.description, patch.options);
        }
        const lastModified = new Date(clock.wallMs()).toISOString();
        const row = { ...before, description: patch.description ?? before.description, lastModified };
        rows.put(name, row);
        return shown(row);
      }),
    delete: (name) =>
      changes.run(async () => {
        stored(name);
        const users = options.usersOf(name);
        if (users.length > 0) {
          throw new AppError(
            'resource/in-use',
            `The content key policy ${name} is used by ${users.slice(0, 5).join(', ')}. Delete that first.`,
            { details: { contentKeyPolicy: name, usedBy: users.slice(0, 100) } },
          );
        }
        rows.delete(name);
        await Promise.resolve();
      }),
    async clearKeyRestrictions(name) {
      const row = stored(name);
      const found = opened.get(row) ?? readRestrictions(row);
      opened.set(row, found);
      try {
        return await found;
      } catch (error) {
        // The key store may answer the next time.
        opened.delete(row);
        throw error;
      }
    },
  };
}

function purposeOf(name: string): string {
  return `contentKeyPolicy/${name}`;
}
