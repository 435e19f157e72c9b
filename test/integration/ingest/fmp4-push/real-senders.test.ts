import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { generate } from 'selfsigned';
import { missingPrograms } from '../../../support/real-ffmpeg.ts';
import { openRig, type RecordedTrack, TOKEN } from './rig.ts';
import { ffmpeg, hasEncoder, makeSource, type Packet, packetsOf, receivedPackets } from './source-file.ts';

const missing = missingPrograms('ffmpeg', 'ffprobe');
const needs = { skip: missing };

let folder = '';
const source = (): string => join(folder, 'source.mp4');
const ISMV = ['-c', 'copy', '-f', 'ismv', '-movflags', 'isml+frag_keyframe', '-method', 'POST'];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lectern-push-'));
  if (missing === false) {
    await makeSource(source(), { languages: ['eng', 'fra'] });
  }
});

after(() => rm(folder, { recursive: true, force: true }));

/** Every byte as it was, and every time as it was within one tick of the coarser clock. */
function assertSame(received: readonly Packet[], sent: readonly Packet[], shift = 0): void {
  assert.deepEqual(
    received.map(({ md5 }) => md5),
    sent.map(({ md5 }) => md5),
  );
  for (const [index, { shownAt }] of received.entries()) {
    const wanted = (sent[index]?.shownAt ?? Number.NaN) + shift;
    assert.ok(Math.abs(shownAt - wanted) < 0.0001, `packet ${index}: ${shownAt} s instead of ${wanted} s`);
  }
}

function trackOf(tracks: readonly RecordedTrack[], kind: 'video' | 'audio', index = 0): RecordedTrack {
  const found = tracks.filter(({ description }) => description.kind === kind)[index];
  assert.ok(found !== undefined, `a track of ${kind}`);
  return found;
}

test(
  'a Smooth Streaming push of ffmpeg arrives bit for bit and on time, with names, languages and bitrates',
  needs,
  async () => {
    await using rig = await openRig();

    await ffmpeg('-i', source(), '-map', '0', ...ISMV, `${rig.url}/streams(all)`);
    await rig.door.until(() => rig.door.connections[0]?.ended !== undefined);

    const [connection, ...others] = rig.door.connections;
    assert.ok(connection !== undefined && others.length === 0);
    assert.equal(connection.ended, 'S_OK');
    assert.equal(connection.request.streamName, 'all');
    assert.equal(connection.request.ingestUrl, `http://127.0.0.1:${rig.ingest.port}/ingest.isml/streams(all)`);
    assert.equal(connection.request.peer.address, '127.0.0.1');
    const { tracks } = connection;
    assert.deepEqual(
      tracks.map(({ name, description }) => [name, description.language, description.timescale]),
      [
        ['video_und', 'und', 10_000_000],
        ['audio_eng', 'en', 10_000_000],
        ['audio_fra', 'fr', 10_000_000],
      ],
    );
    assert.ok(tracks.every(({ declaredBitrate = 0 }) => declaredBitrate > 30_000));
    assertSame(receivedPackets(trackOf(tracks, 'video')), await packetsOf(source(), 'v:0'));
    assertSame(receivedPackets(trackOf(tracks, 'audio', 0)), await packetsOf(source(), 'a:0'));
    assertSame(receivedPackets(trackOf(tracks, 'audio', 1)), await packetsOf(source(), 'a:1'));
    assert.ok(!rig.logger.lines.join('\n').includes(TOKEN));
  },
);

test('the same push arrives over TLS', needs, async () => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048 });
  await using rig = await openRig({ tls: { cert, key } });

  const { tlsPort } = rig.ingest;
  assert.ok(tlsPort !== undefined);
  await ffmpeg('-i', source(), ...ISMV, `https://127.0.0.1:${tlsPort}/${TOKEN}/ingest.isml/Streams(hd)`);
  await rig.door.until(() => rig.door.connections[0]?.ended !== undefined);

  const [connection] = rig.door.connections;
  assert.equal(connection?.ended, 'S_OK');
  assert.equal(connection.request.ingestUrl, `https://127.0.0.1:${tlsPort}/ingest.isml/streams(hd)`);
  assertSame(receivedPackets(trackOf(connection.tracks, 'video')), await packetsOf(source(), 'v:0'));
});

test('sound that ffmpeg encodes on the way begins before zero and is taken', needs, async () => {
  await using rig = await openRig();

  const encode = ['-c:v', 'copy', '-c:a', 'aac', ...ISMV.slice(2)];
  await ffmpeg('-i', source(), ...encode, `${rig.url}/streams(x)`);
  await rig.door.until(() => rig.door.connections[0]?.ended !== undefined);

  const [connection] = rig.door.connections;
  assert.equal(connection?.ended, 'S_OK');
  const [first] = trackOf(connection.tracks, 'audio').samples;
  assert.ok(first !== undefined && first.decodeTime < 0n);
});

test('one stream for each quality is one connection for each', needs, async () => {
  await using rig = await openRig();

  await Promise.all([
    ffmpeg('-i', source(), '-map', '0:v', ...ISMV, `${rig.url}/streams(video)`),
    ffmpeg('-i', source(), '-map', '0:a:0', ...ISMV, `${rig.url}/streams%28audio%29`),
  ]);
  await rig.door.until(() => rig.door.connections.filter(({ ended }) => ended !== undefined).length === 2);

  const names = rig.door.connections.map(({ request, tracks }) => [request.streamName, tracks.length]);
  assert.deepEqual(names.sort(), [
    ['audio', 1],
    ['video', 1],
  ]);
});

test('HEVC arrives bit for bit', { skip: hasEncoder('libx265') ? false : 'needs libx265' }, async () => {
  const hevc = join(folder, 'hevc.mp4');
  const video = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none', '-tag:v', 'hvc1'];
  await makeSource(hevc, { video });
  await using rig = await openRig();

  await ffmpeg('-i', hevc, ...ISMV, `${rig.url}/streams(hevc)`);
  await rig.door.until(() => rig.door.connections[0]?.ended !== undefined);

  const [connection] = rig.door.connections;
  assert.equal(connection?.ended, 'S_OK');
  const video0 = trackOf(connection.tracks, 'video');
  assert.match(video0.description.codec, /^hvc1\./);
  assertSame(receivedPackets(video0), await packetsOf(hevc, 'v:0'));
});

test('a CMAF push arrives as it was sent', needs, async () => {
  await using rig = await openRig();

  const cmaf = ['-c', 'copy', '-f', 'mp4', '-movflags', 'cmaf+frag_keyframe', '-method', 'POST'];
  await ffmpeg('-i', source(), ...cmaf, `${rig.url}/streams(cmaf)`);
  await rig.door.until(() => rig.door.connections[0]?.ended !== undefined);

  const [connection] = rig.door.connections;
  assert.equal(connection?.ended, 'S_OK');
  assertSame(receivedPackets(trackOf(connection.tracks, 'video')), await packetsOf(source(), 'v:0'));
  // ffmpeg counts every track from its own first frame here and forgets how much earlier that of the sound was.
  assertSame(
    receivedPackets(trackOf(connection.tracks, 'audio')),
    await packetsOf(source(), 'a:0'),
    1024 / 48_000,
  );
});

test('a push with edit lists arrives on time, picture and sound', needs, async () => {
  await using rig = await openRig();

  const edited = [
    '-c',
    'copy',
    '-f',
    'mp4',
    '-movflags',
    'frag_keyframe+default_base_moof+delay_moov',
    '-method',
    'PUT',
  ];
  await ffmpeg('-i', source(), ...edited, `${rig.url}/streams(edited)`);
  await rig.door.until(() => rig.door.connections[0]?.ended !== undefined);

  const [connection] = rig.door.connections;
  assert.equal(connection?.ended, 'S_OK');
  const video = trackOf(connection.tracks, 'video');
  assertSame(receivedPackets(video), await packetsOf(source(), 'v:0'));
  assertSame(receivedPackets(trackOf(connection.tracks, 'audio')), await packetsOf(source(), 'a:0'));
  assert.deepEqual(
    video.samples.filter(({ sync }) => sync).map(({ compositionOffset }) => compositionOffset),
    [0, 0, 0, 0],
  );
});

test('a CMAF push of single frames goes on frame by frame', needs, async () => {
  await using rig = await openRig();

  const frames = ['-c', 'copy', '-an', '-f', 'mp4', '-movflags', 'cmaf+frag_every_frame', '-method', 'POST'];
  await ffmpeg('-i', source(), ...frames, `${rig.url}/streams(frames)`);
  await rig.door.until(() => rig.door.connections[0]?.ended !== undefined);

  const video = trackOf(rig.door.connections[0]?.tracks ?? [], 'video');
  assert.equal(video.samples.length, 120);
  assert.equal(video.pushes, 120);
  assertSame(receivedPackets(video), await packetsOf(source(), 'v:0'));
});

for (const [name, options] of [
  ['new connection for each file', []],
  ['connection that is kept', ['-http_persistent', '1', '-streaming', '1', '-frag_type', 'every_frame']],
] as const) {
  test(`a DASH push of ffmpeg with a ${name} is one connection for each quality`, needs, async () => {
    await using rig = await openRig({ limits: { sessionIdleMs: 300 } });

    // As fast as it plays: ffmpeg leaves a kept connection without reading the answers, and what is under way then is lost.
    const live = options.length > 0 ? ['-re'] : [];
    const dash = [
      '-map',
      '0:v',
      '-map',
      '0:a:0',
      '-c',
      'copy',
      '-f',
      'dash',
      '-method',
      'PUT',
      '-seg_duration',
      '1',
    ];
    const window = ['-window_size', '2', '-extra_window_size', '1'];
    await ffmpeg(...live, '-i', source(), ...dash, ...window, ...options, `${rig.url}/streams(d)/live.mpd`);
    await rig.door.until(() => rig.door.connections.filter(({ ended }) => ended !== undefined).length === 2);

    const names = rig.door.connections.map(({ request, ended }) => [request.streamName, ended]);
    assert.deepEqual(names.sort(), [
      ['d-stream0', 'S_OK'],
      ['d-stream1', 'S_OK'],
    ]);
    const tracks = rig.door.connections.flatMap((connection) => connection.tracks);
    assertSame(receivedPackets(trackOf(tracks, 'video')), await packetsOf(source(), 'v:0'));
    assertSame(receivedPackets(trackOf(tracks, 'audio')), await packetsOf(source(), 'a:0'));
    assert.ok(!rig.logger.lines.join('\n').includes(TOKEN));
  });
}

test(
  'an encoder that is killed ends its connection, and another one goes on at the same address',
  needs,
  async () => {
    await using rig = await openRig();
    const killed = new AbortController();
    const { spawn } = await import('node:child_process');
    const child = spawn(
      'ffmpeg',
      ['-nostdin', '-v', 'error', '-re', '-i', source(), ...ISMV, `${rig.url}/streams(x)`],
      {
        stdio: 'ignore',
        signal: killed.signal,
        killSignal: 'SIGKILL',
      },
    );
    child.on('error', () => undefined);
    await rig.door.until(() => (rig.door.connections[0]?.tracks[0]?.samples.length ?? 0) > 0);

    killed.abort();
    await rig.door.until(() => rig.door.connections[0]?.ended !== undefined);
    await ffmpeg('-i', source(), ...ISMV, `${rig.url}/streams(x)`);
    await rig.door.until(() => rig.door.connections[1]?.ended !== undefined);

    assert.deepEqual(
      rig.door.connections.map(({ ended }) => ended),
      ['MPE_CLIENT_DISCONNECTED', 'S_OK'],
    );
  },
);
