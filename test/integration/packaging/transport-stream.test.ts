import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../../src-main/base/clock.ts';
import { createRecordingPresentation } from '../../../src-main/core/archive/recording-presentation.ts';
import { createSegmentReader } from '../../../src-main/core/archive/segment-reader.ts';
import { createPackager } from '../../../src-main/core/packaging/packager.ts';
import type { Publication } from '../../../src-main/core/ports/presentation.ts';
import { parseMultivariantPlaylist } from '../../../src-main/manifest/hls/multivariant-playlist.ts';
import { parseMediaPlaylist } from '../../../src-main/manifest/hls/parse-media-playlist.ts';
import { writeInitSegment } from '../../../src-main/media/cmaf/init-segment.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { fakePublication } from '../../support/fake-presentation.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import {
  ENCODER_OUTPUT,
  ffmpeg,
  openFolder,
  pictureHashes,
  readFragmented,
  samplesOf,
} from '../media/ffmpeg-media.ts';
import {
  type Broadcast,
  type EncodedTrack,
  openBroadcast,
  openTinyOrigin,
  START_SECONDS,
} from './packaged-media.ts';

type Folder = ReturnType<typeof openFolder>;

const FORMATS = ['m3u8-aapl-v3', 'm3u8-aapl'] as const;

/** 26.5 hours: what 33 bits of 90 kHz count up to. */
const CYCLE_SECONDS = 2 ** 33 / 90_000;

/** A picture that is reordered, as encoders that have the time for it do, and a sound. */
function encodeReordered(folder: Folder, seconds: number, startSeconds = START_SECONDS): readonly EncodedTrack[] {
  const picture = folder.path('picture.mp4');
  ffmpeg([
    ...['-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=30', '-t', String(seconds), '-c:v', 'libx264'],
    ...['-preset', 'veryfast', '-bf', '3', '-pix_fmt', 'yuv420p', '-b:v', '400k'],
    ...['-g', '60', '-keyint_min', '60', '-sc_threshold', '0', ...ENCODER_OUTPUT],
    ...['-video_track_timescale', '90000', picture],
  ]);
  const sound = folder.path('sound.mp4');
  ffmpeg([
    ...['-f', 'lavfi', '-i', 'sine=r=44100', '-t', String(seconds), '-ac', '2', '-c:a', 'aac', '-b:a', '128k'],
    ...[...ENCODER_OUTPUT, sound],
  ]);
  const read = (file: string, over: { readonly id: string; readonly name: string; readonly bitrate: number }) => {
    const [found] = readFragmented(file);
    const description = { ...found!.description, ...over };
    const samples = samplesOf(found);
    const start = startSeconds * BigInt(description.timescale);
    const first = samples[0]!.decodeTime;
    return {
      file,
      track: { ...description, init: writeInitSegment(description) },
      samples: samples.map((sample) => ({ ...sample, decodeTime: ticks(sample.decodeTime - first + start) })),
    };
  };
  return [
    read(picture, { id: 'video_400000', name: 'video', bitrate: 400_000 }),
    read(sound, { id: 'audio_128000', name: 'audio', bitrate: 128_000 }),
  ];
}

/** Plays with ffmpeg while this process serves it: the hashes of the frames, and every word it said. */
async function played(input: readonly string[], stream: string) {
  const child = spawn('ffmpeg', ['-nostdin', '-v', 'warning', ...input, '-map', stream, '-f', 'framemd5', '-']);
  let hashes = '';
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (data: string) => {
    hashes += data;
  });
  child.stderr.setEncoding('utf8').on('data', (data: string) => {
    said += data;
  });
  await once(child, 'close');
  const lines = hashes.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return { hashes: lines.map((line) => line.split(',').at(-1)?.trim() ?? ''), said };
}

function recordingOf(broadcast: Broadcast, place: Folder, media: AsyncDisposableStack): Publication {
  return fakePublication(
    createRecordingPresentation({
      id: 'recording',
      folder: place.path('recording'),
      reader: media.use(createSegmentReader()),
      tracks: broadcast.timeline.tracks(),
      segmentSeconds: 2,
      epochOffsetMs: 0,
    }),
  );
}

suite('transport streams', { skip: missingPrograms('ffmpeg', 'ffprobe') }, () => {
  let folder: Folder;
  let encoded: readonly EncodedTrack[];
  before(() => {
    folder = openFolder();
    encoded = encodeReordered(folder, 21);
  });
  after(() => folder[Symbol.dispose]());

  test('a recording decodes to the frames of the encoder, bit for bit, and ffmpeg has nothing to warn of', async () => {
    using place = openFolder();
    await using media = new AsyncDisposableStack();
    const broadcast = media.use(await openBroadcast(place, encoded));
    broadcast.pushUntil(22);
    await broadcast.end();
    const packager = createPackager({ clock: systemClock() });
    const origin = media.use(await openTinyOrigin(packager, recordingOf(broadcast, place, media)));

    for (const format of FORMATS) {
      const url = `${origin.url}/manifest(format=${format})`;
      for (const [index, stream] of ['0:v:0', '0:a:0'].entries()) {
        const { hashes, said } = await played(['-i', url], stream);
        assert.equal(said, '', `${format} ${stream}`);
        assert.deepEqual(hashes, pictureHashes(encoded[index]!.file, '0'), `${format} ${stream}`);
      }
    }
    assert.deepEqual(origin.refused, []);
  });

  test('times that begin anew after 26.5 hours are taken as they are meant', async () => {
    using place = openFolder();
    await using media = new AsyncDisposableStack();
    // The 10 s that are added to all times included, they begin anew 7 s behind the beginning.
    const cycles = Math.ceil(Number(START_SECONDS) / CYCLE_SECONDS);
    const start = BigInt(Math.floor(cycles * CYCLE_SECONDS)) - 17n;
    const late = encodeReordered(place, 15, start);
    const broadcast = media.use(await openBroadcast(place, late));
    broadcast.pushUntil(Number(start - START_SECONDS) + 16);
    await broadcast.end();
    const packager = createPackager({ clock: systemClock() });
    const origin = media.use(await openTinyOrigin(packager, recordingOf(broadcast, place, media)));

    for (const format of FORMATS) {
      const { hashes, said } = await played(['-i', `${origin.url}/manifest(format=${format})`], '0:v:0');

      assert.equal(said, '', format);
      assert.deepEqual(hashes, pictureHashes(late[0]!.file, '0'), format);
    }
  });

  for (const format of FORMATS) {
    test(`a player that joins a broadcast in ${format} sees every frame to its end, while it is being made`, async () => {
      using place = openFolder();
      await using media = new AsyncDisposableStack();
      const broadcast = media.use(await openBroadcast(place, encoded));
      const clock = manualClock(Number(START_SECONDS) * 1000);
      const packager = createPackager({ clock });
      const origin = media.use(await openTinyOrigin(packager, fakePublication(broadcast.presentation)));
      const upTo = (seconds: number): void => {
        broadcast.pushUntil(seconds);
        clock.advance(Math.max(0, (Number(START_SECONDS) + seconds) * 1000 - clock.wallMs()));
      };
      upTo(7);

      const url = `${origin.url}/manifest(format=${format})`;
      const playing = played(['-live_start_index', '0', '-i', url], '0:v:0');
      for (let seconds = 7; seconds <= 22; seconds += 0.5) {
        upTo(seconds);
        await pause(200);
      }
      await broadcast.end();

      const { hashes, said } = await playing;
      assert.equal(said, '');
      assert.deepEqual(hashes, pictureHashes(encoded[0]!.file, '0'));
      assert.deepEqual(origin.refused, []);
    });
  }

  test('playlists of key frames play with ffprobe: a picture for every fragment', async () => {
    using place = openFolder();
    await using media = new AsyncDisposableStack();
    const broadcast = media.use(await openBroadcast(place, encoded));
    broadcast.pushUntil(22);
    await broadcast.end();
    const packager = createPackager({ clock: systemClock() });
    const origin = media.use(await openTinyOrigin(packager, recordingOf(broadcast, place, media)));
    for (const [format, version] of [
      ['m3u8-aapl', 4],
      ['m3u8-cmaf', 5],
    ] as const) {
      const master = await (await fetch(`${origin.url}/manifest(format=${format})`)).text();
      const [variant] = parseMultivariantPlaylist(master).iFrameVariants;
      const url = `${origin.url}/${variant!.uri}`;

      const types = await run('ffprobe', [
        ...['-v', 'warning', '-select_streams', 'v', '-show_entries', 'frame=pict_type', '-of', 'csv=p=0', url],
      ]);
      const list = parseMediaPlaylist(await (await fetch(url)).text());

      assert.equal(list.iFramesOnly, true);
      assert.equal(list.version, version);
      assert.deepEqual(
        types.match(/\w+/g),
        Array.from({ length: 11 }, () => 'I'),
        format,
      );
    }
  });

  test('declared bit rates hold for every segment, and are not far above', async () => {
    using place = openFolder();
    await using media = new AsyncDisposableStack();
    const broadcast = media.use(await openBroadcast(place, encoded));
    broadcast.pushUntil(22);
    await broadcast.end();
    const packager = createPackager({ clock: systemClock() });
    const origin = media.use(await openTinyOrigin(packager, recordingOf(broadcast, place, media)));

    for (const format of FORMATS) {
      const master = parseMultivariantPlaylist(
        await (await fetch(`${origin.url}/manifest(format=${format})`)).text(),
      );
      const [variant] = master.variants;
      const sound = master.renditions.flatMap((one) => ('uri' in one && one.uri !== undefined ? [one.uri] : []));
      let bytes = 0;
      let seconds = 0;
      let peak = 0;
      for (const uri of [variant!.uri, ...sound]) {
        const base = `${origin.url}/${uri}`;
        const { segments } = parseMediaPlaylist(await (await fetch(base)).text());
        let highest = 0;
        for (const segment of segments) {
          const { byteLength } = await (await fetch(new URL(segment.uri, base))).arrayBuffer();
          bytes += byteLength;
          seconds += uri === variant!.uri ? segment.durationSeconds : 0;
          highest = Math.max(highest, (byteLength * 8) / segment.durationSeconds);
        }
        peak += highest;
      }
      const average = (bytes * 8) / seconds;
      const declared = variant!.averageBandwidth ?? 0;
      assert(variant!.bandwidth >= peak, `${format}: ${variant!.bandwidth} for ${peak}`);
      assert(Math.abs(declared - average) < 0.1 * average, `${format}: ${declared} for ${average}`);
    }
  });
});

async function run(program: string, args: readonly string[]): Promise<string> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (data: string) => {
    text += data;
  });
  await once(child, 'close');
  return text;
}
