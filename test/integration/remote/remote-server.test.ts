import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';
import { testCertificate } from '../../support/test-certificate.ts';
import { answerOf, openRig } from './remote-rig.ts';

test('a phone comes in with the code and sees what a helper needs, and nothing else of the studio', async () => {
  await using rig = await openRig();
  const token = await rig.pair();

  const state = (await rig.ask('GET', '/api/state', rig.bearer(token))).json();

  assert.equal(state['device'], 'Anna’s phone');
  assert.equal(state['phase'], 'off-air');
  assert.deepEqual(
    Object.keys(state).filter((key) => /source|setting|path|key|disk|ladder/i.test(key)),
    [],
  );
  assert.equal(rig.remote.status().devices[0]?.name, 'Anna’s phone');
});

test('without a token, with a wrong one, and with the token of the control API nobody comes in', async () => {
  await using rig = await openRig();
  await rig.pair();

  for (const headers of [{}, { Authorization: 'Bearer wrong' }, { Authorization: 'Basic x' }]) {
    for (const [method, path] of [
      ['GET', '/api/state'],
      ['GET', '/api/events'],
      ['POST', '/api/actions'],
    ] as const) {
      const answer = await rig.ask(method, path, { headers });
      assert.deepEqual(
        [answer.status, answer.json()['code']],
        [401, 'remote/unknown-device'],
        `${method} ${path}`,
      );
    }
  }
});

test('the control API is not there, whoever asks', async () => {
  await using rig = await openRig();
  const token = await rig.pair();

  for (const path of ['/api/v1/studio', '/api/v1/settings', '/api/v1/remote', '/api/v1/events', '/api', '/api/']) {
    assert.equal((await rig.ask('GET', path, rig.bearer(token))).status, 404, path);
  }
});

test('a code is good once; five wrong ones end it, and then the right one is wrong too', async () => {
  await using rig = await openRig();
  const { code } = rig.remote.startPairing();
  const tries: unknown[] = [];
  for (const guess of ['AAAA-AAAA', 'BBBB-BBBB', 'CCCC-CCCC', 'DDDD-DDDD', 'EEEE-EEEE', code]) {
    const answer = await rig.ask('POST', '/api/pair', { body: { code: guess, name: 'x' } });
    tries.push(`${answer.status} ${String(answer.json()['code'])}`);
  }

  assert.deepEqual(new Set(tries), new Set(['403 remote/pairing-refused']));
  assert.equal(rig.remote.status().devices.length, 0);
});

test('guessing is slowed down', async () => {
  await using rig = await openRig();
  const statuses: number[] = [];
  for (let count = 0; count < 12; count += 1) {
    statuses.push((await rig.ask('POST', '/api/pair', { body: { code: 'AAAA-AAAA', name: 'x' } })).status);
  }

  assert(statuses.includes(429), statuses.join());
  assert.equal(rig.services.audit.list().filter(({ action }) => action === 'remote/pair').length, 0);
});

test('a phone mutes, and the audit log says which one it was', async () => {
  await using rig = await openRig();
  await rig.services.studio.setSources([{ id: 'test', kind: 'test' }]);
  const token = await rig.pair();
  const [input] = rig.services.studio.state().audio;
  assert(input !== undefined);

  const answer = await rig.ask('POST', '/api/actions', {
    ...rig.bearer(token),
    body: { action: 'mute', input: input.id, muted: true },
  });

  assert.equal(answer.status, 204, answer.body);
  assert.equal(rig.services.studio.state().audio[0]?.muted, true);
  const [entry] = rig.services.audit.list();
  assert.deepEqual(
    [entry?.action, entry?.subject, entry?.from],
    ['remote/mute', 'remote/Anna’s phone', '127.0.0.1'],
  );
});

test('what cannot be done now, and what is no action, is refused and changes nothing', async () => {
  await using rig = await openRig();
  const token = await rig.pair();
  const act = async (body: unknown) => {
    const answer = await rig.ask('POST', '/api/actions', { ...rig.bearer(token), body });
    return [answer.status, answer.json()['code']];
  };

  assert.deepEqual(await act({ action: 'end' }), [409, 'remote/no-such-action']);
  assert.deepEqual(await act({ action: 'panic' }), [409, 'remote/no-such-action']);
  assert.deepEqual(await act({ action: 'settings', network: {} }), [400, 'request/invalid']);
  assert.deepEqual(await act({ action: 'mute', input: 'x', muted: true, gainDb: 20 }), [
    400,
    'request/unknown-field',
  ]);
});

test('a device that is revoked is out at once, also with what it has open', async () => {
  await using rig = await openRig();
  const token = await rig.pair();
  const outgoing = request({
    host: '127.0.0.1',
    port: rig.port,
    path: '/api/events',
    headers: { Host: `127.0.0.1:${rig.port}`, Authorization: `Bearer ${token}` },
    agent: false,
  });
  outgoing.end();
  const stream = await answerOf(outgoing);
  stream.on('error', () => undefined).setEncoding('utf8');
  const { promise: gone, resolve } = Promise.withResolvers<undefined>();
  stream.on('close', () => resolve(undefined));
  const { promise: told, resolve: hear } = Promise.withResolvers<undefined>();
  stream.on('data', (text: string) => text.includes('data: {') && hear(undefined));
  await told;
  const [device] = rig.remote.status().devices;
  assert.equal(device?.connected, true);

  rig.remote.revoke(device.id);

  await gone;
  assert.equal((await rig.ask('GET', '/api/state', rig.bearer(token))).status, 401);
  assert.deepEqual(rig.remote.status().devices, []);
});

test('names that merely resolve to this computer, pages of others and callers from elsewhere are refused', async () => {
  await using rig = await openRig();
  const token = await rig.pair();
  const { port } = rig;
  const of = async (headers: Record<string, string>) =>
    (await rig.ask('GET', '/api/state', { headers: { ...rig.bearer(token).headers, ...headers } })).status;

  assert.equal(await of({ Host: `evil.example:${port}` }), 403);
  assert.equal(await of({ Host: `studio.local:${port}` }), 200);
  assert.equal(await of({ Origin: 'http://evil.example' }), 403);
  assert.equal(await of({ Origin: `http://127.0.0.1:${port}` }), 200);

  await using far = await openRig({ near: false });
  assert.equal((await far.ask('GET', '/')).status, 403);
});

test('the page comes with a policy that lets nothing else in, and no other file does', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lectern-remote-'));
  await writeFile(join(folder.path, 'index.html'), '<!doctype html><title>Lectern</title>');
  await writeFile(join(folder.path, '.secret.js'), 'no');
  await using rig = await openRig({ pagesFolder: folder.path });

  const page = await fetch(`http://127.0.0.1:${rig.port}/`);

  assert.equal(page.status, 200);
  const policy = page.headers.get('content-security-policy') ?? '';
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /frame-src http:\/\/127\.0\.0\.1:8480/);
  for (const path of ['/.secret.js', '/..%2fsettings.json', '/assets/../index.html/x.js', '/settings.json']) {
    assert.equal((await rig.ask('GET', path)).status, 404, path);
  }
  assert.equal((await rig.ask('POST', '/')).status, 405);
});

test('with a certificate it speaks TLS', async () => {
  await using rig = await openRig({ tls: await testCertificate() });

  const answer = await rig.ask('GET', '/api/state');

  assert.equal(answer.status, 401);
  await assert.rejects(fetch(`http://127.0.0.1:${rig.port}/`));
});
