import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { generate } from 'selfsigned';
import { z } from 'zod';
import type { IncomingTrack } from '../../../../src-main/core/ports/ingest.ts';
import type { Sample } from '../../../../src-main/media/cmaf/types.ts';
import { missingPrograms } from '../../../support/real-ffmpeg.ts';
import { type RecordedStream, TOKEN } from '../../../support/rtmp-door.ts';
import { openRtmpWorld, type RtmpWorld, until } from '../../../support/rtmp-ingest.ts';
import { mkdtempDisposable } from '../../../support/temporary-folder.ts';

const run = promisify(execFile);
const skip = missingPrograms('ffmpeg', 'ffprobe');
const resources = new AsyncDisposableStack();
let source: string;
let world: RtmpWorld;

before(async () => {
  if (skip !== false) {
    return;
  }
  const folder = resources.use(await mkdtempDisposable(join(tmpdir(), 'lectern-rtmp-'))).path;
  source = join(folder, 'source.flv');
  // Two B-frames, GOPs of 1 s, sound at a rate of which a frame is no whole number of milliseconds.
  await run('ffmpeg', [
    ...[
      '-v',
      'error',
      '-f',
      'lavfi',
      '-i',
      'testsrc2=size=320x180:rate=30',
      '-f',
      'lavfi',
      '-i',
      'sine=sample_rate=44100',
    ],
    ...['-t', '6', '-c:v', 'libx264', '-preset', 'veryfast', '-bf', '2', '-g', '30', '-b:v', '400k'],
    ...['-c:a', 'aac', '-ac', '2', '-b:a', '96k', source],
  ]);
  const { cert, private: key } = await generate([{ name: 'commonName', value: '127.0.0.1' }]);
  world = resources.use(await openRtmpWorld({ tls: { cert, key } }));
});
after(() => resources.disposeAsync());

const probe = z.object({
  packets: z.array(
    z.object({
      codec_type: z.enum(['video', 'audio']),
      pts: z.number(),
      dts: z.number(),
      flags: z.string(),
      data_hash: z.string(),
    }),
  ),
});

type Packet = { readonly dtsMs: number; readonly offsetMs: number; readonly isKey: boolean; readonly md5: string };

async function packetsOf(path: string, kind: 'video' | 'audio'): Promise<readonly Packet[]> {
  const { stdout } = await run(
    'ffprobe',
    ['-v', 'error', '-of', 'json', '-show_packets', '-show_data_hash', 'md5', path],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  return probe
    .parse(JSON.parse(stdout))
    .packets.filter(({ codec_type }) => codec_type === kind)
    .map(({ pts, dts, flags, data_hash }) => ({
      dtsMs: dts,
      offsetMs: pts - dts,
      isKey: flags.startsWith('K'),
      md5: data_hash.slice('MD5:'.length),
    }));
}

const md5 = (data: Uint8Array): string => createHash('md5').update(data).digest('hex');
const shownMs = ({ decodeTime, compositionOffset }: Sample, { description }: IncomingTrack): number =>
  ((Number(decodeTime) + compositionOffset) * 1000) / description.timescale;

function trackOf(stream: RecordedStream, kind: 'video' | 'audio') {
  return stream.tracks.find(({ track }) => track.description.kind === kind) ?? assert.fail(`there is ${kind}`);
}

/** Bit for bit and to the millisecond what the source has, both tracks on one clock. `hasNegativeTimes`: so has the sender. */
async function assertSame(
  stream: RecordedStream,
  options: { readonly hasNegativeTimes: boolean; readonly isRealTime?: boolean },
): Promise<void> {
  const shifts: number[] = [];
  for (const kind of ['video', 'audio'] as const) {
    const packets = await packetsOf(source, kind);
    const { track, samples } = trackOf(stream, kind);
    assert.deepEqual(
      samples.map(({ data }) => md5(data)),
      packets.map((packet) => packet.md5),
      kind,
    );
    for (const [index, sample] of samples.entries()) {
      const packet = packets[index] ?? assert.fail();
      assert.equal(sample.sync, packet.isKey);
      if (options.hasNegativeTimes) {
        // The first picture is shown when it is decoded.
        const offsetMs = packet.offsetMs - (packets[0]?.offsetMs ?? 0);
        assert.equal((sample.compositionOffset * 1000) / track.description.timescale, offsetMs);
      }
      if (kind === 'audio' && index === 0 && !options.hasNegativeTimes) {
        continue;
      }
      shifts.push(shownMs(sample, track) - packet.dtsMs - packet.offsetMs);
    }
    // Without gaps and overlaps; but a frame that was waited for in vain has gone out with the duration of the one before it.
    const toleranceMs = options.isRealTime === true ? 1 : 0;
    for (const [index, sample] of samples.slice(1).entries()) {
      const previous = samples[index] ?? assert.fail();
      if (kind === 'audio' && index === 0 && !options.hasNegativeTimes) {
        continue;
      }
      const gap = Number(sample.decodeTime - previous.decodeTime) - previous.duration;
      assert(Math.abs(gap) * 1000 <= toleranceMs * track.description.timescale, `${kind} ${index}: ${gap}`);
    }
  }
  // The sender may count from another moment, but from the same for both tracks; milliseconds are all that it sends.
  assert(Math.max(...shifts) - Math.min(...shifts) <= 2, `${Math.min(...shifts)}..${Math.max(...shifts)}`);
}

async function received(name: string): Promise<RecordedStream> {
  const find = (): RecordedStream | undefined =>
    world.door.streams.find(({ request }) => request.streamName === name);
  await until(() => find()?.end !== undefined, `${name} ends`);
  return find() ?? assert.fail();
}

const push = (address: string): Promise<unknown> =>
  run('ffmpeg', ['-v', 'error', '-copyts', '-i', source, '-c', 'copy', '-f', 'flv', address]);

test('what ffmpeg sends over RTMP arrives bit for bit and to the millisecond', { skip }, async () => {
  await push(`rtmp://127.0.0.1:${world.port()}/live/${TOKEN}/ffmpeg`);

  const stream = await received('ffmpeg');
  assert.equal(stream.end, 'MPE_CLIENT_TERMINATED_SESSION');
  assert.equal(stream.request.entrance, 'primary');
  assert.deepEqual(
    stream.tracks.map(({ track: { description } }) =>
      description.kind === 'video'
        ? [description.width, description.height, description.codec]
        : [description.sampleRate, description.channels, description.codec],
    ),
    [
      [320, 180, 'avc1.64000d'],
      [44_100, 2, 'mp4a.40.2'],
    ],
  );
  await assertSame(stream, { hasNegativeTimes: true });
  // Audio counts in whole frames.
  const { samples } = trackOf(stream, 'audio');
  assert(samples.every(({ duration }) => duration === 1024));
});

test('what ffmpeg sends over RTMPS to the secondary entrance is the same', { skip }, async () => {
  const { tlsSecondary } = world.ingest.ports();

  await push(`rtmps://127.0.0.1:${tlsSecondary}/live/${TOKEN}/ffmpeg-tls?videodatarate=640`);

  const stream = await received('ffmpeg-tls');
  assert.equal(stream.request.entrance, 'secondary');
  assert.equal(stream.request.ingestUrl, `rtmps://127.0.0.1:${tlsSecondary}/live/ffmpeg-tls`);
  assert.equal(trackOf(stream, 'video').track.declaredBitrate, 640_000);
  await assertSame(stream, { hasNegativeTimes: true });
});

test('what an encoder sends in real time arrives while it sends', { skip }, async () => {
  const sending = run('ffmpeg', [
    ...['-v', 'error', '-re', '-i', source, '-t', '3', '-c', 'copy', '-f', 'flv'],
    `rtmp://127.0.0.1:${world.port()}/live/${TOKEN}/slow`,
  ]);
  const find = () => world.door.streams.find(({ request }) => request.streamName === 'slow');
  await until(() => (find()?.tracks.length ?? 0) === 2, 'it begins');
  const startedMs = performance.now();
  const begun = trackOf(find() ?? assert.fail(), 'video').samples.length;

  await until(() => trackOf(find() ?? assert.fail(), 'video').samples.length >= begun + 30, 'a second of it');

  const tookMs = performance.now() - startedMs;
  assert(tookMs > 500 && tookMs < 2000, `${tookMs} ms`);
  await sending;
});

test('a refusal reaches ffmpeg with its code', { skip }, async () => {
  const refused = push(`rtmp://127.0.0.1:${world.port()}/live/00000000-0000-0000-0000-000000000000/x`);

  await assert.rejects(refused, /MPE_RTMP_APPID_AUTH_FAILURE: There is no running live event/);
  assert.equal(world.door.refused.at(-1)?.streamName, 'x');
});

test('a stream name with special characters is refused with its code', { skip }, async () => {
  await assert.rejects(push(`rtmp://127.0.0.1:${world.port()}/live/${TOKEN}/my%20stream`), /MPE_BAD_URL_SYNTAX/);
});

test('another codec is refused with its code', { skip }, async () => {
  const mp3 = run('ffmpeg', [
    ...[
      '-v',
      'error',
      '-re',
      '-f',
      'lavfi',
      '-i',
      'sine=sample_rate=44100',
      '-t',
      '20',
      '-c:a',
      'libmp3lame',
      '-f',
      'flv',
    ],
    `rtmp://127.0.0.1:${world.port()}/live/${TOKEN}/mp3`,
  ]);

  await assert.rejects(mp3);
  const { end } = await received('mp3');
  assert(end instanceof Error && 'code' in end && end.code === 'MPE_INGEST_CODEC_NOT_SUPPORTED');
});

test('what GStreamer sends arrives bit for bit', { skip: skip || missingGstreamer() }, async () => {
  await run('gst-launch-1.0', [
    ...['-q', 'filesrc', `location=${source}`, '!', 'flvdemux', 'name=demux'],
    ...['demux.video', '!', 'queue', '!', 'h264parse', '!', 'flvmux', 'name=mux', 'streamable=true', '!'],
    ...['rtmp2sink', `location=rtmp://127.0.0.1:${world.port()}/live/${TOKEN}/gstreamer`],
    ...['demux.audio', '!', 'queue', '!', 'aacparse', '!', 'mux.'],
  ]);

  const stream = await received('gstreamer');
  // Its muxer counts from the first picture and writes 0 for what is before it: decode times, and the first sound.
  await assertSame(stream, { hasNegativeTimes: false, isRealTime: true });
});

function missingGstreamer(): string | false {
  return missingPrograms('gst-launch-1.0');
}
