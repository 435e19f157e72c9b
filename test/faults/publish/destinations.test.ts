import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';
import type { Destination } from '../../../src-main/shared/api/publishing.ts';
import { freePort, listen } from '../../support/free-port.ts';
import {
  decodeComplaints,
  flvPackets,
  longestGap,
  noRtmpServer,
  type RtmpServer,
  startRtmpServer,
} from '../../support/rtmp-server.ts';
import { ingestUrl, request, startEvent } from '../../support/service-stage.ts';
import { end, goLive, openStage, type Session, type Stage, until } from '../../support/studio-stage.ts';

// One broadcast to one good place and to all kinds of bad ones. Each step is a test, so that a failure has a name; each needs the ones before.

const skip = process.platform === 'linux' ? noRtmpServer : 'needs Linux';

let server: RtmpServer;
let flaky: RtmpServer;
let rival: ChildProcess;
let stage: Stage;
let session: Session;
let liveMs = 0;
let firstKilobytes = 0;
const opened = new AsyncDisposableStack();

before(async () => {
  if (skip !== false) {
    return;
  }
  server = opened.use(await startRtmpServer());
  flaky = opened.use(await startRtmpServer());
  server.refuse('wrong');
  const silent = createServer(() => undefined);
  const silentPort = await listen(silent);
  opened.defer(() => void silent.close());
  rival = publisher(`${server.url}/taken`);
  opened.defer(async () => {
    await ended(rival);
  });
  await until('the rival streams', () => (server.asked.some(({ name }) => name === 'taken') ? true : undefined));
  stage = opened.use(await openStage());
  const put = async (name: string, url: string): Promise<unknown> =>
    await stage.lectern.call('putDestination', {
      params: { name },
      body: { url, streamKey: name, enabled: true, quality: 'top' },
    });
  await put('good', server.url);
  await put('flaky', flaky.url);
  await put('taken', server.url);
  await put('wrong', server.url);
  await put('dead', `rtmp://127.0.0.1:${await freePort()}/live`);
  await put('silent', `rtmp://127.0.0.1:${silentPort}/live`);
  await put('nowhere', 'rtmp://no-such-host.invalid/live');
  // Our own way in, which says in words that it takes nothing while its event is stopped.
  const event = await startEvent(stage.lectern, 'closed');
  await request(stage.lectern, 'POST', '/liveEvents/closed/stop', {});
  await put('shy', ingestUrl(event, 'rtmp'));
});
after(async () => await opened.disposeAsync());

/** Somebody else, who streams with our key. */
function publisher(url: string): ChildProcess {
  const input = ['-re', '-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=5'];
  const output = ['-c:v', 'libx264', '-preset', 'ultrafast', '-f', 'flv', url];
  return spawn('ffmpeg', ['-nostdin', '-v', 'error', ...input, ...output], { stdio: 'ignore' });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

async function get(name: string): Promise<Destination> {
  return await stage.lectern.call('getDestination', { params: { name } });
}

async function becomes(name: string, state: Destination['state'], withinMs?: number): Promise<Destination> {
  return await until(
    `${name} is ${state}`,
    async () => {
      const destination = await get(name);
      return destination.state === state ? destination : undefined;
    },
    withinMs,
  );
}

function residentKilobytes(): number {
  return Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${stage.lectern.pid}/status`, 'utf8'))?.[1]);
}

test('the good one becomes live, and of the bad ones each is said to be bad in its own way', {
  skip,
}, async () => {
  session = await goLive(stage.lectern);
  liveMs = Date.now();
  await becomes('good', 'live');
  await becomes('flaky', 'live');

  for (const [name, code, words] of [
    ['dead', 'publish/unreachable', /does not answer/],
    ['nowhere', 'publish/dns', /no-such-host\.invalid is not known/],
    [
      'wrong',
      'publish/connection-lost',
      /either the stream key is wrong or the service is not ready\. It is tried/,
    ],
    ['taken', 'publish/connection-lost', /somebody streams with this key already/],
  ] as const) {
    const { error } = await becomes(name, 'reconnecting');
    assert.equal(error?.code, code, name);
    assert.match(error.detail, words);
  }
  assert.equal((await get('silent')).state, 'connecting');
  const { error, retryAt } = await becomes('shy', 'failed');
  assert.equal(error?.code, 'publish/refused');
  assert.ok(retryAt !== undefined);
  const { health } = await stage.lectern.call('getStudio', {});
  assert.deepEqual(
    health.reasons.flatMap(({ code, subject }) => (code === 'destination-refused' ? [subject] : [])),
    ['shy'],
  );
  firstKilobytes = residentKilobytes();
});

test('a server is killed: that is seen within 2 s, and when it is back it is streamed to again', {
  skip,
}, async () => {
  await flaky.kill();
  const killedMs = Date.now();
  const { error, retryAt } = await becomes('flaky', 'reconnecting');
  assert.ok(Date.now() - killedMs < 2000, `${Date.now() - killedMs} ms`);
  assert.equal(error?.code, 'publish/connection-lost');
  assert.ok(retryAt !== undefined);
  await until('it was tried again', async () =>
    (await get('flaky')).error?.code === 'publish/unreachable' ? true : undefined,
  );

  await flaky.start();
  const { retries, droppedSeconds } = await becomes('flaky', 'live', 10_000);

  assert.ok(retries >= 2, `${retries}`);
  assert.ok(droppedSeconds > 0 && droppedSeconds < 12, `${droppedSeconds}`);
});

test('the one who streams with the same key goes away, and the key is ours', { skip }, async () => {
  await ended(rival);

  const { error } = await becomes('taken', 'live', 12_000);
  assert.equal(error, undefined);
});

test('one that never answers is given up after 15 s, and is tried again', { skip }, async () => {
  const { error } = await becomes('silent', 'reconnecting', 20_000);

  assert.equal(error?.code, 'publish/unreachable');
  assert.match(error.detail, /^127\.0\.0\.1:\d+ does not answer/);
  assert.equal((await get('silent')).droppedSeconds, 0);
  assert.ok(Date.now() - liveMs > 14_000);
});

test('one that refused for a moment is streamed to in the end, and is said to refuse until then', {
  skip,
}, async () => {
  const { state, retries } = await get('shy');
  assert.equal(state, 'failed');
  await request(stage.lectern, 'POST', '/liveEvents/closed/start', {});

  await until(
    'the event takes it',
    async () => {
      const now = await get('shy');
      assert.ok(
        now.state === 'live' || (now.state === 'failed' && now.error?.code === 'publish/refused'),
        now.state,
      );
      return now.state === 'live' ? true : undefined;
    },
    60_000,
  );

  const now = await get('shy');
  assert.equal(now.error, undefined);
  assert.ok(now.retries > retries);
});

test('none of it costs the service memory, or the good one its retries', { skip }, async () => {
  const { state, retries, droppedSeconds, queueSeconds } = await get('good');

  assert.deepEqual({ state, retries, droppedSeconds }, { state: 'live', retries: 0, droppedSeconds: 0 });
  assert.ok(queueSeconds < 1, `${queueSeconds}`);
  const grown = residentKilobytes() - firstKilobytes;
  assert.ok(grown < 60_000, `${grown} kB more`);
});

test('the end waits for none of the bad ones', { skip }, async () => {
  const startedMs = Date.now();

  await end(stage.lectern);

  assert.ok(Date.now() - startedMs < 5000, `${Date.now() - startedMs} ms`);
});

test('the good stream and the recording are whole', { skip }, async () => {
  const [file = '', ...others] = await server.recordings('good');
  const packets = await flvPackets(file);
  const asset = await stage.lectern.call('getAsset', { params: { name: session.asset ?? '' } });

  assert.deepEqual(others, []);
  assert.ok(longestGap(packets, 'video') < 0.1, `${longestGap(packets, 'video')} s`);
  assert.ok(longestGap(packets, 'audio') < 0.1, `${longestGap(packets, 'audio')} s`);
  assert.equal(await decodeComplaints(file), '');
  assert.deepEqual(asset.gaps, []);
  assert.ok((packets.at(-1)?.seconds ?? 0) > 14);
});

test('each time the killed server came back its stream began with a key frame at 0', { skip }, async () => {
  const files = await flaky.recordings('flaky');

  assert.equal(files.length, 2);
  for (const file of files) {
    const [first] = (await flvPackets(file)).filter(({ kind }) => kind === 'video');
    assert.equal(first?.isKeyFrame, true);
    assert.ok(Math.abs(first.seconds) < 0.05, `${first.seconds}`);
  }
});
