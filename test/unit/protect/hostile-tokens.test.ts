import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { test } from 'node:test';
import { CompactEncrypt, exportJWK } from 'jose';
import { generate } from 'selfsigned';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { type ProtectRig, protectRig, tokenOption } from '../../support/protect-rig.ts';
import { AUDIENCE, ISSUER, jwt, rsa, rsaInput, SECRET } from '../../support/tokens.ts';

const KEY = '11111111-2222-4333-8444-555555555555';

async function published(option: unknown, rig = protectRig()): Promise<ProtectRig> {
  await rig.putKeyPolicy('viewers', option);
  await rig.keys.create(
    {
      subject: 'streamingLocator/show',
      streamingPolicyName: 'Predefined_ClearKey',
      defaultContentKeyPolicyName: 'viewers',
    },
    [{ id: KEY, value: Buffer.from('the key it is 16').toString('base64') }],
  );
  return rig;
}

/** `ok`, or the code and the rule that was broken. */
async function ask(rig: ProtectRig, token: string): Promise<string> {
  try {
    await rig.delivery.deliver({ ids: [KEY], token, address: '127.0.0.1' });
    return 'ok';
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return `${error.code} ${String(error.details['fault'] ?? '')}`.trim();
  }
}

const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64url');

/** Header and payload as they are written here, to the sign, and a signature that is right for them. */
function signed(header: string, payload: string, secret: Uint8Array = SECRET): string {
  const text = `${base64(header)}.${base64(payload)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

const HS256 = '{"alg":"HS256","typ":"JWT"}';

function claims(nowMs: number, more = ''): string {
  const exp = Math.floor(nowMs / 1000) + 600;
  return `{"iss":${JSON.stringify(ISSUER)},"aud":${JSON.stringify(AUDIENCE)},"exp":${exp}${more}}`;
}

test('a token in any other form than three parts in a row is refused, although all of it is right', async () => {
  const rig = await published(tokenOption());
  const right = signed(HS256, claims(rig.clock.wallMs()));
  const [header = '', payload = '', signature = ''] = right.split('.');
  const encrypted = await new CompactEncrypt(Buffer.from(claims(rig.clock.wallMs())))
    .setProtectedHeader({ alg: 'dir', enc: 'A128GCM' })
    .encrypt(SECRET);
  assert.equal(await ask(rig, right), 'ok');

  for (const token of [
    JSON.stringify({ protected: header, payload, signature }),
    JSON.stringify({ payload, signatures: [{ protected: header, signature }] }),
    `${right}.`,
    `.${right}`,
    `${right}.${signature}`,
    `${header}..${signature}`,
    `${header}.${payload}`,
    `${header}.${payload}.`,
    `${header}=.${payload}.${signature}`,
    ` ${right}`,
    right.replace('.', '%2E'),
    encrypted,
    `${right},${right}`,
  ]) {
    assert.match(await ask(rig, token), /^keys\/token-invalid/, token.slice(0, 60));
  }
});

test('a head of a token that asks for something, or for something that nobody knows, is refused or not heard', async () => {
  const rig = await published(tokenOption());
  const payload = claims(rig.clock.wallMs());
  const cases: readonly (readonly [string, string])[] = [
    ['{"alg":"HS256","crit":["exp"],"exp":1}', 'refused'],
    ['{"alg":"HS256","crit":["urn:x"],"urn:x":true}', 'refused'],
    ['{"alg":"HS256","crit":[]}', 'refused'],
    ['{"alg":"HS256","b64":false,"crit":["b64"]}', 'refused'],
    ['{"alg":"HS256","alg":"none"}', 'refused'],
    ['{"alg":["HS256"]}', 'refused'],
    ['{"alg":"hs256"}', 'refused'],
    ['{"alg":"HS256\\u0000"}', 'refused'],
    ['{"alg":"RS256"}', 'refused'],
    ['{"alg":"dir","enc":"A128GCM"}', 'refused'],
    ['[]', 'refused'],
    ['null', 'refused'],
    ['{"alg":"HS256","kid":"../../../../dev/null"}', 'ok'],
    ['{"alg":"HS256","kid":"x\' UNION SELECT \'secret"}', 'ok'],
    ['{"alg":"HS256","kid":{"toString":1}}', 'ok'],
    ['{"alg":"HS256","jku":"http://127.0.0.1:1/keys","x5u":"http://127.0.0.1:1/"}', 'ok'],
    ['{"alg":"HS256","__proto__":{"alg":"none"}}', 'ok'],
  ];

  for (const [header, outcome] of cases) {
    const answer = await ask(rig, signed(header, payload));
    assert.equal(answer === 'ok' ? 'ok' : 'refused', outcome, `${header}: ${answer}`);
  }
});

test('a public key is never a secret, whichever kind it is of and however it is written', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pems = await generate([{ name: 'commonName', value: 'tokens' }], { keySize: 2048 });
  const rawBody = pems.cert.replaceAll(/-----[^-]+-----|\s/g, '');
  const written = (key: KeyObject): readonly Uint8Array[] => [
    Buffer.from(key.export({ type: 'spki', format: 'pem' })),
    Buffer.from(key.export({ type: 'spki', format: 'pem' }).toString().trim()),
    key.export({ type: 'spki', format: 'der' }),
    Buffer.from(JSON.stringify(key.export({ format: 'jwk' }))),
  ];
  const policies: readonly (readonly [unknown, readonly Uint8Array[]])[] = [
    [rsaInput(rsa.publicKey), written(rsa.publicKey)],
    [{ kind: 'X509', rawBody }, [Buffer.from(pems.cert), Buffer.from(rawBody), Buffer.from(rawBody, 'base64')]],
  ];

  for (const [primaryVerificationKey, secrets] of policies) {
    const rig = await published(tokenOption({ primaryVerificationKey }));
    for (const secret of secrets) {
      assert.equal(
        await ask(rig, signed(HS256, claims(rig.clock.wallMs()), secret)),
        'keys/token-invalid algorithm',
      );
    }
  }
  // And of a policy with a secret nobody gets in with a key pair of his own, named in the token or not.
  const rig = await published(tokenOption());
  const jwk = await exportJWK(publicKey);
  for (const header of [{}, { jwk }, { x5c: [rawBody] }]) {
    const token = await jwt(rig.clock.wallMs(), {}, { alg: 'ES256', key: privateKey, header });
    assert.equal(await ask(rig, token), 'keys/token-invalid algorithm');
  }
});

test('a signature of nothing, and one whose numbers are zero, is refused', async () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }];
  const document = 'https://issuer.example/.well-known/openid-configuration';
  const rig = await published(
    tokenOption({ primaryVerificationKey: undefined, openIdConnectDiscoveryDocument: document }),
    protectRig({
      fetchJson: (url) =>
        Promise.resolve(url === document ? { jwks_uri: 'https://issuer.example/keys' } : { keys }),
    }),
  );
  const text = `${base64('{"alg":"ES256","kid":"one"}')}.${base64(claims(rig.clock.wallMs()))}`;
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  for (const signature of [
    new Uint8Array(0),
    new Uint8Array(64),
    Buffer.concat([new Uint8Array(63), Uint8Array.of(1)]),
    Buffer.alloc(64, 0xff),
    sign('sha256', Buffer.from(text), { key: other.privateKey, dsaEncoding: 'der' }),
    sign('sha256', Buffer.from(text), { key: other.privateKey, dsaEncoding: 'ieee-p1363' }),
  ]) {
    assert.match(await ask(rig, `${text}.${base64(signature)}`), /^keys\/token-invalid/);
  }
});

test('what a token says is read in one way only', async () => {
  const rig = await published(tokenOption({ requiredClaims: [{ claimType: 'role', claimValue: 'viewer' }] }));
  const nowMs = rig.clock.wallMs();
  const now = Math.floor(nowMs / 1000);
  const say = (more: string): Promise<string> => ask(rig, signed(HS256, claims(nowMs, more)));
  const whole = (payload: string): Promise<string> => ask(rig, signed(HS256, payload));
  const common = `"iss":${JSON.stringify(ISSUER)},"aud":${JSON.stringify(AUDIENCE)},"role":"viewer"`;

  assert.equal(await say(',"role":"viewer"'), 'ok');
  // RFC 7519 §4: of a name that is there twice the last counts.
  assert.equal(await say(',"role":"viewer","role":"guest"'), 'keys/token-invalid claim');
  assert.equal(await say(',"role":"viewer","exp":1'), 'keys/token-expired');
  assert.equal(await say(`,"role":"viewer","iss":"x"`), 'keys/token-invalid issuer');
  for (const role of [
    '{"viewer":1}',
    '["guest",["viewer"]]',
    '"viewer "',
    '"VIEWER"',
    'null',
    '{"0":"viewer","length":1}',
  ]) {
    assert.equal(await say(`,"role":${role}`), 'keys/token-invalid claim', role);
  }
  assert.equal(await say(',"__proto__":{"role":"viewer"}'), 'keys/token-invalid claim');
  for (const exp of [`"${now + 600}"`, 'null', 'true', `[${now + 600}]`, '{}']) {
    assert.equal(await whole(`{${common},"exp":${exp}}`), 'keys/token-invalid claim', exp);
  }
  assert.equal(await whole(`{${common},"exp":-1}`), 'keys/token-expired');
  for (const payload of ['[]', 'null', '"text"', '{', '', `{${common},"exp":${now + 600}}x`, '\ufeff{}']) {
    assert.match(await whole(payload), /^keys\/token-invalid/, payload);
  }
});

test('a token of many or of deep things is read or refused at once', async () => {
  const rig = await published(tokenOption());
  const nowMs = rig.clock.wallMs();
  const beganMs = performance.now();

  const outcomes = [
    await ask(rig, signed(HS256, claims(nowMs, `,"x":${'['.repeat(5000)}${']'.repeat(5000)}`))),
    await ask(rig, signed(HS256, claims(nowMs, `,"x":${'{"a":'.repeat(1500)}1${'}'.repeat(1500)}`))),
    await ask(rig, signed(HS256, claims(nowMs, ',"x":1'.repeat(1500)))),
    await ask(rig, '.'.repeat(16_000)),
    await ask(rig, `${'A'.repeat(8000)}.${'A'.repeat(8000)}.A`),
    await ask(rig, signed(HS256, claims(nowMs, `,"x":"${'y'.repeat(1_000_000)}"`))),
  ];

  assert.ok(performance.now() - beganMs < 500);
  assert.deepEqual(outcomes.slice(3), Array(3).fill('keys/token-invalid form'));
  assert.ok(outcomes.slice(0, 3).every((outcome) => /^ok$|^keys\/token-invalid form$/.test(outcome)));
});
