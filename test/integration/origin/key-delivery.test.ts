import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openTestOrigin } from '../../support/open-test-origin.ts';
import { openOption, type ProtectRig, protectRig, tokenOption } from '../../support/protect-rig.ts';
import { AUDIENCE, ISSUER, jwt, swt } from '../../support/tokens.ts';

const KEY = '11111111-2222-4333-8444-555555555555';
const VALUE = Buffer.from('the key it is 16');
const KID = Buffer.from(KEY.replaceAll('-', ''), 'hex').toString('base64url');

type Door = {
  readonly url: string;
  readonly rig: ProtectRig;
  readonly stop: () => void;
  readonly counts: () => string;
};

/** The origin over real keys: one, for who has a token. */
async function openDoor(context: TestContext, ...options: readonly unknown[]): Promise<Door> {
  const rig = protectRig();
  await rig.putKeyPolicy('viewers', ...(options.length === 0 ? [tokenOption()] : options));
  await rig.keys.create(
    {
      subject: 'streamingLocator/show',
      streamingPolicyName: 'Predefined_ClearKey',
      defaultContentKeyPolicyName: 'viewers',
    },
    [{ id: KEY, value: VALUE.toString('base64') }],
  );
  const { origin } = await openTestOrigin(context, { keyDelivery: rig.delivery });
  return {
    url: `${origin.url()}/keydelivery`,
    rig,
    stop: () => origin.stop(),
    counts: () => JSON.stringify(origin.requests()),
  };
}

async function problemOf(answer: Response): Promise<unknown> {
  const body: unknown = await answer.json();
  const code: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'code') : undefined;
  assert.equal(answer.headers.get('x-ms-error-code'), code);
  return [answer.status, code];
}

test('a key comes as 16 raw bytes that nobody keeps, for a token in the header or in the address', async (context) => {
  const { url, rig } = await openDoor(context);
  const token = await jwt(rig.clock.wallMs());
  const address = `${url}/?KID=${KEY}`;
  const bearer = (value: string): RequestInit => ({ headers: { Authorization: value } });
  const ways = [
    await fetch(address, bearer(`Bearer ${token}`)),
    await fetch(address, bearer(`bearer ${token}`)),
    await fetch(address, bearer(`Bearer=${token}`)),
    await fetch(address, { method: 'POST', ...bearer(`Bearer ${token}`) }),
    await fetch(`${address}&token=${token}`),
    await fetch(
      `${url}?kid=${KEY.toUpperCase().replaceAll('-', '')}&token=${encodeURIComponent(`Bearer ${token}`)}`,
    ),
  ];

  for (const answer of ways) {
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), 'application/octet-stream');
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), VALUE);
  }
});

test('a Simple Web Token is taken in both places too', async (context) => {
  const { url, rig } = await openDoor(context, tokenOption({ restrictionTokenType: 'Swt' }));
  const ExpiresOn = String(Math.floor(rig.clock.wallMs() / 1000) + 600);
  const token = swt({ Issuer: ISSUER, Audience: AUDIENCE, ExpiresOn });

  const answers = [
    await fetch(`${url}/?KID=${KEY}`, { headers: { Authorization: `Bearer=${token}` } }),
    await fetch(`${url}/?KID=${KEY}&token=${encodeURIComponent(token)}`),
  ];

  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200],
  );
});

test('refusals have a status, a code and a challenge, and are not kept', async (context) => {
  const { url, rig, stop, counts } = await openDoor(context);
  const ask = (rest: string, init?: RequestInit) => fetch(`${url}${rest}`, init);
  const wrong = await jwt(rig.clock.wallMs(), {}, { issuer: 'x' });

  const missing = await ask(`/?KID=${KEY}`);
  assert.equal(missing.headers.get('www-authenticate'), 'Bearer realm="keydelivery"');
  assert.equal(missing.headers.get('cache-control'), 'no-store');
  assert.deepEqual(await problemOf(missing), [401, 'keys/token-missing']);
  const refused = await ask(`/?KID=${KEY}&token=${wrong}`);
  assert.match(refused.headers.get('www-authenticate') ?? '', /error="invalid_token"/);
  assert.deepEqual(await problemOf(refused), [403, 'keys/token-invalid']);
  const unknown = await ask(`/?KID=${KEY.replace('1', '9')}`);
  assert.equal(unknown.headers.get('cache-control'), 'no-store');
  assert.deepEqual(await problemOf(unknown), [404, 'keys/not-found']);
  for (const rest of ['/', '/?KID=', '/?KID=x', `/?KID=${KEY}&kid=${KEY}`]) {
    assert.deepEqual(await problemOf(await ask(rest)), [400, 'request/invalid'], rest);
  }
  assert.deepEqual(await problemOf(await ask('/elsewhere')), [404, 'keys/not-found']);
  assert.deepEqual(await problemOf(await ask('/PlayReady/')), [403, 'keys/not-given-out']);
  assert.deepEqual(await problemOf(await ask(`/?KID=${KEY}`, { method: 'DELETE' })), [
    405,
    'request/method-not-allowed',
  ]);
  stop();
  assert.deepEqual(await problemOf(await ask(`/?KID=${KEY}`)), [503, 'origin/stopped']);
  assert.match(counts(), /"outputFormat":"key","status":401,"code":"keys\/token-missing"/);
  assert.equal(counts().includes(wrong), false);
});

test('a licence has the keys that were asked for, as the browser wants them', async (context) => {
  const { url } = await openDoor(context, openOption);
  const post = (body: string) =>
    fetch(`${url}/clearkey`, { method: 'POST', body, headers: { 'Content-Type': 'application/json' } });
  const unknown = Buffer.alloc(16, 9).toString('base64url');
  const licence = { keys: [{ kty: 'oct', kid: KID, k: VALUE.toString('base64url') }], type: 'temporary' };

  const answer = await post(JSON.stringify({ kids: [KID, unknown], type: 'temporary' }));
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.equal(answer.headers.get('content-type'), 'application/json');
  assert.deepEqual(await answer.json(), licence);
  assert.deepEqual(await (await fetch(`${url}/ClearKey?kid=${KEY}`)).json(), licence);
  assert.deepEqual(await problemOf(await post(JSON.stringify({ kids: [unknown] }))), [404, 'keys/not-found']);
  for (const body of ['{', '[]', '{"kids":[]}', '{"kids":["x"]}', JSON.stringify({ kids: Array(65).fill(KID) })]) {
    assert.deepEqual(await problemOf(await post(body)), [400, 'request/invalid'], body.slice(0, 40));
  }
  assert.deepEqual(await problemOf(await post('x'.repeat(20_000))), [413, 'request/too-large']);
});

test('players on other pages may ask, with their token', async (context) => {
  const { url } = await openDoor(context);

  const answer = await fetch(`${url}/clearkey`, {
    method: 'OPTIONS',
    headers: {
      Origin: 'https://player.example',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization,content-type',
    },
  });

  assert.equal(answer.status, 204);
  assert.match(answer.headers.get('access-control-allow-headers') ?? '', /Authorization/);
  assert.match(answer.headers.get('access-control-allow-methods') ?? '', /POST/);
  assert.equal(answer.headers.get('access-control-allow-origin'), '*');
});
