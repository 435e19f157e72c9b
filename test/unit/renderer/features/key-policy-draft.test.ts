import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentKeyPolicyCreate } from '../../../../src-main/shared/api/content-key-policies.ts';
import {
  isComplete,
  keyPolicyOf,
  newKeyPolicy,
} from '../../../../src-renderer/features/service/key-policy-draft.ts';

test('each form begins with a signing key of its own, as long as the hash', () => {
  const { secret } = newKeyPolicy();

  assert.equal(Buffer.from(secret, 'base64').length, 32);
  assert.notEqual(newKeyPolicy().secret, secret);
});

test('a token needs an issuer and an audience, everyone needs nothing', () => {
  const draft = newKeyPolicy();

  assert.equal(isComplete(draft), false);
  assert.equal(isComplete({ ...draft, issuer: 'me', audience: ' ' }), false);
  assert.equal(isComplete({ ...draft, issuer: 'me', audience: 'you' }), true);
  assert.equal(isComplete({ ...draft, restriction: 'Open' }), true);
});

test('what is sent is what the service takes; open, no secret goes along', () => {
  const draft = { ...newKeyPolicy(), issuer: ' https://my.site ', audience: 'lectern', tokenType: 'Swt' as const };

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
      primaryVerificationKey: { kind: 'Symmetric', keyValue: draft.secret },
      alternateVerificationKeys: [],
    },
  });
  assert(!JSON.stringify(keyPolicyOf('all', { ...draft, restriction: 'Open' })).includes(draft.secret));
});
