import { randomUUID } from 'node:crypto';
import { base64Size } from '../../shared/api/common.ts';
import type {
  ContentKeyPolicyOption,
  ContentKeyPolicyOptionInput,
  RestrictionInput,
  VerificationKeyInput,
} from '../../shared/api/content-key-policies.ts';
import { AppError } from '../../shared/app-error.ts';
import { readVerificationKey } from './tokens/verification-key.ts';

type FairPlay = Extract<ContentKeyPolicyOptionInput['configuration'], { readonly kind: 'FairPlay' }>;

/** FairPlay Streaming Programming Guide: the application secret key. */
const ASK_BYTES = 16;

/**
 * The options with the secrets that a request leaves out, taken from the option of the same name as it was before. Throws `request/invalid`
 * for what is missing then, and for what does not fit together.
 */
export function completedOptions(
  given: readonly ContentKeyPolicyOptionInput[],
  before: readonly ContentKeyPolicyOptionInput[],
): readonly ContentKeyPolicyOptionInput[] {
  const names = new Set<string>();
  return given.map((option, index) => {
    const field = `options[${index}]`;
    const { name } = option;
    if (name !== undefined && names.has(name)) {
      throw invalid(`${field}.name`, 'is that of another option too');
    }
    names.add(name ?? '');
    const old = name === undefined ? undefined : before.find((candidate) => candidate.name === name);
    const completed = {
      ...option,
      configuration:
        option.configuration.kind === 'FairPlay'
          ? completedFairPlay(option.configuration, old?.configuration)
          : option.configuration,
      restriction: completedRestriction(option.restriction, old?.restriction),
    };
    checkRestriction(completed.restriction, `${field}.restriction`);
    if (completed.configuration.kind === 'FairPlay') {
      checkFairPlay(completed.configuration, `${field}.configuration`);
    }
    return completed;
  });
}

function completedFairPlay(
  given: FairPlay,
  before: ContentKeyPolicyOptionInput['configuration'] | undefined,
): FairPlay {
  const old = before?.kind === 'FairPlay' ? before : undefined;
  return {
    ...given,
    ask: given.ask ?? old?.ask,
    fairPlayPfx: given.fairPlayPfx ?? old?.fairPlayPfx,
    // The password of another file would be wrong.
    fairPlayPfxPassword:
      given.fairPlayPfxPassword ?? (given.fairPlayPfx === undefined ? old?.fairPlayPfxPassword : undefined),
  };
}

function completedRestriction(given: RestrictionInput, before: RestrictionInput | undefined): RestrictionInput {
  if (given.kind !== 'Token' || before?.kind !== 'Token') {
    return given;
  }
  return {
    ...given,
    primaryVerificationKey:
      given.primaryVerificationKey && completedKey(given.primaryVerificationKey, before.primaryVerificationKey),
    alternateVerificationKeys: given.alternateVerificationKeys.map((key, index) =>
      completedKey(key, before.alternateVerificationKeys[index]),
    ),
  };
}

function completedKey(
  given: VerificationKeyInput,
  before: VerificationKeyInput | undefined,
): VerificationKeyInput {
  const { kind, ...values } = given;
  const isLeftOut = Object.values(values).every((value) => value === undefined);
  return isLeftOut && before?.kind === kind ? before : given;
}

function checkRestriction(restriction: RestrictionInput, field: string): void {
  if (restriction.kind === 'Open') {
    return;
  }
  const { primaryVerificationKey, alternateVerificationKeys, openIdConnectDiscoveryDocument } = restriction;
  if (primaryVerificationKey === undefined && openIdConnectDiscoveryDocument === undefined) {
    throw invalid(`${field}.primaryVerificationKey`, 'is missing, and there is no openIdConnectDiscoveryDocument');
  }
  if (restriction.restrictionTokenType === 'Swt') {
    if (openIdConnectDiscoveryDocument !== undefined) {
      throw invalid(`${field}.openIdConnectDiscoveryDocument`, 'is for Jwt only');
    }
    if ([primaryVerificationKey, ...alternateVerificationKeys].some((key) => key?.kind !== 'Symmetric')) {
      throw invalid(`${field}.primaryVerificationKey`, 'and the alternate ones of Swt must be Symmetric');
    }
  }
  const keys = [
    ...(primaryVerificationKey === undefined ? [] : [['primaryVerificationKey', primaryVerificationKey] as const]),
    ...alternateVerificationKeys.map((key, index) => [`alternateVerificationKeys[${index}]`, key] as const),
  ];
  for (const [name, key] of keys) {
    try {
      readVerificationKey(key);
    } catch (error) {
      throw invalid(`${field}.${name}`, error instanceof Error ? error.message : 'cannot be read', error);
    }
  }
}

function checkFairPlay({ ask, fairPlayPfx, fairPlayPfxPassword }: FairPlay, field: string): void {
  if (ask === undefined || base64Size(ask) !== ASK_BYTES) {
    throw invalid(`${field}.ask`, `must be ${ASK_BYTES} bytes in base64`);
  }
  if (fairPlayPfx === undefined || fairPlayPfxPassword === undefined) {
    throw invalid(`${field}.${fairPlayPfx === undefined ? 'fairPlayPfx' : 'fairPlayPfxPassword'}`, 'is missing');
  }
}

/** As they may be seen. An option keeps its id for as long as it keeps its name. */
export function shownOptions(
  options: readonly ContentKeyPolicyOptionInput[],
  before: readonly ContentKeyPolicyOption[],
): ContentKeyPolicyOption[] {
  return options.map(({ name, configuration, restriction }) => ({
    policyOptionId: before.find((old) => name !== undefined && old.name === name)?.policyOptionId ?? randomUUID(),
    ...(name === undefined ? {} : { name }),
    configuration: shownConfiguration(configuration),
    restriction: shownRestriction(restriction),
  }));
}

function shownConfiguration(
  configuration: ContentKeyPolicyOptionInput['configuration'],
): ContentKeyPolicyOption['configuration'] {
  if (configuration.kind !== 'FairPlay') {
    return configuration;
  }
  const { ask: _ask, fairPlayPfx: _pfx, fairPlayPfxPassword: _password, ...shown } = configuration;
  return shown;
}

function shownRestriction(restriction: RestrictionInput): ContentKeyPolicyOption['restriction'] {
  if (restriction.kind === 'Open') {
    return restriction;
  }
  const { primaryVerificationKey: primary, alternateVerificationKeys, ...shown } = restriction;
  return {
    ...shown,
    ...(primary === undefined ? {} : { primaryVerificationKey: { kind: primary.kind } }),
    alternateVerificationKeys: alternateVerificationKeys.map(({ kind }) => ({ kind })),
  };
}

function invalid(field: string, words: string, cause?: unknown): AppError {
  return new AppError('request/invalid', `${field} ${words}.`, { details: { field }, cause });
}
