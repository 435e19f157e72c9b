import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Destination } from '../../../src-main/shared/api/publishing.ts';
import { descendants } from '../../support/descendants.ts';
import { freePort } from '../../support/free-port.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import {
  decodeComplaints,
  type FlvPacket,
  flvPackets,
  longestGap,
  noRtmpServer,
  type RtmpServer,
  startRtmpServer,
} from '../../support/rtmp-server.ts';
import { end, goLive, openStage, type Stage, until } from '../../support/studio-stage.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';
import { startTlsFront, type TlsFront } from '../../support/tls-front.ts';

// One broadcast to many places, from going live to the end. Each step is a test, so that a failure has a name; each needs the ones before.

const skip = process.platform === 'linux' ? noRtmpServer || missingPrograms('openssl') : 'needs Linux';
/** Every key holds it; it must be found nowhere. */
const PLANTED = 'Pl4nted';
const TRICKY = `${PLANTED}-a?x=y ${PLANTED}-z&t=#1%41"\\=`;

let server: RtmpServer;
let trusted: TlsFront;
let strange: TlsFront;
let stage: Stage;
let deadPort = 0;
/** Where the service puts what it needs for a moment. */
let temporary = '';
const events: string[] = [];
const seen = new Set<string>();
const opened = new AsyncDisposableStack();

before(async () => {
  if (skip !== false) {
    return;
  }
  server = opened.use(await startRtmpServer());
  trusted = opened.use(await startTlsFront(server.port));
  strange = opened.use(await startTlsFront(server.port));
  deadPort = await freePort();
  temporary = opened.use(await mkdtempDisposable(join(tmpdir(), 'lectern-temporary-'))).path;
  stage = opened.use(
    await openStage({ env: { NODE_EXTRA_CA_CERTS: trusted.certificatePath, TMPDIR: temporary } }),
  );
});
after(async () => await opened.disposeAsync());

async function put(
  name: string,
  body: { readonly [field: string]: unknown; readonly url: string },
): Promise<void> {
  await stage.lectern.call('putDestination', {
    params: { name },
    body: { enabled: true, quality: 'top', ...body },
  });
}

async function get(name: string): Promise<Destination> {
  return await stage.lectern.call('getDestination', { params: { name } });
}

async function becomes(name: string, state: Destination['state']): Promise<Destination> {
  return await until(`${name} is ${state}`, async () => {
    lookAtProcesses();
    const destination = await get(name);
    return destination.state === state ? destination : undefined;
  });
}

/** Command lines and environments of everything below the service. */
function lookAtProcesses(): void {
  for (const { pid, command } of descendants(stage.lectern.pid)) {
    seen.add(command);
    try {
      seen.add(readFileSync(`/proc/${pid}/environ`, 'utf8'));
    } catch {
      // It has ended.
    }
  }
}

async function collectEvents(): Promise<void> {
  const { controlUrl, token } = stage.lectern;
  const aborting = new AbortController();
  opened.defer(() => aborting.abort());
  const { body } = await fetch(`${controlUrl}/api/v1/events`, {
    headers: { authorization: `Bearer ${token}` },
    signal: aborting.signal,
  });
  assert.ok(body !== null);
  try {
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      events.push(chunk);
    }
  } catch {
    // The end of the test.
  }
}

async function packetsOf(stream: string): Promise<readonly FlvPacket[]> {
  const [file = '', ...others] = await server.recordings(stream);
  assert.deepEqual(others, [], `${stream} was pushed in one piece`);
  return await flvPackets(file);
}

test('destinations of every kind are taken', { skip }, async () => {
  void collectEvents();
  const { url, port } = server;
  await put('apart', { url, streamKey: TRICKY });
  await put('inside', { url: `${url}/${PLANTED}-b?token=${PLANTED}-c` });
  await put('small', { url, streamKey: `${PLANTED}-small`, quality: 500 });
  await put('secure', { url: `rtmps://localhost:${trusted.port}/live`, streamKey: `${PLANTED}-secure` });
  await put('strange', { url: `rtmps://localhost:${strange.port}/live`, streamKey: `${PLANTED}-strange` });
  await put('backed', {
    url: `rtmp://127.0.0.1:${deadPort}/live`,
    streamKey: `${PLANTED}-backed`,
    backupUrl: `rtmp://127.0.0.1:${port}/live?backup=1`,
  });
  await put('later', { url, streamKey: `${PLANTED}-later`, enabled: false });
  assert.equal((await get('apart')).state, 'waiting');
  assert.equal((await get('later')).state, 'off');

  await goLive(stage.lectern);
});

test('they become live, also over TLS and at the backup', { skip }, async () => {
  for (const name of ['apart', 'inside', 'small', 'secure', 'backed']) {
    const { error, connectedAt } = await becomes(name, 'live');
    assert.equal(error, undefined);
    assert.ok(connectedAt !== undefined);
  }
  assert.equal((await get('backed')).retries, 1);
  // As the server decodes it: `%41` came as it was written.
  const { x, t } = server.asked.find(({ name }) => name === `${PLANTED}-a`) ?? {};
  assert.deepEqual({ x, t }, { x: `y ${PLANTED}-z`, t: '#1A"\\=' });
  assert.ok(server.asked.some(({ tcurl }) => tcurl?.endsWith('/live?backup=1')));
});

test('a certificate that is not trusted is said to be the trouble', { skip }, async () => {
  const { state, error } = await get('strange');

  assert.equal(state, 'reconnecting');
  assert.equal(error?.code, 'publish/tls');
  assert.match(error.detail, /^localhost:\d+ does not prove who it is/);
  assert.equal(
    server.asked.some(({ name }) => name?.endsWith('-strange') === true),
    false,
  );
});

test('one is started by hand and stopped by hand, and another goes on without a break', { skip }, async () => {
  await stage.lectern.call('startDestination', { params: { name: 'later' } });
  await becomes('later', 'live');
  await wait(1500);
  const { sentBitrate, queueSeconds, droppedSeconds } = await get('apart');
  assert.ok(sentBitrate > 100_000, `${sentBitrate}`);
  assert.ok(queueSeconds < 1, `${queueSeconds}`);
  assert.equal(droppedSeconds, 0);
  await stage.lectern.call('stopDestination', { params: { name: 'later' } });

  assert.equal((await get('later')).state, 'off');
  assert.ok((await packetsOf(`${PLANTED}-later`)).length > 30);
});

test('the encoder is killed, and the streams go on', { skip }, async () => {
  const encoder = descendants(stage.lectern.pid).find(({ command }) => /ffmpeg.*libx264/.test(command));
  process.kill(encoder?.pid ?? 0, 'SIGKILL');
  await wait(3000);

  const { state, retries } = await get('apart');
  assert.equal(state, 'live');
  assert.equal(retries, 0);
});

test('the end comes at once, and the streams have everything up to it', { skip }, async () => {
  const startedMs = Date.now();
  await end(stage.lectern);
  assert.ok(Date.now() - startedMs < 5000);
  assert.equal((await get('apart')).state, 'waiting');

  const inside = await packetsOf(`${PLANTED}-b`);
  const [video, audio] = (['video', 'audio'] as const).map((kind) => inside.filter((one) => one.kind === kind));
  assert.ok(Math.abs((video?.at(-1)?.seconds ?? 0) - (audio?.at(-1)?.seconds ?? 9)) < 0.3);
});

for (const [name, stream] of [
  ['apart', `${PLANTED}-a`],
  ['small', `${PLANTED}-small`],
  ['secure', `${PLANTED}-secure`],
] as const) {
  test(`what arrived at ${name} begins with a key frame at 0, in sync, without a gap, and decodes`, {
    skip,
  }, async () => {
    const packets = await packetsOf(stream);

    const video = packets.filter(({ kind }) => kind === 'video');
    const audio = packets.filter(({ kind }) => kind === 'audio');
    assert.equal(video[0]?.isKeyFrame, true);
    assert.ok(Math.abs(video[0].seconds) < 0.05, `${video[0].seconds}`);
    assert.ok(Math.abs((audio[0]?.seconds ?? 9) - video[0].seconds) < 0.05, `${audio[0]?.seconds}`);
    // The encoder that was killed may have left a hole, in both alike.
    const gaps = [longestGap(packets, 'video'), longestGap(packets, 'audio')] as const;
    assert.ok(gaps[0] < 4 && Math.abs(gaps[0] - gaps[1]) < 0.3, gaps.join());
    const [file = ''] = await server.recordings(stream);
    assert.equal(await decodeComplaints(file), '');
  });
}

test('the small one got the small picture', { skip }, async () => {
  const [large = '', small = ''] = await Promise.all(
    [`${PLANTED}-a`, `${PLANTED}-small`].map(async (stream) => (await server.recordings(stream))[0]),
  );

  assert.ok(
    statSync(small).size < statSync(large).size / 1.5,
    `${statSync(small).size} of ${statSync(large).size}`,
  );
});

test('no key is found anywhere but in the key store', { skip }, async () => {
  for (const name of ['strange', 'small']) {
    await assert.rejects(
      stage.lectern.call('patchDestination', { params: { name }, body: { url: `rtmp://u:${PLANTED}@h/app/k` } }),
    );
  }
  const answers = JSON.stringify(await stage.lectern.call('listDestinations', {}));
  assert.ok(seen.size > 5);
  assert.ok(events.join('').includes('DestinationChanged'));
  await stage.lectern.call('deleteDestination', { params: { name: 'apart' } });
  await stage.lectern.stop();

  for (const [where, text] of [
    ['command lines and environments', [...seen].join('\n')],
    ['the events', events.join('')],
    ['the answers', answers],
    ['what it said', stage.lectern.words()],
    ...filesBelow(stage.dataDir).map((path) => [path, readFileSync(path, 'latin1')] as const),
  ] as const) {
    if (where.endsWith('secrets.json')) {
      assert.match(text, /Pl4nted-small/);
      assert.doesNotMatch(text, /Pl4nted-a/);
      assert.equal(statSync(where).mode & 0o777, 0o600);
    } else {
      assert.equal(text.includes(PLANTED), false, where);
    }
  }
  assert.deepEqual(
    readdirSync(temporary).filter((name) => name.startsWith('lectern-push-')),
    [],
  );
});

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
