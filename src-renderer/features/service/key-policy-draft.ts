import type {
  ContentKeyPolicy,
  ContentKeyPolicyOption,
  ContentKeyPolicyOptionInput,
} from '../../../src-main/shared/api/content-key-policies.ts';
import type { BodyInputOf } from '../../../src-main/shared/api/routes.ts';
import { type KeyDraft, type KeyFault, keptKey, keyFault, keyOf, newKey, noKey } from './key-draft.ts';
import type { PairRow } from './pair-rows.tsx';

/** What is typed of one way to be let in. */
export type OptionDraft = {
  readonly id: number;
  /** The one that is there already. Its name is its hold on its secrets, so that it keeps it. */
  readonly before: ContentKeyPolicyOption | undefined;
  readonly restriction: 'Open' | 'Token';
  readonly tokenType: 'Jwt' | 'Swt';
  readonly issuer: string;
  readonly audience: string;
  /** Address of an OpenID discovery document; empty: none. For JWT. */
  readonly openId: string;
  /** Names and values of claims; without a value any is good. */
  readonly claims: readonly PairRow[];
  readonly primary: KeyDraft;
  readonly alternates: readonly KeyDraft[];
};

/** What is typed in the form of a content key policy. */
export type KeyPolicyDraft = { readonly description: string; readonly options: readonly OptionDraft[] };

type Options = BodyInputOf<'putContentKeyPolicy'>['options'];

/** As the schema bounds them; of claims spec 2.18. */
export const MOST_OPTIONS = 20;
export const MOST_ALTERNATES = 20;
export const MOST_CLAIMS = 30;

/** Tokens of a site, with a secret that is made here. */
export function newOption(id: number): OptionDraft {
  return {
    id,
    before: undefined,
    restriction: 'Token',
    tokenType: 'Jwt',
    issuer: '',
    audience: '',
    openId: '',
    claims: [],
    primary: newKey(0),
    alternates: [],
  };
}

export function newKeyPolicy(): KeyPolicyDraft {
  return { description: '', options: [newOption(0)] };
}

/** A policy that is there, as the form shows it: all but its secrets. */
export function keyPolicyDraftOf({ description, options }: ContentKeyPolicy): KeyPolicyDraft {
  return { description, options: options.map(optionDraftOf) };
}

function optionDraftOf(before: ContentKeyPolicyOption, id: number): OptionDraft {
  const { restriction } = before;
  if (restriction.kind === 'Open') {
    return { ...newOption(id), before, restriction: 'Open', primary: noKey(0) };
  }
  const { primaryVerificationKey: primary, requiredClaims } = restriction;
  return {
    id,
    before,
    restriction: 'Token',
    tokenType: restriction.restrictionTokenType,
    issuer: restriction.issuer,
    audience: restriction.audience,
    openId: restriction.openIdConnectDiscoveryDocument ?? '',
    claims: requiredClaims.map(({ claimType, claimValue = '' }, row) => ({
      id: row,
      key: claimType,
      value: claimValue,
    })),
    primary: primary === undefined ? noKey(0) : keptKey(0, primary.kind),
    alternates: restriction.alternateVerificationKeys.map(({ kind }, row) => keptKey(row, kind)),
  };
}

export type OptionFaults = {
  readonly primary: KeyFault | undefined;
  /** One for each alternate key. */
  readonly alternates: readonly (KeyFault | undefined)[];
  readonly claims: 'claims' | undefined;
  readonly openId: 'swt' | undefined;
  /** The secrets of a licence server cannot be kept either where the option has no name. */
  readonly licences: 'nameless' | undefined;
};

/** What is wrong with an option, before the service is asked; `mustBeSent`: some option of the policy has changed, and they go together. */
export function optionFaults(option: OptionDraft, mustBeSent: boolean): OptionFaults {
  const { before, tokenType, openId } = option;
  const canKeep = !mustBeSent || before?.name !== undefined;
  const licences =
    before?.configuration.kind === 'FairPlay' && !canKeep
      ? { licences: 'nameless' as const }
      : { licences: undefined };
  if (option.restriction === 'Open') {
    return { primary: undefined, alternates: [], claims: undefined, openId: undefined, ...licences };
  }
  const hasIssuerKeys = tokenType === 'Jwt' && openId.trim() !== '';
  return {
    primary: keyFault(option.primary, { tokenType, canKeep, isNeeded: !hasIssuerKeys }),
    alternates: option.alternates.map((key) => keyFault(key, { tokenType, canKeep, isNeeded: true })),
    claims: option.claims.some(({ key, value }) => key.trim() === '' && value !== '') ? 'claims' : undefined,
    openId: tokenType === 'Swt' && openId.trim() !== '' ? 'swt' : undefined,
    ...licences,
  };
}

/** Whether everything is there, and right. */
export function isComplete(draft: KeyPolicyDraft, before?: ContentKeyPolicy): boolean {
  const mustBeSent = areOptionsChanged(draft, before);
  return draft.options.every((option) => {
    const { alternates, ...faults } = optionFaults(option, mustBeSent);
    const isNamed =
      option.restriction === 'Open' || (option.issuer.trim() !== '' && option.audience.trim() !== '');
    return isNamed && [...Object.values(faults), ...alternates].every((fault) => fault === undefined);
  });
}

/** Whether what is typed differs from what is there; always, of a new policy. */
export function areOptionsChanged({ options }: KeyPolicyDraft, before: ContentKeyPolicy | undefined): boolean {
  return before === undefined || !areSame(options, keyPolicyDraftOf(before).options);
}

/** The service completes kept keys by their place, so that none may move up: one can go while no kept one comes after it. */
export function canRemoveAlternate({ alternates }: OptionDraft, index: number): boolean {
  return alternates.slice(index + 1).every(({ source }) => source !== 'kept');
}

/** Of a draft without faults. Options that are new give the keys themselves: the service gives out no licences of DRM systems. */
export function keyPolicyOf(
  name: string,
  { description, options }: KeyPolicyDraft,
): BodyInputOf<'putContentKeyPolicy'> {
  return { description: description.trim(), options: optionsOf(name, options) };
}

/** What has changed of a policy that is there. All options go together, and secrets that are left out of them stay. */
export function keyPolicyPatch(
  before: ContentKeyPolicy,
  draft: KeyPolicyDraft,
): BodyInputOf<'patchContentKeyPolicy'> {
  return {
    ...(draft.description === before.description ? {} : { description: draft.description.trim() }),
    ...(areOptionsChanged(draft, before) ? { options: optionsOf(before.name, draft.options) } : {}),
  };
}

function optionsOf(policy: string, options: readonly OptionDraft[]): Options {
  const taken = new Set(options.map(({ before }) => before?.name));
  return options.map((option) => {
    const { before } = option;
    if (before !== undefined && areSame(option, optionDraftOf(before, option.id))) {
      const { policyOptionId: _id, ...content } = before;
      return content;
    }
    const name = before?.name ?? freshName(policy, taken);
    taken.add(name);
    return {
      // By its name a later change finds the secrets that it leaves out.
      name,
      configuration: before?.configuration ?? { kind: 'ClearKey' },
      restriction: restrictionOf(option),
    };
  });
}

function freshName(policy: string, taken: ReadonlySet<string | undefined>): string {
  const base = policy.slice(0, 240);
  let name = base;
  for (let number = 2; taken.has(name); number += 1) {
    name = `${base}-${number}`;
  }
  return name;
}

function restrictionOf(option: OptionDraft): ContentKeyPolicyOptionInput['restriction'] {
  if (option.restriction === 'Open') {
    return { kind: 'Open' };
  }
  const before = option.before?.restriction.kind === 'Token' ? option.before.restriction : undefined;
  const known = [
    before?.issuer,
    before?.audience,
    ...(before?.requiredClaims ?? []).flatMap(({ claimType, claimValue }) => [claimType, claimValue]),
  ];
  // They are compared exactly, so that blanks at the ends stay where a program has put them.
  const exact = (typed: string): string => (known.includes(typed) ? typed : typed.trim());
  const primary = keyOf(option.primary);
  const openId = option.openId.trim();
  return {
    kind: 'Token',
    issuer: exact(option.issuer),
    audience: exact(option.audience),
    restrictionTokenType: option.tokenType,
    requiredClaims: option.claims
      .filter(({ key }) => key.trim() !== '')
      .map(({ key, value }) => ({
        claimType: exact(key),
        ...(exact(value) === '' ? {} : { claimValue: exact(value) }),
      })),
    ...(openId === '' ? {} : { openIdConnectDiscoveryDocument: openId }),
    ...(primary === undefined ? {} : { primaryVerificationKey: primary }),
    alternateVerificationKeys: option.alternates.map(keyOf).filter((key) => key !== undefined),
  };
}

function areSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
