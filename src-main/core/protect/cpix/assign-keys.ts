import type { Cpix, CpixKey, CpixUsageRule } from '../../../manifest/cpix/cpix.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { EncryptionScheme } from '../../ports/protection.ts';
import type { KeySlot } from '../key-slots.ts';
import { givenSystem, type StoredSignalling, signallingOf } from './signalling.ts';

/** A key of a document, and the place in the streaming policy that it is for. */
export type AssignedKey = {
  readonly slot: KeySlot;
  readonly id: string;
  readonly value: Uint8Array;
  readonly iv: Uint8Array | undefined;
  readonly signalling: readonly StoredSignalling[];
};

const SCHEMES: Readonly<Partial<Record<string, EncryptionScheme>>> = {
  cenc: 'CommonEncryptionCenc',
  cbcs: 'CommonEncryptionCbcs',
};

const VIDEO = /^(?:avc|hev|hvc|dv)/;
const AUDIO = /^(?:mp4a|ac-3|ec-3|dts)/;

/**
 * Which key is for which label of the policy: by the names in the document's rules, else by whether it is for pictures or for sound; a key without
 * a rule is for all tracks. Throws `request/invalid`, which names the element.
 */
export function assignKeys(
  document: Cpix,
  values: ReadonlyMap<string, Uint8Array>,
  slots: readonly KeySlot[],
): readonly AssignedKey[] {
  const taken = new Map<string, string>();
  return document.keys.map((key, index) => {
    const field = `CPIX/ContentKeyList/ContentKey[${index + 1}]`;
    const value = values.get(key.kid);
    if (value === undefined) {
      throw invalid(`${field}/Data`, 'is missing: the service does not make keys for others');
    }
    const slot = slotOf(key, { rules: document.rules, slots, field });
    const other = taken.get(slot.label);
    if (other !== undefined) {
      throw invalid(field, `is for the label ${slot.label}, as the key ${other} is`);
    }
    taken.set(slot.label, key.kid);
    const signalling = document.systems.filter(({ kid }) => kid === key.kid).map(signallingOf);
    // What cannot be shown later is refused now.
    signalling.forEach(givenSystem);
    return { slot, id: key.kid, value, iv: key.explicitIv, signalling };
  });
}

function slotOf(
  { kid, scheme }: CpixKey,
  {
    rules,
    slots,
    field,
  }: { readonly rules: readonly CpixUsageRule[]; readonly slots: readonly KeySlot[]; readonly field: string },
): KeySlot {
  const own = rules.filter((rule) => rule.kid === kid);
  const ofScheme = slots.filter((slot) => scheme === undefined || slot.scheme === SCHEMES[scheme]);
  if (ofScheme.length === 0) {
    throw invalid(
      `${field}/@commonEncryptionScheme`,
      `is ${JSON.stringify((scheme ?? '').slice(0, 16))}, for which the streaming policy has no key`,
    );
  }
  if (ofScheme.some((slot) => slot.keyRotation !== undefined)) {
    throw invalid(field, 'is one key, and those of the streaming policy rotate');
  }
  const found = new Set(
    own.length === 0 ? ofScheme.filter(isDefault) : own.flatMap((rule) => slotsOfRule(rule, ofScheme)),
  );
  const [slot, ...others] = found;
  if (slot === undefined || others.length > 0) {
    const labels = ofScheme.map(({ label }) => label).join(', ');
    const why = slot === undefined ? 'is for no label' : 'is for more than one label';
    throw invalid(
      field,
      `${why} of the streaming policy, which has ${labels}: name one with a LabelFilter${scheme === undefined ? ' or a commonEncryptionScheme' : ''}`,
    );
  }
  return slot;
}

function slotsOfRule(rule: CpixUsageRule, slots: readonly KeySlot[]): readonly KeySlot[] {
  const names = [...rule.labels, ...(rule.intendedTrackType === undefined ? [] : [rule.intendedTrackType])];
  const named = slots.filter(({ label }) => names.includes(label));
  if (named.length > 0) {
    return named;
  }
  if (rule.isBounded) {
    throw invalid(
      'CPIX/ContentKeyUsageRuleList/ContentKeyUsageRule',
      'tells tracks apart by size, frame rate, channels or bitrate, which streaming policies cannot: name a label of the policy with a LabelFilter',
    );
  }
  if (rule.labels.length > 0) {
    return [];
  }
  const kind = rule.video === rule.audio ? undefined : rule.video ? VIDEO : AUDIO;
  const ofKind = slots.filter(
    ({ tracks }) => kind !== undefined && tracks.length > 0 && tracks.every((one) => isOf(one, kind)),
  );
  return ofKind.length > 0 ? ofKind : slots.filter(isDefault);
}

function isOf({ trackSelections }: KeySlot['tracks'][number], kind: RegExp): boolean {
  return trackSelections.every(({ value }) => kind.test(value));
}

function isDefault({ tracks }: KeySlot): boolean {
  return tracks.length === 0;
}

function invalid(field: string, words: string): AppError {
  return new AppError('request/invalid', `${field} ${words}.`, { details: { field } });
}
