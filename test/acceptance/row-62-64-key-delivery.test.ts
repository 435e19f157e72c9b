import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { exportJWK } from 'jose';
import { openSealed } from '../../src-main/core/platform/passphrase-seal.ts';
import { launchChromium, noChromium } from '../support/browser.ts';
import { startLectern } from '../support/lectern-process.ts';
import { openPlayerPages } from '../support/player-pages.ts';
import { tokenOption } from '../support/protect-rig.ts';
import { keyAddress, openProtectedStage, outcomeOf, type ProtectedStage } from '../support/protected-stage.ts';
import { statusFrom } from '../support/raw-feeds.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { field, playlistsOf, request, textOf } from '../support/service-stage.ts';
import { jwt, rsa } from '../support/tokens.ts';

const USES = 'urn:microsoft:azure:mediaservices:maxuses';
const PASSPHRASE = 'planted: correct horse battery staple';
const bearer = (token: string): RequestInit => ({ headers: { Authorization: `Bearer ${token}` } });

/** Nothing of a file that is gone by now: the service goes on meanwhile. */
async function bytesOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    assert.ok(error instanceof Error && 'code' in error && error.code === 'ENOENT', String(error));
    return Buffer.alloc(0);
  }
}

describe('who gets keys', { skip: missingPrograms('ffmpeg') }, () => {
  let on: ProtectedStage;
  let hls: string;
  let key: string;
  before(async () => {
    on = await openProtectedStage({ env: { LECTERN_PASSPHRASE: PASSPHRASE } });
    ({ hls, key } = await published(
      'viewers',
      tokenOption({ requiredClaims: [{ claimType: 'role', claimValue: 'viewer' }] }),
    ));
  });
  after(() => on[Symbol.asyncDispose]());

  async function published(
    name: string,
    ...options: readonly unknown[]
  ): Promise<{ readonly hls: string; readonly key: string }> {
    await on.put(`/contentKeyPolicies/${name}`, { options });
    const { base } = await on.publish(name, {
      streamingPolicyName: 'Predefined_ClearKey',
      defaultContentKeyPolicyName: name,
    });
    const manifest = `${base}/manifest(format=m3u8-cmaf,encryption=cbc)`;
    const [playlist = ''] = await playlistsOf(manifest);
    return { hls: manifest, key: keyAddress((await textOf(playlist)) ?? '', playlist) };
  }

  test('62: a token is checked for all that it must be; without one 401, with a wrong one 403; header and address are as good', async () => {
    const nowMs = Date.now();
    const now = Math.floor(nowMs / 1000);
    const role = { role: 'viewer' };
    const right = await jwt(nowMs, role);

    assert.equal(await outcomeOf(key), '401 keys/token-missing');
    assert.equal(await outcomeOf(key, bearer(right)), '200');
    assert.equal(await outcomeOf(`${key}&token=${right}`), '200');
    for (const [wrong, code] of [
      [await jwt(nowMs, role, { key: Buffer.from('another secret16') }), 'keys/token-invalid'],
      [await jwt(nowMs, role, { issuer: 'another' }), 'keys/token-invalid'],
      [await jwt(nowMs, role, { audience: 'another' }), 'keys/token-invalid'],
      [await jwt(nowMs, role, { exp: now - 1 }), 'keys/token-expired'],
      [await jwt(nowMs, { role: 'guest' }), 'keys/token-invalid'],
      [await jwt(nowMs), 'keys/token-invalid'],
    ] as const) {
      assert.equal(await outcomeOf(key, bearer(wrong)), `403 ${code}`);
      assert.equal(await outcomeOf(`${key}&token=${wrong}`), `403 ${code}`);
    }
  });

  test('62: an issuer may publish its keys', async () => {
    const keys = [{ ...(await exportJWK(rsa.publicKey)), kid: 'one', alg: 'RS256' }];
    const issuer = createServer(({ url: path, headers }, response) => {
      const document =
        path === '/keys' ? { keys } : { issuer: 'x', jwks_uri: `http://${headers.host ?? ''}/keys` };
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify(document));
    });
    await new Promise<void>((resolve) => {
      issuer.listen(0, '127.0.0.1', resolve);
    });
    const address = issuer.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const openId = await published(
      'openid',
      tokenOption({
        primaryVerificationKey: undefined,
        openIdConnectDiscoveryDocument: `http://127.0.0.1:${port}/.well-known/openid-configuration`,
      }),
    );

    const token = await jwt(Date.now(), {}, { alg: 'RS256', key: rsa.privateKey, header: { kid: 'one' } });

    assert.equal(await outcomeOf(openId.key, bearer(token)), '200');
    assert.equal(await outcomeOf(openId.key, bearer(await jwt(Date.now()))), '403 keys/token-invalid');
    issuer.closeAllConnections();
    issuer.close();
  });

  test('62: hls.js plays with a token, and not without', { skip: noChromium }, async () => {
    const browser = await launchChromium();
    await using pages = await openPlayerPages();
    const token = await jwt(Date.now(), { role: 'viewer' });
    try {
      await assert.rejects(pages.play(browser, 'hls.js', hls));
      await using watching = await pages.play(browser, 'hls.js', hls, { bearer: token });

      await watching.playsOn(3);
    } finally {
      await browser.close();
    }
  });

  test('62: nothing that is secret is in an answer or in any file of the data folder as it is', async () => {
    const { stage } = on;
    const { lectern } = stage;
    const secret = tokenOption().restriction.primaryVerificationKey;
    assert.ok('keyValue' in secret);
    const token = await jwt(Date.now(), { role: 'viewer' });
    const value = Buffer.from(await (await fetch(`${key}&token=${token}`)).arrayBuffer());
    const sealed = await openSealed(await readFile(join(stage.dataDir, 'secrets.json'), 'utf8'), PASSPHRASE);
    assert.ok(sealed.kind === 'open');
    const kept: unknown = JSON.parse(sealed.plain);
    const master = Buffer.from(String(field(kept, 'content-keys-master')), 'base64');
    const files = (await readdir(stage.dataDir, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    const answers = [
      (await request(lectern, 'GET', '/contentKeyPolicies')).body,
      (await request(lectern, 'GET', '/auditLog')).body,
      (await request(lectern, 'GET', '/settings')).body,
    ];

    const all = new Map<string, Buffer>([
      ['the answers', Buffer.from(JSON.stringify(answers))],
      ['what it says', Buffer.from(lectern.words())],
      ...(await Promise.all(files.map(async (path) => [path, await bytesOf(path)] as const))),
    ]);

    for (const name of [/catalogue/, /\.log$/, /secrets\.json$/]) {
      assert.ok(
        files.some((path) => name.test(path)),
        files.join(),
      );
    }
    assert.deepEqual([value.byteLength, master.byteLength], [16, 32]);
    for (const [what, part] of [
      ['content key', value],
      ['master key', master],
      ['passphrase', Buffer.from(PASSPHRASE)],
      ['verification key', Buffer.from(secret.keyValue, 'base64')],
      ['token', Buffer.from(token)],
    ] as const) {
      for (const form of [part, ...(['hex', 'base64', 'base64url'] as const).map((name) => part.toString(name))]) {
        assert.deepEqual(
          [...all].filter(([, bytes]) => bytes.includes(form)).map(([where]) => where),
          [],
          what,
        );
      }
    }
  });

  test('63: a token for two uses gets two keys; one that is good for longer than an hour none', async () => {
    const nowMs = Date.now();
    const claims = { role: 'viewer', [USES]: '2' };
    const token = await jwt(nowMs, claims);
    const long = await jwt(nowMs, { ...claims, jti: 'long' }, { exp: Math.floor(nowMs / 1000) + 3700 });

    const outcomes = [
      await outcomeOf(key, bearer(token)),
      await outcomeOf(`${key}&token=${token}`),
      await outcomeOf(key, bearer(token)),
      await outcomeOf(key, bearer(long)),
    ];

    assert.deepEqual(outcomes, ['200', '200', '403 keys/token-used-up', '403 keys/token-invalid']);
  });

  test('64: with Deny only those on the list get keys', {
    skip: process.platform === 'linux' ? false : 'needs the addresses of 127.0.0.0/8',
  }, async () => {
    const { lectern } = on.stage;
    const set = (keyDelivery: unknown) => request(lectern, 'PATCH', '/settings', { service: { keyDelivery } });
    const url = `${key}&token=${await jwt(Date.now(), { role: 'viewer' })}`;

    assert.equal((await set({ defaultAction: 'Deny', ipAllowList: ['127.0.4.0/22', '127.0.0.2'] })).status, 200);
    assert.deepEqual(
      [await statusFrom('127.0.0.1', url), await statusFrom('127.0.0.2', url), await statusFrom('127.0.7.9', url)],
      [403, 200, 200],
    );
    assert.equal(await outcomeOf(url), '403 keys/address-denied');
    const refused = await set({ defaultAction: 'Allow' });
    assert.deepEqual([refused.status, refused.code], [400, 'settings/invalid']);
    assert.equal((await set({ ipAllowList: ['10.0.0.1/33'] })).status, 400);
    assert.equal((await set({ defaultAction: 'Allow', ipAllowList: [] })).status, 200);
    assert.equal(await outcomeOf(url), '200');
  });

  test('63: a token that is used up is used up after a restart too', async () => {
    const token = await jwt(Date.now(), { role: 'viewer', [USES]: '2', jti: 'restart' });
    assert.equal(await outcomeOf(key, bearer(token)), '200');

    await on.stage.lectern.kill();
    await on.stage.restart();
    const url = new URL(key);
    const again = new URL(url.pathname + url.search, on.stage.lectern.originUrl).href;

    assert.deepEqual(
      [await outcomeOf(again, bearer(token)), await outcomeOf(again, bearer(token))],
      ['200', '403 keys/token-used-up'],
    );
  });

  test('62: without the passphrase it does not start, and says why', async () => {
    const { stage } = on;
    await stage.lectern.stop();

    await assert.rejects(
      startLectern({ dataDir: stage.dataDir }),
      /it ended with 1\nThe keys in .*secrets\.json are sealed, and no passphrase was given\. Give it in LECTERN_PASSPHRASE/,
    );
  });
});
