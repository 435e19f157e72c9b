import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Destination } from '../../../src-main/shared/api/publishing.ts';
import {
  decodeComplaints,
  flvPackets,
  longestGap,
  noRtmpServer,
  type RtmpServer,
  startRtmpServer,
} from '../../support/rtmp-server.ts';
import { openShapedRelay, type ShapedRelay } from '../../support/shaped-relay.ts';
import { end, goLive, openStage, type Stage, until } from '../../support/studio-stage.ts';

// One broadcast to two places, over a good line and over one that gets worse and better. Each step is a test and needs the ones before.

const skip = process.platform === 'linux' ? noRtmpServer : 'needs Linux';

/** A minute on a computer that is busy with other tests, seconds else. */
const WITHIN_MS = 60_000;

let server: RtmpServer;
let line: ShapedRelay;
let stage: Stage;
const opened = new AsyncDisposableStack();

before(async () => {
  if (skip !== false) {
    return;
  }
  server = opened.use(await startRtmpServer());
  line = opened.use(await openShapedRelay(server.port));
  stage = opened.use(await openStage());
  for (const [name, port] of [
    ['good', server.port],
    ['thin', line.port],
  ] as const) {
    await stage.lectern.call('putDestination', {
      params: { name },
      body: { url: `rtmp://127.0.0.1:${port}/live`, streamKey: name, enabled: true, quality: 'top' },
    });
  }
});
after(async () => await opened.disposeAsync());

async function get(name = 'thin'): Promise<Destination> {
  return await stage.lectern.call('getDestination', { params: { name } });
}

async function sends(height: number): Promise<Destination> {
  return await until(
    `${height}p goes there`,
    async () => {
      const destination = await get();
      return destination.state === 'live' && destination.sending?.height === height ? destination : undefined;
    },
    WITHIN_MS,
  );
}

test('over a good line the best quality goes there', { skip }, async () => {
  await goLive(stage.lectern);

  const { sending } = await sends(360);
  assert.deepEqual(sending, { height: 360, bitrate: 900_000, isReduced: false });
});

test('a line that drips gets a lower quality in the same connection, and the studio says so', {
  skip,
}, async () => {
  line.take(50_000);

  const { sending, retries } = await sends(270);
  assert.equal(sending?.isReduced, true);
  assert.equal(retries, 0);
  const { health } = await stage.lectern.call('getStudio', {});
  const reason = health.reasons.find(({ code }) => code === 'destination-reduced');
  assert.equal(reason?.subject, 'thin');
  assert.match(reason.detail, /^thin gets 270p/);
});

test('with room again, and asked to try now, the best quality is back in the same connection', {
  skip,
}, async () => {
  line.take(Infinity);
  await stage.lectern.call('startDestination', { params: { name: 'thin' } });

  const { sending, retries } = await sends(360);
  assert.equal(sending?.isReduced, false);
  assert.equal(retries, 0);
});

test('a line that swallows everything is noticed and taken up again when it is back', {
  skip,
}, async (t) => {
  const before = await get();
  const deadSince = performance.now();
  let quietSince = Infinity;
  line.take(0);

  const lost = await until(
    'it is known to be lost',
    async () => {
      const destination = await get();
      quietSince = destination.sentBitrate === 0 ? Math.min(quietSince, performance.now()) : Infinity;
      return destination.state === 'live' ? undefined : destination;
    },
    WITHIN_MS,
  );
  const noticedMs = performance.now() - deadSince;
  assert.notEqual(lost.error, undefined);
  const { health } = await stage.lectern.call('getStudio', {});
  assert(health.reasons.some(({ code, subject }) => code === 'destination-down' && subject === 'thin'));
  // Long enough for an attempt into the hole.
  await new Promise((resolve) => void setTimeout(resolve, 3000));
  const backSince = performance.now();
  line.take(Infinity);
  await until('it receives again', async () => ((await get()).state === 'live' ? true : undefined), WITHIN_MS);
  const backMs = performance.now() - backSince;

  t.diagnostic(
    `noticed after ${(noticedMs / 1000).toFixed(1)} s, back ${(backMs / 1000).toFixed(1)} s after the line`,
  );
  // What the buffers of the operating system take counts as sent: some megabytes on the way through this one.
  assert(noticedMs > 2000 && quietSince < Infinity);
  assert(
    noticedMs - (quietSince - deadSince) < 12_000,
    `quiet since ${quietSince - deadSince} ms, lost at ${noticedMs} ms`,
  );
  const { retries, droppedSeconds } = await get();
  assert(retries > before.retries);
  assert(droppedSeconds > before.droppedSeconds, 'what was swallowed is told');
  await stage.lectern.call('startDestination', { params: { name: 'thin' } });
  await sends(360);
});

test('a line that is cut is connected to anew', { skip }, async (t) => {
  const { retries: before } = await get();
  const cutAt = performance.now();
  line.cut();

  await until('it was tried again', async () => ((await get()).retries > before ? true : undefined), WITHIN_MS);
  await sends(360);
  t.diagnostic(`back ${((performance.now() - cutAt) / 1000).toFixed(1)} s after the cut`);
});

test('the other place and the recording know nothing of it', { skip }, async () => {
  const { retries, droppedSeconds, sending } = await get('good');
  assert.deepEqual(
    { retries, droppedSeconds, sending },
    {
      retries: 0,
      droppedSeconds: 0,
      sending: { height: 360, bitrate: 900_000, isReduced: false },
    },
  );
  await end(stage.lectern);

  const [good = ''] = await server.recordings('good');
  const packets = await flvPackets(good);
  assert.ok(longestGap(packets, 'video') < 0.2, `${longestGap(packets, 'video')} s`);
});

test('what arrived over the bad line decodes, through every change of quality', { skip }, async () => {
  const [first = ''] = await server.recordings('thin');

  assert.equal(await decodeComplaints(first), '');
});
