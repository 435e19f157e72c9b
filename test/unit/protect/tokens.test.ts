import assert from 'node:assert/strict';
import { createHmac, createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { exportJWK } from 'jose';
import { generate } from 'selfsigned';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { openOption, type ProtectRig, protectRig, tokenOption } from '../../support/protect-rig.ts';
import { AUDIENCE, forged, ISSUER, jwt, rsa, rsaInput, SECRET, swt } from '../../support/tokens.ts';

const KEY = '11111111-2222-4333-8444-555555555555';
const VALUE = Buffer.from('the key it is 16');
const KEY_CLAIM = 'urn:microsoft:azure:mediaservices:contentkeyidentifier';
const USES_CLAIM = 'urn:microsoft:azure:mediaservices:maxuses';

/** A locator whose key is `KEY`, under a policy with these options. */
async function publish(rig: ProtectRig, ...options: readonly unknown[]): Promise<ProtectRig> {
  await rig.putKeyPolicy('viewers', ...options);
  await rig.keys.create(
    {
      subject: 'streamingLocator/show',
      streamingPolicyName: 'Predefined_ClearKey',
      defaultContentKeyPolicyName: 'viewers',
    },
    [{ id: KEY, value: VALUE.toString('base64') }],
  );
  return rig;
}

/** `ok`, or the code and the rule that was broken. */
async function ask(rig: ProtectRig, token?: string, id = KEY): Promise<string> {
  try {
    const [key] = await rig.delivery.deliver({ ids: [id], token, address: '127.0.0.1' });
    assert.deepEqual(Buffer.from(key?.value ?? []), VALUE);
    return 'ok';
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    const { code, details } = error;
    return details['fault'] === undefined ? code : `${code} ${String(details['fault'])}`;
  }
}

describe('a JSON Web Token', () => {
  test('that is right in everything gets the key; none, and an empty one, are missing', async () => {
    const rig = await publish(protectRig(), tokenOption());

    assert.equal(await ask(rig, await jwt(rig.clock.wallMs())), 'ok');
    assert.equal(await ask(rig), 'keys/token-missing');
    assert.equal(await ask(rig, ''), 'keys/token-missing');
  });

  test('is refused for each single thing that is not right', async () => {
    const rig = await publish(
      protectRig(),
      tokenOption({ requiredClaims: [{ claimType: 'role', claimValue: 'viewer' }] }),
    );
    const nowMs = rig.clock.wallMs();
    const now = Math.floor(nowMs / 1000);
    const right = { role: 'viewer' };
    const cases: readonly (readonly [string, string])[] = [
      [await jwt(nowMs, right), 'ok'],
      [await jwt(nowMs, right, { key: Buffer.from('fedcba9876543210') }), 'keys/token-invalid signature'],
      [await jwt(nowMs, right, { issuer: `${ISSUER}/` }), 'keys/token-invalid issuer'],
      [await jwt(nowMs, right, { issuer: ISSUER.toUpperCase() }), 'keys/token-invalid issuer'],
      [await jwt(nowMs, right, { audience: 'another' }), 'keys/token-invalid audience'],
      [await jwt(nowMs, right, { exp: now }), 'keys/token-expired'],
      [await jwt(nowMs, right, { exp: now + 1 }), 'ok'],
      [await jwt(nowMs, right, { exp: null }), 'keys/token-invalid claim'],
      [await jwt(nowMs, { ...right, nbf: now + 1 }), 'keys/token-invalid not-before'],
      [await jwt(nowMs, { ...right, nbf: now }), 'ok'],
      [await jwt(nowMs), 'keys/token-invalid claim'],
      [await jwt(nowMs, { role: 'Viewer' }), 'keys/token-invalid claim'],
      [await jwt(nowMs, { role: ['guest', 'viewer'] }), 'ok'],
      [await jwt(nowMs, { role: { viewer: true } }), 'keys/token-invalid claim'],
      [await jwt(nowMs, right, { alg: 'HS512' }), 'ok'],
      ['no token', 'keys/token-invalid form'],
      ['a.b.c', 'keys/token-invalid form'],
      ['x'.repeat(20_000), 'keys/token-invalid form'],
    ];

    for (const [token, outcome] of cases) {
      assert.equal(await ask(rig, token), outcome, token.slice(0, 300));
    }
  });

  test('without a signature, in whatever spelling, is refused', async () => {
    const rig = await publish(protectRig(), tokenOption());
    const payload = { iss: ISSUER, aud: AUDIENCE, exp: Math.floor(rig.clock.wallMs() / 1000) + 600 };

    for (const alg of ['none', 'None', 'NONE', 'nOnE', '', undefined, null, 0]) {
      for (const signature of ['', 'AAAA']) {
        assert.match(await ask(rig, forged({ alg, typ: 'JWT' }, payload, signature)), /^keys\/token-invalid/);
      }
    }
  });

  test('signed with the public key as if it were a secret is refused', async () => {
    const rig = await publish(protectRig(), tokenOption({ primaryVerificationKey: rsaInput(rsa.publicKey) }));
    const nowMs = rig.clock.wallMs();
    const payload = { iss: ISSUER, aud: AUDIENCE, exp: Math.floor(nowMs / 1000) + 600 };
    const spellings = [
      rsa.publicKey.export({ type: 'spki', format: 'pem' }),
      rsa.publicKey.export({ type: 'spki', format: 'der' }),
      rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }),
      Buffer.from(rsa.publicKey.export({ format: 'jwk' }).n ?? '', 'base64url'),
    ];

    for (const secret of spellings) {
      const unsigned = forged({ alg: 'HS256' }, payload, '').slice(0, -1);
      const signature = createHmac('sha256', secret).update(unsigned).digest('base64url');
      assert.equal(await ask(rig, `${unsigned}.${signature}`), 'keys/token-invalid algorithm');
    }
    assert.equal(await ask(rig, await jwt(nowMs, {}, { alg: 'RS256', key: rsa.privateKey })), 'ok');
    assert.equal(await ask(rig, await jwt(nowMs, {}, { alg: 'PS384', key: rsa.privateKey })), 'ok');
  });

  test('that brings its own key is refused', async () => {
    const rig = await publish(protectRig(), tokenOption({ primaryVerificationKey: rsaInput(rsa.publicKey) }));
    const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const jwk = await exportJWK(own.publicKey);
    const nowMs = rig.clock.wallMs();

    for (const header of [
      { jwk },
      { jku: 'http://127.0.0.1:1/keys' },
      { kid: '../../dev/null' },
      { x5u: 'http://127.0.0.1:1/' },
    ]) {
      const token = await jwt(nowMs, {}, { alg: 'RS256', key: own.privateKey, header });
      assert.equal(await ask(rig, token), 'keys/token-invalid signature');
    }
  });

  test('of which one sign was changed is refused', async () => {
    const rig = await publish(protectRig(), tokenOption());
    const token = await jwt(rig.clock.wallMs());
    // The last sign of a part has bits that mean nothing.
    const signs = Array.from(token).flatMap((sign, at) =>
      sign === '.' || /^(?:\.|$)/.test(token.slice(at + 1)) ? [] : [at],
    );

    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...signs),
        fc.constantFrom(...Array.from('ABCxyz019-_')),
        async (at, sign) => {
          fc.pre(token[at] !== sign);
          const changed = `${token.slice(0, at)}${sign}${token.slice(at + 1)}`;
          assert.match(await ask(rig, changed), /^keys\/token-/);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('may be signed with any of the keys, also that of a certificate', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pems = await generate([{ name: 'commonName', value: 'tokens' }], { keySize: 2048 });
    const rawBody = pems.cert.replaceAll(/-----[^-]+-----|\s/g, '');
    const rig = await publish(
      protectRig(),
      tokenOption({
        alternateVerificationKeys: [rsaInput(rsa.publicKey), { kind: 'X509', rawBody }],
      }),
    );
    const nowMs = rig.clock.wallMs();

    assert.equal(await ask(rig, await jwt(nowMs)), 'ok');
    assert.equal(await ask(rig, await jwt(nowMs, {}, { alg: 'RS256', key: rsa.privateKey })), 'ok');
    const ofCertificate = createPrivateKey(pems.private);
    assert.equal(await ask(rig, await jwt(nowMs, {}, { alg: 'RS256', key: ofCertificate })), 'ok');
    assert.equal(
      await ask(rig, await jwt(nowMs, {}, { alg: 'ES256', key: privateKey })),
      'keys/token-invalid algorithm',
    );
  });

  test('for one key gets no other, whether the policy asks for that or not', async () => {
    for (const requiredClaims of [[], [{ claimType: KEY_CLAIM }]]) {
      const rig = await publish(protectRig(), tokenOption({ requiredClaims }));
      const nowMs = rig.clock.wallMs();

      assert.equal(await ask(rig, await jwt(nowMs, { [KEY_CLAIM]: KEY })), 'ok');
      assert.equal(await ask(rig, await jwt(nowMs, { [KEY_CLAIM]: KEY.toUpperCase().replaceAll('-', '') })), 'ok');
      assert.equal(
        await ask(rig, await jwt(nowMs, { [KEY_CLAIM]: KEY.replace('1', '2') })),
        'keys/token-invalid claim',
      );
      assert.equal(
        await ask(rig, await jwt(nowMs)),
        requiredClaims.length === 0 ? 'ok' : 'keys/token-invalid claim',
      );
    }
  });
});

describe('a limit of uses', () => {
  test('is kept, whatever the token looks like, and each token has its own', async () => {
    const rig = await publish(protectRig(), tokenOption());
    const token = await jwt(rig.clock.wallMs(), { [USES_CLAIM]: '2' });
    const other = await jwt(rig.clock.wallMs(), { [USES_CLAIM]: 2, jti: 'other' });
    // The last sign of a signature of 32 bytes has two bits that mean nothing.
    const sameSignature = `${token.slice(0, -1)}${String.fromCharCode((token.at(-1) ?? '').charCodeAt(0) + 1)}`;

    const outcomes = [await ask(rig, token), await ask(rig, token), await ask(rig, token), await ask(rig, other)];

    assert.deepEqual(outcomes, ['ok', 'ok', 'keys/token-used-up', 'ok']);
    assert.notEqual(await ask(rig, sameSignature), 'ok');
  });

  test('is remembered over a restart, until the token expires', async () => {
    const rig = await publish(protectRig(), tokenOption());
    const token = await jwt(rig.clock.wallMs(), { [USES_CLAIM]: '2' });
    assert.equal(await ask(rig, token), 'ok');

    const after = { ...rig, ...rig.reopened() };

    assert.equal(await ask(after, token), 'ok');
    assert.equal(await ask(after, token), 'keys/token-used-up');
    assert.equal(rig.rows.tokenUseRows.list().length, 1);
    rig.clock.advance(601_000);
    await ask(after, await jwt(rig.clock.wallMs(), { [USES_CLAIM]: '1' }));
    assert.deepEqual(
      rig.rows.tokenUseRows.list().map(({ count }) => count),
      [1],
    );
  });

  test('is not used up by requests that come at the same time', async () => {
    const rig = await publish(protectRig(), tokenOption());
    const token = await jwt(rig.clock.wallMs(), { [USES_CLAIM]: 3 });

    const outcomes = await Promise.all(Array.from({ length: 20 }, () => ask(rig, token)));

    assert.equal(outcomes.filter((outcome) => outcome === 'ok').length, 3);
  });

  test('needs a token that expires within an hour', async () => {
    const rig = await publish(protectRig(), tokenOption());
    const nowMs = rig.clock.wallMs();
    const now = Math.floor(nowMs / 1000);

    const at = (exp: number) => jwt(nowMs, { [USES_CLAIM]: '2' }, { exp });
    assert.equal(await ask(rig, await at(now + 3600)), 'ok');
    assert.equal(await ask(rig, await at(now + 3601)), 'keys/token-invalid lifetime');
    for (const nonsense of ['0', '-1', '1.5', '', 'many', ['1', '2']]) {
      assert.equal(await ask(rig, await jwt(nowMs, { [USES_CLAIM]: nonsense })), 'keys/token-invalid claim');
    }
  });
});

describe('a Simple Web Token', () => {
  const option = tokenOption({
    restrictionTokenType: 'Swt',
    requiredClaims: [{ claimType: 'role', claimValue: 'viewer' }],
  });

  test('is checked for signature, issuer, audience, time and claims', async () => {
    const rig = await publish(protectRig(), option);
    const now = Math.floor(rig.clock.wallMs() / 1000);
    const right = { role: 'viewer', Issuer: ISSUER, Audience: AUDIENCE, ExpiresOn: String(now + 600) };

    const cases: readonly (readonly [string, string])[] = [
      [swt(right), 'ok'],
      [swt({ ...right, [USES_CLAIM]: '1' }), 'ok'],
      [swt({ ...right, [USES_CLAIM]: '1' }), 'keys/token-used-up'],
      [swt({ ...right, [KEY_CLAIM]: `nb:kid:UUID:${KEY}` }), 'ok'],
      [swt(right, Buffer.from('another secret 16')), 'keys/token-invalid signature'],
      [`${swt(right)}&role=admin`, 'keys/token-invalid form'],
      [swt({ ...right, Issuer: 'x' }), 'keys/token-invalid issuer'],
      [swt({ ...right, Audience: 'x' }), 'keys/token-invalid audience'],
      [swt({ ...right, ExpiresOn: String(now) }), 'keys/token-expired'],
      [swt({ ...right, ExpiresOn: 'never' }), 'keys/token-invalid claim'],
      [swt({ ...right, role: 'guest' }), 'keys/token-invalid claim'],
      [await jwt(rig.clock.wallMs(), { role: 'viewer' }), 'keys/token-invalid form'],
    ];
    for (const [token, outcome] of cases) {
      assert.equal(await ask(rig, token), outcome, token);
    }
  });

  test('in which a claim is there twice is refused, although it is signed', async () => {
    const rig = await publish(protectRig(), option);
    const now = Math.floor(rig.clock.wallMs() / 1000);
    const form = `role=guest&role=viewer&Issuer=${ISSUER}&Audience=${AUDIENCE}&ExpiresOn=${now + 600}`;
    const signature = createHmac('sha256', SECRET).update(form).digest('base64');

    assert.equal(await ask(rig, `${form}&HMACSHA256=${encodeURIComponent(signature)}`), 'keys/token-invalid form');
  });
});

describe('an issuer that publishes its keys', () => {
  const document = 'https://issuer.example/.well-known/openid-configuration';
  const option = tokenOption({ primaryVerificationKey: undefined, openIdConnectDiscoveryDocument: document });

  test('is asked once, again for a key that is new, and not for each that is made up', async () => {
    const next = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const asked: string[] = [];
    let keys = [{ ...(await exportJWK(rsa.publicKey)), kid: 'one' }];
    const rig = await publish(
      protectRig({
        fetchJson(url) {
          asked.push(url);
          return Promise.resolve(
            url === document ? { issuer: ISSUER, jwks_uri: 'https://issuer.example/keys' } : { keys },
          );
        },
      }),
      option,
    );
    const signed = (key: typeof rsa.privateKey, kid: string) =>
      jwt(rig.clock.wallMs(), {}, { alg: 'RS256', key, header: { kid } });

    assert.equal(await ask(rig, await signed(rsa.privateKey, 'one')), 'ok');
    assert.equal(await ask(rig, await signed(rsa.privateKey, 'one')), 'ok');
    assert.deepEqual(asked, [document, 'https://issuer.example/keys']);
    assert.equal(await ask(rig, await signed(next.privateKey, 'two')), 'keys/token-invalid signature');
    assert.equal(asked.length, 2);
    keys = [{ ...(await exportJWK(next.publicKey)), kid: 'two' }];
    rig.clock.advance(31_000);
    assert.equal(await ask(rig, await signed(next.privateKey, 'two')), 'ok');
    assert.equal(asked.length, 4);
    assert.equal(await ask(rig, await signed(rsa.privateKey, 'one')), 'keys/token-invalid signature');
  });

  test('that does not answer is a failure that can be tried again; known keys go on to be good', async () => {
    let isDown = true;
    const keys = [await exportJWK(rsa.publicKey)];
    const rig = await publish(
      protectRig({
        fetchJson: (url) =>
          isDown
            ? Promise.reject(new Error('ECONNREFUSED'))
            : Promise.resolve(url === document ? { jwks_uri: 'https://issuer.example/keys' } : { keys }),
      }),
      option,
    );
    const token = () => jwt(rig.clock.wallMs(), {}, { alg: 'RS256', key: rsa.privateKey });

    assert.equal(await ask(rig, await token()), 'keys/issuer-unreachable');
    isDown = false;
    assert.equal(await ask(rig, await token()), 'ok');
    isDown = true;
    rig.clock.advance(16 * 60_000);
    assert.equal(await ask(rig, await token()), 'ok');
    assert.equal(await ask(rig, await jwt(rig.clock.wallMs())), 'keys/token-invalid algorithm');
  });
});

test('of several options the first that lets in counts', async () => {
  const other = tokenOption({ issuer: 'https://other.example' });
  const rig = await publish(protectRig(), tokenOption(), { ...other, name: 'others' });
  const nowMs = rig.clock.wallMs();

  assert.equal(await ask(rig, await jwt(nowMs, {}, { issuer: 'https://other.example' })), 'ok');
  assert.equal(await ask(rig, await jwt(nowMs)), 'ok');
  const open = await publish(protectRig(), tokenOption(), openOption);
  assert.equal(await ask(open), 'ok');
});

test('keys go with what they are for, to the addresses that may have them, and leave no trace in the log', async () => {
  const rig = await publish(protectRig(), tokenOption());
  const token = await jwt(rig.clock.wallMs());

  assert.equal(await ask(rig, token, KEY.replace('1', '9')), 'keys/not-found');
  rig.denied.add('127.0.0.1');
  assert.equal(await ask(rig, token), 'keys/address-denied');
  rig.denied.clear();
  rig.closed.add('streamingLocator/show');
  assert.equal(await ask(rig, token), 'keys/not-found');
  rig.closed.clear();
  assert.equal(await ask(rig, token), 'ok');
  rig.keys.remove('streamingLocator/show');
  assert.equal(await ask(rig, token), 'keys/not-found');

  const logged = rig.logged();
  assert.match(logged, /keys were given out/);
  for (const secret of [token, token.split('.')[2] ?? '', ...secretsIn(VALUE), ...secretsIn(SECRET)]) {
    assert.equal(logged.includes(secret), false);
  }
});

function secretsIn(bytes: Buffer): readonly string[] {
  return [bytes.toString('base64'), bytes.toString('base64url'), bytes.toString('hex'), bytes.toString('latin1')];
}
