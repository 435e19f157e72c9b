import assert from 'node:assert/strict';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { DrillFault, FireDrill } from '../../../src-main/shared/api/fire-drill.ts';
import type { Preflight } from '../../../src-main/shared/api/preflight.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../src-main/shared/api/settings.ts';
import { type Lectern, startLectern } from '../../support/lectern-process.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { until } from '../../support/studio-stage.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';

// One real service: the checks, a rehearsal with its drills, and an end that is taken back, in the order in which a presenter does it.

const skip = missingPrograms('ffmpeg');
const opened = new AsyncDisposableStack();
let lectern: Lectern;
/** Whatever connected to the only place that a broadcast would be sent to. */
let connections = 0;

before(async () => {
  if (skip !== false) {
    return;
  }
  const server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => undefined);
    socket.once('data', () => {
      const greeting = Buffer.alloc(1537);
      greeting[0] = 3;
      socket.write(greeting);
    });
  });
  const { promise, resolve } = Promise.withResolvers<undefined>();
  server.listen(0, '127.0.0.1', () => resolve(undefined));
  await promise;
  opened.defer(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const folder = opened.use(await mkdtempDisposable(join(tmpdir(), 'lectern-rehearsal-')));
  // Chosen before the start, so that nothing is measured then.
  const video = [{ width: 426, height: 240, bitrate: 300_000 }];
  const audio = { bitrate: 128_000, sampleRate: 48_000, channels: 2 } as const;
  const ladder = { kind: 'custom', ladder: { frameRate: 30, video, audio } } as const;
  const settings: Settings = { ...DEFAULT_SETTINGS, encoding: { ...DEFAULT_SETTINGS.encoding, ladder } };
  await writeFile(join(folder.path, 'settings.json'), JSON.stringify(settings));
  lectern = opened.use(await startLectern({ dataDir: folder.path }));
  await call()('putDestination', {
    params: { name: 'channel' },
    body: { url: `rtmp://127.0.0.1:${port}/live`, streamKey: 'secret-key' },
  });
  await call()('putSources', { body: { sources: [{ id: 'test', kind: 'test' }] } });
});

after(async () => await opened.disposeAsync());

const call = (): Lectern['call'] => lectern.call;

/** How many segments there have been. */
async function newestOf(hls: string): Promise<number> {
  const master = await (await fetch(hls)).text();
  const [line = ''] = master.split('\n').filter((text) => text !== '' && !text.startsWith('#'));
  const media = await (await fetch(new URL(line, hls))).text();
  assert.doesNotMatch(media, /#EXT-X-ENDLIST/);
  const first = Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(media)?.[1] ?? 0);
  return first + media.split('\n').filter((text) => text.startsWith('#EXTINF')).length;
}

/** Of media, in all folders. */
async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  const sizes = names
    .filter((name) => /\.(?:mp4|m4s|cmf[va])$/.test(name))
    .map(async (name) => (await stat(join(folder, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

const found = ({ checks }: Preflight, id: string) => checks.find((check) => check.id === id);

test('the pre-flight finds within 20 s what really works', { skip }, async () => {
  const startedMs = Date.now();
  const preflight = await call()('startPreflight', { query: { wait: 'PT30S' } });

  assert.ok(Date.now() - startedMs < 20_000, `it took ${Date.now() - startedMs} ms`);
  assert.equal(preflight.state, 'done');
  assert.deepEqual(
    preflight.checks.map(({ id }) => id),
    ['source/test', 'encoder', 'disk', 'power', 'page', 'destination/channel'],
  );
  const codes = Object.fromEntries(preflight.checks.map(({ id, finding }) => [id, finding?.code]));
  assert.equal(codes['source/test'], 'source-works', JSON.stringify(found(preflight, 'source/test')));
  // On a computer that is busy with other tests the encoder may take its time.
  assert.match(codes['encoder'] ?? '', /^(?:encoder-holds|encoder-slow|too-long)$/);
  assert.equal(codes['page'], 'page-answers');
  assert.equal(codes['destination/channel'], 'destination-answers');
  assert.equal(connections, 1);
  assert.deepEqual(await call()('getPreflight', {}), preflight);
});

test('a rehearsal goes through everything, and no destination is reached, even by hand', { skip }, async () => {
  connections = 0;
  await call()('rehearse', { body: {} });
  const { session } = await call()('getStudio', {});
  const playlist = await until('the preview plays', async () => {
    const answer = await fetch(session?.urls.hls ?? '');
    return answer.ok ? await answer.text() : undefined;
  });
  await call()('startDestination', { params: { name: 'channel' } });
  const recording = await until('it is recorded', async () => {
    const { value } = await call()('listAssets', {});
    return value.find(({ name }) => name === session?.asset);
  });

  assert.match(playlist, /^#EXTM3U/);
  assert.equal(recording.state, 'recording');
  assert.deepEqual((await call()('listLocators', {})).value, []);
  assert.equal((await call()('getDestination', { params: { name: 'channel' } })).state, 'waiting');
  assert.equal(connections, 0);
});

test('the pre-flight in a rehearsal looks at the encoder that runs', { skip }, async () => {
  const preflight = await call()('startPreflight', { query: { wait: 'PT30S' } });

  assert.equal(found(preflight, 'encoder')?.finding?.code, 'encoder-runs');
  connections = 0;
});

async function drilled(fault: DrillFault, seconds: number): Promise<FireDrill> {
  await call()('startFireDrill', { body: { fault, seconds } });
  return await ended(fault);
}

async function ended(fault: DrillFault): Promise<FireDrill> {
  return await until(
    `the drill with the ${fault} ended`,
    async () => {
      const drill = await call()('getFireDrill', {});
      assert.notEqual(drill.state, 'stopped', drill.detail);
      return drill.state === 'done' ? drill : undefined;
    },
    60_000,
  );
}

test('a killed encoder and a frozen camera are really undone, and told with what was measured', {
  skip,
}, async () => {
  await until('the encoder gives something', async () => {
    const { encoder } = await call()('getStudio', {});
    return encoder !== undefined && encoder.speed > 0.5 ? true : undefined;
  });

  const encoder = await drilled('encoder', 3);
  const camera = await drilled('camera', 3);

  assert.equal(encoder.report?.recovered, true, encoder.detail);
  assert.equal((await call()('getStudio', {})).encoder?.restarts, 1);
  assert.equal(camera.report?.recovered, true, camera.detail);
  assert.ok(camera.report.slateSeconds > 0.5, camera.detail);
  assert.equal((await call()('getStudio', {})).sources[0]?.state, 'live');
});

test('with the cable out a service and a viewer really get nothing, and what they missed is told', {
  skip,
}, async () => {
  const cable = await drilled('cable', 6);

  const { report, detail } = cable;
  assert.equal(report?.recovered, true, detail);
  // What is sent again begins with the key frame before, up to two seconds back.
  assert.ok(report.lostSeconds > 3.5, detail);
  assert.ok(report.lostSeconds < 6 + report.recoverySeconds + 5, detail);
  // A viewer holds three seconds, and loads what was in between.
  assert.ok(report.stillSeconds > 2.5, detail);
  assert.ok(report.stillSeconds < 3 + report.recoverySeconds + 5, detail);
  assert.ok(report.unrecordedSeconds < 1, detail);
  assert.equal(connections, 0);
  assert.equal((await call()('getStudio', {})).viewers, 0);
});

test('with the disk full nothing more is written, viewers go on, and writing begins again by itself', {
  skip,
}, async () => {
  const { session } = await call()('getStudio', {});
  const viewersHave = async (): Promise<number> => await newestOf(session?.urls.hls ?? '');
  const written = async (): Promise<number> => await bytesIn(lectern.dataDir);
  const later = async (): Promise<void> => {
    const now = await viewersHave();
    await until('viewers have two segments more', async () =>
      (await viewersHave()) > now + 1 ? true : undefined,
    );
  };
  await call()('startFireDrill', { body: { fault: 'disk', seconds: 20 } });

  // The segment that was begun is still written.
  await later();
  const full = await written();
  await later();
  const stillFull = await written();
  const during = await call()('getFireDrill', {});
  const disk = await ended('disk');
  await until('it is written again', async () => ((await written()) > full ? true : undefined));

  assert.equal(during.state, 'broken', 'the disk was full all the time');
  assert.equal(stillFull, full);
  const { report, detail } = disk;
  assert.equal(report?.recovered, true, detail);
  assert.ok(report.unrecordedSeconds > 10 && report.unrecordedSeconds < 40, detail);
  assert.ok(report.stillSeconds < 1, detail);
});

test('a rehearsal ends, leaves no recording, and no drill can be begun any more', { skip }, async () => {
  await call()('endLive', {});

  assert.equal((await call()('getStudio', {})).phase, 'off-air');
  assert.deepEqual((await call()('listAssets', {})).value, []);
  assert.deepEqual((await call()('listLiveEvents', {})).value, []);
  await assert.rejects(call()('startFireDrill', { body: { fault: 'disk' } }), { code: 'live/not-rehearsing' });
  assert.equal(connections, 0);
});

test('an end has ended nothing until its five seconds are over, and is taken back as if it had not been', {
  skip,
}, async () => {
  await call()('goLive', { body: { title: 'A talk' } });
  await until('it is live', async () => ((await call()('getStudio', {})).phase === 'live' ? true : undefined));
  await assert.rejects(call()('startPreflight', {}), { code: 'live/already-live' });
  const { session } = await call()('getStudio', {});
  const sequence = async (): Promise<number> => await newestOf(session?.urls.hls ?? '');
  await until('a destination is being tried', () => (connections > 0 ? true : undefined));

  const ending = await call()('endLive', {});
  const before = await until('there are segments', async () =>
    (await sequence()) > 0 ? await sequence() : undefined,
  );
  const after = await until(
    'more come',
    async () => ((await sequence()) > before ? await sequence() : undefined),
    4500,
  );
  const undone = await call()('undoEnd', {});

  assert.equal(ending.phase, 'ending');
  assert.ok(after > before);
  assert.equal(undone.phase, 'live');
  assert.equal(undone.session?.undoUntil, undefined);
  assert.equal((await call()('getAsset', { params: { name: session?.asset ?? '' } })).state, 'recording');
  await call()('endLive', { body: { now: true } });
  await until('it is off air', async () =>
    (await call()('getStudio', {})).phase === 'off-air' ? true : undefined,
  );
});
