import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { completedOptions, shownOptions } from '../../../../src-main/core/protect/policy-options.ts';
import {
  type ContentKeyPolicyOptionInput,
  contentKeyPolicyCreate,
  contentKeyPolicyPatch,
} from '../../../../src-main/shared/api/content-key-policies.ts';
import { keyFault, newKey, newSecret } from '../../../../src-renderer/features/service/key-draft.ts';
import {
  canRemoveAlternate,
  isComplete,
  type KeyPolicyDraft,
  keyPolicyDraftOf,
  keyPolicyOf,
  keyPolicyPatch,
  newKeyPolicy,
  newOption,
  type OptionDraft,
  optionFaults,
} from '../../../../src-renderer/features/service/key-policy-draft.ts';
import { aKeyPolicy } from '../../../support/fake-service/policy-handlers.ts';

const PEM = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .publicKey.export({ type: 'spki', format: 'pem' })
  .toString();
const SETTING = { tokenType: 'Jwt', canKeep: true, isNeeded: true } as const;

/** One option, with this of it filled in. */
function draftOf(part: Partial<OptionDraft> = {}): KeyPolicyDraft {
  return {
    description: '',
    options: [{ ...newOption(0), issuer: 'https://my.site', audience: 'lectern', ...part }],
  };
}

test('each form begins with a signing key of its own, as long as the hash', () => {
  const secretOf = (draft: KeyPolicyDraft) => draft.options[0]?.primary.made ?? '';
  const secret = secretOf(newKeyPolicy());

  assert.equal(Buffer.from(secret, 'base64').length, 32);
  assert.notEqual(secretOf(newKeyPolicy()), secret);
});

test('a token needs an issuer and an audience, everyone needs nothing', () => {
  assert.equal(isComplete(newKeyPolicy()), false);
  assert.equal(isComplete(draftOf({ audience: ' ' })), false);
  assert.equal(isComplete(draftOf()), true);
  assert.equal(isComplete(draftOf({ issuer: '', audience: '', restriction: 'Open' })), true);
});

test('what is sent is what the service takes; open, no secret goes along', () => {
  const primary = newKey(0);
  const draft = draftOf({ issuer: ' https://my.site ', tokenType: 'Swt', primary });

  const [option] = contentKeyPolicyCreate.parse(keyPolicyOf('members', draft)).options;
  assert.deepEqual(option, {
    name: 'members',
    configuration: { kind: 'ClearKey' },
    restriction: {
      kind: 'Token',
      restrictionTokenType: 'Swt',
      issuer: 'https://my.site',
      audience: 'lectern',
      requiredClaims: [],
      primaryVerificationKey: { kind: 'Symmetric', keyValue: primary.made },
      alternateVerificationKeys: [],
    },
  });
  assert(!JSON.stringify(keyPolicyOf('all', draftOf({ primary, restriction: 'Open' }))).includes(primary.made));
});

test('keys, claims and an OpenID service of every kind that the form has are taken by the service', () => {
  const typed = newSecret();
  const draft: KeyPolicyDraft = {
    description: ' For members ',
    options: [
      {
        ...(draftOf().options[0] ?? newOption(0)),
        openId: ' https://login.example.org/.well-known/openid-configuration ',
        primary: { ...newKey(0), source: 'pem', pem: PEM },
        alternates: [{ ...newKey(0), source: 'typed', typed: ` ${typed}\n` }, newKey(1)],
        claims: [
          { id: 0, key: ' group ', value: 'staff' },
          { id: 1, key: 'urn:microsoft:azure:mediaservices:contentkeyidentifier', value: '' },
          { id: 2, key: '', value: '' },
        ],
      },
      { ...newOption(1), restriction: 'Open' },
    ],
  };

  assert(isComplete(draft));
  const { description, options } = contentKeyPolicyCreate.parse(keyPolicyOf('members', draft));
  assert.doesNotThrow(() => completedOptions(options, []));
  assert.equal(description, 'For members');
  assert.deepEqual(
    options.map(({ name }) => name),
    ['members', 'members-2'],
  );
  const restriction = options[0]?.restriction;
  assert(restriction?.kind === 'Token');
  assert.equal(
    restriction.openIdConnectDiscoveryDocument,
    'https://login.example.org/.well-known/openid-configuration',
  );
  assert.equal(restriction.primaryVerificationKey?.kind, 'Rsa');
  assert.deepEqual(restriction.alternateVerificationKeys[0], { kind: 'Symmetric', keyValue: typed });
  assert.deepEqual(restriction.requiredClaims, [
    { claimType: 'group', claimValue: 'staff' },
    { claimType: 'urn:microsoft:azure:mediaservices:contentkeyidentifier' },
  ]);
});

test('what is wrong with a key is told before the service is asked', () => {
  const typed = (text: string) => keyFault({ ...newKey(0), source: 'typed', typed: text }, SETTING);
  const pem = (text: string) => keyFault({ ...newKey(0), source: 'pem', pem: text }, SETTING);
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({
    type: 'spki',
    format: 'pem',
  });

  assert.equal(typed(' '), 'empty');
  assert.equal(typed('no base64!'), 'base64');
  assert.equal(typed('c2hvcnQ='), 'secretShort');
  assert.equal(typed('A'.repeat(16_388)), 'tooLong');
  assert.equal(typed(newSecret()), undefined);
  assert.equal(pem(''), 'empty');
  assert.equal(pem('ssh-rsa AAAA'), 'none');
  assert.equal(pem(short.toString()), 'rsaShort');
  assert.equal(pem(PEM), undefined);
  assert.equal(keyFault({ ...newKey(0), source: 'pem', pem: PEM }, { ...SETTING, tokenType: 'Swt' }), 'swt');
});

test('without a key of its own a policy needs an OpenID service, and Simple Web Tokens cannot have one', () => {
  const keyless = { ...newKey(0), source: 'none' as const };
  const faultsOf = (part: Partial<OptionDraft>) => {
    const { primary, openId, claims } = optionFaults({ ...newOption(0), primary: keyless, ...part }, true);
    return { primary, openId, claims };
  };

  assert.deepEqual(faultsOf({}), { primary: 'needed', openId: undefined, claims: undefined });
  assert.deepEqual(faultsOf({ openId: 'https://a.example' }).primary, undefined);
  assert.deepEqual(faultsOf({ openId: 'https://a.example', tokenType: 'Swt' }), {
    primary: 'needed',
    openId: 'swt',
    claims: undefined,
  });
  assert.equal(faultsOf({ claims: [{ id: 0, key: ' ', value: 'x' }] }).claims, 'claims');
});

const SECRETS = [newSecret(), newSecret(), newSecret()] as const;
const STORED: readonly ContentKeyPolicyOptionInput[] = [
  {
    name: 'site',
    configuration: { kind: 'ClearKey' },
    restriction: {
      kind: 'Token',
      restrictionTokenType: 'Jwt',
      issuer: ' as a program wrote it ',
      audience: 'lectern',
      requiredClaims: [{ claimType: 'group', claimValue: ' staff ' }],
      primaryVerificationKey: { kind: 'Symmetric', keyValue: SECRETS[0] },
      alternateVerificationKeys: [
        { kind: 'Symmetric', keyValue: SECRETS[1] },
        { kind: 'Symmetric', keyValue: SECRETS[2] },
      ],
    },
  },
  {
    name: 'apple',
    configuration: {
      kind: 'FairPlay',
      rentalAndLeaseKeyType: 'PersistentUnlimited',
      rentalDuration: 60,
      ask: Buffer.alloc(16, 1).toString('base64'),
      fairPlayPfx: 'AAAA',
      fairPlayPfxPassword: 'secret',
    },
    restriction: { kind: 'Open' },
  },
];
const BEFORE = aKeyPolicy('members', { description: 'Who pays', options: shownOptions(STORED, []) });

/** What the service has then. */
function changed(draft: KeyPolicyDraft): readonly ContentKeyPolicyOptionInput[] | undefined {
  const patch = contentKeyPolicyPatch.parse(keyPolicyPatch(BEFORE, draft));
  return patch.options === undefined ? undefined : completedOptions(patch.options, STORED);
}

test('a policy that is opened and saved again sends nothing, and with other words only those', () => {
  const draft = keyPolicyDraftOf(BEFORE);

  assert(isComplete(draft, BEFORE));
  assert.deepEqual(keyPolicyPatch(BEFORE, draft), {});
  assert.deepEqual(keyPolicyPatch(BEFORE, { ...draft, description: 'Who has paid' }), {
    description: 'Who has paid',
  });
});

test('a change of one option leaves its secrets, its blanks and the other options as they were', () => {
  const [site = newOption(0), apple = newOption(1)] = keyPolicyDraftOf(BEFORE).options;
  const draft = { description: 'Who pays', options: [{ ...site, audience: ' stage ' }, apple] };

  assert(isComplete(draft, BEFORE));
  const [first, second] = changed(draft) ?? [];
  assert.deepEqual(first, {
    ...STORED[0],
    restriction: { ...STORED[0]?.restriction, audience: 'stage' },
  });
  assert.deepEqual(second, STORED[1]);
});

test('a key that is replaced leaves those after it in their places, and kept ones cannot move up', () => {
  const [site = newOption(0), apple = newOption(1)] = keyPolicyDraftOf(BEFORE).options;
  const another = newKey(9);
  const [one, two] = site.alternates;
  assert(one !== undefined && two !== undefined);

  assert.deepEqual(
    [0, 1].map((index) => canRemoveAlternate(site, index)),
    [false, true],
  );
  const [first] = changed({ description: '', options: [{ ...site, alternates: [another, two] }, apple] }) ?? [];
  assert(first?.restriction.kind === 'Token');
  assert.deepEqual(first.restriction.alternateVerificationKeys, [
    { kind: 'Symmetric', keyValue: another.made },
    { kind: 'Symmetric', keyValue: SECRETS[2] },
  ]);
});

test('an option without a name cannot keep its key when something changes, and gets a name with the next', () => {
  const nameless = aKeyPolicy('members', {
    options: BEFORE.options.slice(0, 1).map(({ name: _name, ...option }) => option),
  });
  const draft = keyPolicyDraftOf(nameless);
  const [option = newOption(0)] = draft.options;
  const renewed = { ...option, primary: newKey(0), alternates: [] };

  assert(isComplete(draft, nameless));
  assert.equal(optionFaults({ ...option, audience: 'x' }, true).primary, 'nameless');
  assert(!isComplete({ ...draft, options: [{ ...option, audience: 'x' }] }, nameless));
  assert(isComplete({ ...draft, options: [renewed] }, nameless));
  assert.equal(keyPolicyPatch(nameless, { ...draft, options: [renewed] }).options?.[0]?.name, 'members');
});
