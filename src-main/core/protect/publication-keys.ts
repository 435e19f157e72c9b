import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { createSerial } from '../../base/serial.ts';
import { type Cpix, parseCpix } from '../../manifest/cpix/cpix.ts';
import { type LocatorContentKey, locatorContentKey, type StreamingPolicy } from '../../shared/api/publishing.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Repository } from '../ports/catalogue.ts';
import type { GivenKeys, KeyHolder, PublicationKeys } from '../ports/keys.ts';
import type { Publication } from '../ports/presentation.ts';
import type { ContentKey } from '../ports/protection.ts';
import type { ContentKeyPolicyService, StreamingPolicyService } from '../ports/services.ts';
import { encryptionsOf } from '../ports/streaming-paths.ts';
import { type AssignedKey, assignKeys } from './cpix/assign-keys.ts';
import type { DeliveryKey } from './cpix/delivery-key.ts';
import { givenSystem, storedSignalling } from './cpix/signalling.ts';
import { ivOf, keyId } from './key-id.ts';
import { cryptoPeriodMs, type KeySlot, keySlotsOf } from './key-slots.ts';
import { cryptoPeriodOf, periodKey } from './period-keys.ts';
import { createFailingProtect, createProtect } from './protections.ts';
import { needsAlternativeMediaId } from './url-template.ts';
import type { Vault } from './vault.ts';

/** A content key of one holder; `sealed` is its value. */
export const storedContentKey = locatorContentKey.extend({
  subject: z.string(),
  sealed: z.string(),
  /** Base64; one made from the id when left out. */
  iv: z.string().optional(),
  /** Of DRM systems, as a key server gave it. */
  signalling: z.array(storedSignalling).optional(),
});
export type StoredContentKey = z.infer<typeof storedContentKey>;

export type PublicationKeysOptions = {
  readonly rows: Repository<StoredContentKey>;
  readonly vault: Vault;
  readonly policies: Pick<StreamingPolicyService, 'get'>;
  readonly keyPolicies: Pick<ContentKeyPolicyService, 'get'>;
  readonly originUrl: () => string;
  readonly deliveryKey: DeliveryKey;
};

export type KeyRing = PublicationKeys & {
  /** Those with that id: more than one where several holders were given the same key. */
  held(id: string): readonly HeldKey[];
};

/** A key that can be asked for by its id: one that is kept, or one of a crypto period. */
export type HeldKey = Pick<StoredContentKey, 'subject' | 'policyName'> & {
  readonly id: string;
  /** The id of the key that is kept. */
  readonly keptId: string;
  /** When its crypto period begins, in ms since 1970; undefined for one that is of no period. */
  readonly fromMs: number | undefined;
  /** Rejects with `secrets/unavailable`. */
  value(): Promise<Uint8Array>;
};

const KEY_BYTES = 16;

type Known = { readonly stamp: readonly unknown[]; readonly protect: NonNullable<Publication['protect']> };
type NewKey = Omit<AssignedKey, 'iv' | 'signalling'> & Partial<Pick<AssignedKey, 'iv' | 'signalling'>>;

export function createPublicationKeys(options: PublicationKeysOptions): KeyRing {
  const { rows, vault, policies, keyPolicies } = options;
  const changes = createSerial();
  const values = new WeakMap<StoredContentKey, Promise<Uint8Array>>();
  const known = new Map<string, Known>();

  const rowsOfHolder = (subject: string): readonly StoredContentKey[] =>
    rows.list().filter((row) => row.subject === subject);
  const rowsOf = (id: string): readonly StoredContentKey[] => rows.list().filter((row) => row.id === id);

  function heldAs(row: StoredContentKey, id: string): readonly HeldKey[] {
    const { subject, policyName, keyRotation } = row;
    const common = { subject, policyName, id, keptId: row.id };
    if (keyRotation === undefined) {
      return row.id === id ? [{ ...common, fromMs: undefined, value: () => valueOf(row) }] : [];
    }
    // Whoever had the key that is kept could make those of all periods.
    const period = cryptoPeriodOf(id, row.id);
    if (period === undefined) {
      return [];
    }
    const number = period === 'timeless' ? undefined : period;
    return [
      {
        ...common,
        fromMs: number === undefined ? undefined : number * cryptoPeriodMs(keyRotation),
        value: async () => periodKey({ id: row.id, value: await valueOf(row) }, number).value,
      },
    ];
  }

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
    return await sealed(holder, policy, assign(keySlotsOf(policy), given));
  }

  async function sealed(
    holder: KeyHolder,
    policy: StreamingPolicy,
    wanted: readonly NewKey[],
  ): Promise<readonly StoredContentKey[]> {
    for (const key of wanted) {
      await checkUnique(key, holder.subject);
    }
    return await Promise.all(
      wanted.map(async ({ slot, id, value, iv, signalling = [] }) => {
        const policyName =
          slot.policyName ?? holder.defaultContentKeyPolicyName ?? policy.defaultContentKeyPolicyName;
        const place = { subject: holder.subject, id };
        return {
          ...place,
          type: slot.scheme,
          labelReferenceInStreamingPolicy: slot.label,
          ...(policyName === undefined ? {} : { policyName }),
          tracks: slot.tracks,
          ...(slot.keyRotation === undefined ? {} : { keyRotation: slot.keyRotation }),
          ...(iv === undefined ? {} : { iv: Buffer.from(iv).toString('base64') }),
          ...(signalling.length === 0 ? {} : { signalling: [...signalling] }),
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
          const iv = row.iv === undefined ? ivOf(row.id) : Buffer.from(row.iv, 'base64');
          const key: ContentKey = { id: row.id, value: await valueOf(row), iv };
          return [row.labelReferenceInStreamingPolicy, key] as const;
        }),
      ),
    );
  }

  return {
    policy: (name) => policies.get(name),
    check,
    held: (id) => rows.list().flatMap((row) => heldAs(row, id)),
    remove,
    create: (holder, given) =>
      changes.run(async () => {
        const made = await make(holder, given);
        // What a run that was cut off may have left.
        remove(holder.subject);
        keep(made);
      }),
    importCpix: (holder, text) =>
      changes.run(async () => {
        const policy = policies.get(holder.streamingPolicyName);
        const document = readCpix(text);
        const values = await options.deliveryKey.valuesOf(document);
        const keys = assignKeys(document, values, keySlotsOf(policy));
        const before = rowsOfHolder(holder.subject);
        const isReplaced = ({ labelReferenceInStreamingPolicy: label }: StoredContentKey): boolean =>
          keys.some(({ slot }) => slot.label === label);
        const other = before.find((row) => !isReplaced(row) && keys.some(({ id }) => id === row.id));
        if (other !== undefined) {
          throw invalid(
            'CPIX/ContentKeyList',
            `has the id ${other.id}, which is that of the key of ${other.labelReferenceInStreamingPolicy}`,
          );
        }
        const made = await sealed(holder, policy, keys);
        keep(made);
        for (const row of before.filter((old) => isReplaced(old) && !made.some(({ id }) => id === old.id))) {
          rows.delete(rowKey(row));
        }
      }),
    deliveryCertificate: () => options.deliveryKey.certificate(),
    list: (subject) => rowsOfHolder(subject).map(shownKey),
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
        const given = new Map(held.map(({ id, signalling = [] }) => [id, signalling.map(givenSystem)]));
        const protect = createProtect({ holder, policy, keys: await contentKeys(held), given, originUrl });
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

function shownKey(row: StoredContentKey): LocatorContentKey {
  const { subject: _subject, sealed: _sealed, iv: _iv, signalling: _signalling, ...shown } = row;
  return shown;
}

/** The messages name elements, and nothing that is in them. */
function readCpix(text: string): Cpix {
  try {
    return parseCpix(text);
  } catch (error) {
    if (!(error instanceof AppError)) {
      throw error;
    }
    const { what } = error.details;
    throw new AppError('request/invalid', error.message, {
      details: { field: typeof what === 'string' && what !== 'XML' ? what : 'body' },
      cause: error,
    });
  }
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
