import assert from 'node:assert/strict';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Preflight } from '../../../src-main/shared/api/preflight.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../src-main/shared/api/settings.ts';
import { type Lectern, startLectern } from '../../support/lectern-process.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { until } from '../../support/studio-stage.ts';

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

test('a killed encoder and a frozen camera are really undone, and told with what was measured', {
  skip,
}, async () => {
  await until('the encoder gives something', async () => {
    const { encoder } = await call()('getStudio', {});
    return encoder !== undefined && encoder.speed > 0.5 ? true : undefined;
  });
  const drilled = async (fault: 'encoder' | 'camera') => {
    await call()('startFireDrill', { body: { fault, seconds: 3 } });
    return await until(`the drill with the ${fault} ended`, async () => {
      const drill = await call()('getFireDrill', {});
      return drill.state === 'done' ? drill : undefined;
    });
  };

  const encoder = await drilled('encoder');
  const camera = await drilled('camera');

  assert.equal(encoder.report?.recovered, true, encoder.detail);
  assert.equal((await call()('getStudio', {})).encoder?.restarts, 1);
  assert.equal(camera.report?.recovered, true, camera.detail);
  assert.ok(camera.report.slateSeconds > 0.5, camera.detail);
  assert.equal((await call()('getStudio', {})).sources[0]?.state, 'live');
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
  const sequence = async (): Promise<number> => {
    const master = await (await fetch(session?.urls.hls ?? '')).text();
    const [line = ''] = master.split('\n').filter((text) => text !== '' && !text.startsWith('#'));
    const media = await (await fetch(new URL(line, session?.urls.hls))).text();
    assert.doesNotMatch(media, /#EXT-X-ENDLIST/);
    return media.split('\n').filter((text) => text.startsWith('#EXTINF')).length;
  };
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
