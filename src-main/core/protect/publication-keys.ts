import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { createSerial } from '../../base/serial.ts';
import { locatorContentKey, type StreamingPolicy } from '../../shared/api/publishing.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Repository } from '../ports/catalogue.ts';
import type { GivenKeys, KeyHolder, PublicationKeys } from '../ports/keys.ts';
import type { Publication } from '../ports/presentation.ts';
import type { ContentKey } from '../ports/protection.ts';
import type { ContentKeyPolicyService, StreamingPolicyService } from '../ports/services.ts';
import { encryptionsOf } from '../ports/streaming-paths.ts';
import { ivOf, keyId } from './key-id.ts';
import { type KeySlot, keySlotsOf } from './key-slots.ts';
import { createFailingProtect, createProtect } from './protections.ts';
import { needsAlternativeMediaId } from './url-template.ts';
import type { Vault } from './vault.ts';

/** A content key of one holder; `sealed` is its value. */
export const storedContentKey = locatorContentKey.extend({ subject: z.string(), sealed: z.string() });
export type StoredContentKey = z.infer<typeof storedContentKey>;

export type PublicationKeysOptions = {
  readonly rows: Repository<StoredContentKey>;
  readonly vault: Vault;
  readonly policies: Pick<StreamingPolicyService, 'get'>;
  readonly keyPolicies: Pick<ContentKeyPolicyService, 'get'>;
  readonly originUrl: () => string;
};

export type KeyRing = PublicationKeys & {
  /** The rows of that id: more than one where several holders were given the same key. */
  rowsOf(id: string): readonly StoredContentKey[];
  /** Rejects with `secrets/unavailable`. */
  valueOf(row: StoredContentKey): Promise<Uint8Array>;
};

const KEY_BYTES = 16;

type Known = { readonly stamp: readonly unknown[]; readonly protect: NonNullable<Publication['protect']> };
type NewKey = { readonly slot: KeySlot; readonly id: string; readonly value: Uint8Array };

export function createPublicationKeys(options: PublicationKeysOptions): KeyRing {
  const { rows, vault, policies, keyPolicies } = options;
  const changes = createSerial();
  const values = new WeakMap<StoredContentKey, Promise<Uint8Array>>();
  const known = new Map<string, Known>();

  const rowsOfHolder = (subject: string): readonly StoredContentKey[] =>
    rows.list().filter((row) => row.subject === subject);
  const rowsOf = (id: string): readonly StoredContentKey[] => rows.list().filter((row) => row.id === id);

  async function valueOf(row: StoredContentKey): Promise<Uint8Array> {
    const found = values.get(row) ?? vault.open(row.sealed, purposeOf(row));
    values.set(row, found);
    try {
      return await found;
    } catch (error) {
      values.delete(row);
      throw error;
    }
  }

  function check(holder: KeyHolder): void {
    const policy = policies.get(holder.streamingPolicyName);
    if (holder.defaultContentKeyPolicyName !== undefined) {
      keyPolicies.get(holder.defaultContentKeyPolicyName);
    }
    for (const slot of keySlotsOf(policy)) {
      const keyPolicy =
        slot.policyName ?? holder.defaultContentKeyPolicyName ?? policy.defaultContentKeyPolicyName;
      if (slot.isServedHere) {
        checkDelivery(keyPolicy, policy.name);
      }
      if (holder.alternativeMediaId === undefined && slot.templates.some(needsAlternativeMediaId)) {
        throw invalid(
          'alternativeMediaId',
          `is needed: the streaming policy ${policy.name} has {AlternativeMediaId} in an address`,
        );
      }
    }
  }

  /** A stream whose keys nobody could get would play nowhere, and nobody would know why. */
  function checkDelivery(keyPolicy: string | undefined, policy: string): void {
    if (keyPolicy === undefined) {
      throw invalid(
        'defaultContentKeyPolicyName',
        `is needed: the streaming policy ${policy} encrypts, and says of a key neither who gets it nor where it is to be had`,
      );
    }
    if (!keyPolicies.get(keyPolicy).options.some(({ configuration }) => configuration.kind === 'ClearKey')) {
      throw invalid(
        'defaultContentKeyPolicyName',
        `leads to the content key policy ${keyPolicy}, which has no ClearKey option, so that nobody would get the key`,
      );
    }
  }

  async function make(holder: KeyHolder, given: GivenKeys): Promise<readonly StoredContentKey[]> {
    check(holder);
    const policy = policies.get(holder.streamingPolicyName);
    const wanted = assign(keySlotsOf(policy), given);
    for (const key of wanted) {
      await checkUnique(key, holder.subject);
    }
    return await Promise.all(
      wanted.map(async ({ slot, id, value }) => {
        const policyName =
          slot.policyName ?? holder.defaultContentKeyPolicyName ?? policy.defaultContentKeyPolicyName;
        const place = { subject: holder.subject, id };
        return {
          ...place,
          type: slot.scheme,
          labelReferenceInStreamingPolicy: slot.label,
          ...(policyName === undefined ? {} : { policyName }),
          tracks: slot.tracks,
          sealed: await vault.seal(value, purposeOf(place)),
        };
      }),
    );
  }

  /** Two sites, or two locators, may share a key, but an id is that of one key. */
  async function checkUnique({ id, value }: NewKey, subject: string): Promise<void> {
    for (const other of rowsOf(id).filter((row) => row.subject !== subject)) {
      if (!Buffer.from(await valueOf(other)).equals(value)) {
        throw new AppError('resource/exists', `The key id ${id} is that of another key, of ${other.subject}.`, {
          details: { field: 'contentKeys', keyId: id, usedBy: other.subject },
        });
      }
    }
  }

  function keep(made: readonly StoredContentKey[]): void {
    const kept: StoredContentKey[] = [];
    try {
      for (const row of made) {
        rows.put(rowKey(row), row);
        kept.push(row);
      }
    } catch (error) {
      for (const row of kept) {
        rows.delete(rowKey(row));
      }
      throw error;
    }
  }

  function remove(subject: string): void {
    known.delete(subject);
    for (const row of rowsOfHolder(subject)) {
      rows.delete(rowKey(row));
    }
  }

  /** Of the preview of an event that has none yet they are made now. */
  async function rowsFor(holder: KeyHolder, policy: StreamingPolicy): Promise<readonly StoredContentKey[]> {
    // With every request of a viewer: most publications are clear, and all keys there are need not be looked through for them.
    if (!isEncrypted(policy)) {
      return [];
    }
    const found = rowsOfHolder(holder.subject);
    if (found.length > 0) {
      return found;
    }
    return await changes.run(async () => {
      const meanwhile = rowsOfHolder(holder.subject);
      if (meanwhile.length > 0) {
        return meanwhile;
      }
      keep(await make(holder, []));
      return rowsOfHolder(holder.subject);
    });
  }

  async function contentKeys(held: readonly StoredContentKey[]): Promise<ReadonlyMap<string, ContentKey>> {
    return new Map(
      await Promise.all(
        held.map(async (row) => {
          const key: ContentKey = { id: row.id, value: await valueOf(row), iv: ivOf(row.id) };
          return [row.labelReferenceInStreamingPolicy, key] as const;
        }),
      ),
    );
  }

  return {
    policy: (name) => policies.get(name),
    check,
    rowsOf,
    valueOf,
    remove,
    create: (holder, given) =>
      changes.run(async () => {
        const made = await make(holder, given);
        // What a run that was cut off may have left.
        remove(holder.subject);
        keep(made);
      }),
    list: (subject) => rowsOfHolder(subject).map(({ subject: _subject, sealed: _sealed, ...shown }) => shown),
    async protectionOf(holder) {
      const policy = policies.get(holder.streamingPolicyName);
      try {
        const held = await rowsFor(holder, policy);
        const originUrl = options.originUrl();
        const stamp = [policy, originUrl, holder.alternativeMediaId, ...held];
        const before = known.get(holder.subject);
        if (before !== undefined && isSame(before.stamp, stamp)) {
          return before.protect;
        }
        const protect = createProtect({ holder, policy, keys: await contentKeys(held), originUrl });
        known.set(holder.subject, { stamp, protect });
        return protect;
      } catch (error) {
        return createFailingProtect(policy, error);
      }
    },
  };
}

/** Which key is for which place. Throws `request/invalid` for given ones that have none. */
function assign(slots: readonly KeySlot[], given: GivenKeys): readonly NewKey[] {
  const byLabel = new Map<string, GivenKeys[number]>();
  for (const [index, key] of given.entries()) {
    const field = `contentKeys[${index}]`;
    const label = key.labelReferenceInStreamingPolicy ?? (slots.length === 1 ? slots[0]?.label : undefined);
    if (label === undefined || !slots.some((slot) => slot.label === label)) {
      const labels = slots.map((slot) => slot.label).join(', ');
      throw invalid(
        `${field}.labelReferenceInStreamingPolicy`,
        labels === '' ? 'means nothing: the streaming policy has no keys' : `must be one of ${labels}`,
      );
    }
    if (byLabel.has(label)) {
      throw invalid(`${field}.labelReferenceInStreamingPolicy`, `is ${label}, which another key has too`);
    }
    if ([...byLabel.values()].some(({ id }) => keyId(id) === keyId(key.id))) {
      throw invalid(`${field}.id`, 'is that of another key too');
    }
    byLabel.set(label, key);
  }
  return slots.map((slot) => {
    const { id = randomUUID(), value } = byLabel.get(slot.label) ?? {};
    return {
      slot,
      id: keyId(id),
      value: value === undefined ? randomBytes(KEY_BYTES) : Buffer.from(value, 'base64'),
    };
  });
}

function isEncrypted(policy: StreamingPolicy): boolean {
  return encryptionsOf(policy).some(
    ([scheme, encryption]) => scheme !== 'NoEncryption' && encryption !== undefined,
  );
}

type Place = Pick<StoredContentKey, 'subject' | 'id'>;

function rowKey({ subject, id }: Place): string {
  return `${subject} ${id}`;
}

function purposeOf({ subject, id }: Place): string {
  return `contentKey/${subject}/${id}`;
}

function isSame(left: readonly unknown[], right: readonly unknown[]): boolean {
  return left.length === right.length && left.every((one, index) => one === right[index]);
}

function invalid(field: string, words: string): AppError {
  return new AppError('request/invalid', `${field} ${words}.`, { details: { field } });
}
