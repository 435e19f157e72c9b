import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import { layoutMovie, type MovieOptions } from '../../../src-main/media/mp4/layout-movie.ts';
import { parseMovie } from '../../../src-main/media/mp4/parse-movie.ts';
import { createSampleTable } from '../../../src-main/media/mp4/sample-table.ts';
import { ticks, ticksToSeconds } from '../../../src-main/media/time.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import {
  ENCODER_OUTPUT,
  ffmpeg,
  ffprobe,
  groupsOf,
  openFolder,
  PICTURES,
  pictureHashes,
  type ReadTrack,
  readFragmented,
  SOUND,
  samplesOf,
  writeAll,
} from './ffmpeg-media.ts';
import { readWithMediabunny, readWithMp4box } from './independent-readers.ts';

const skip = missingPrograms('ffmpeg', 'ffprobe');

let folder: ReturnType<typeof openFolder>;
let video: ReadTrack;
let audio: ReadTrack;

/** Three seconds from 10 s on: pictures with B-frames, and sound that begins with its priming. */
function encode(kind: 'video' | 'audio'): ReadTrack {
  const file = folder.path(`${kind}.mp4`);
  const codec =
    kind === 'video' ? ['-c:v', 'libx264', '-bf', '2', '-g', '30', '-pix_fmt', 'yuv420p'] : ['-c:a', 'aac'];
  const timescale = kind === 'video' ? ['-video_track_timescale', '90000'] : [];
  ffmpeg([...(kind === 'video' ? PICTURES : SOUND), '-t', '3', ...codec, ...ENCODER_OUTPUT, ...timescale, file]);
  const [track] = readFragmented(file);
  assert(track !== undefined);
  return track;
}

before(() => {
  folder = openFolder();
  if (skip === false) {
    video = encode('video');
    audio = encode('audio');
  }
});
after(() => folder[Symbol.dispose]());

/** Lays the tracks out in chunks of `length` samples, ordered by time, and writes the file. */
function exportMovie(tracks: readonly ReadTrack[], name: string, options: MovieOptions = {}, length = 6): string {
  const inputs = tracks.map((track) => {
    const { description } = track;
    const table = createSampleTable({ description, timescale: description.timescale });
    const chunks = groupsOf(samplesOf(track), length);
    for (const chunk of chunks) {
      for (const { duration, compositionOffset, sync, data } of chunk) {
        table.add(duration, compositionOffset, sync, data.length);
      }
      table.endChunk();
    }
    return { table, startTime: chunks[0]?.[0]?.decodeTime ?? ticks(0), chunks };
  });
  const order = inputs
    .flatMap(({ chunks, table }, track) =>
      chunks.map(([first], chunk) => {
        assert(first !== undefined);
        return { track, chunk, seconds: ticksToSeconds(first.decodeTime, table.timescale) };
      }),
    )
    .sort((a, b) => a.seconds - b.seconds || a.track - b.track);
  const { header, mdatHeader, totalBytes } = layoutMovie(inputs, order, options);
  const data = order.flatMap(({ track, chunk }) =>
    (inputs[track]?.chunks[chunk] ?? []).map((sample) => sample.data),
  );
  const file = folder.path(name);
  writeAll(file, [header, mdatHeader, ...data]);
  assert.equal(readFileSync(file).length, totalBytes);
  return file;
}

suite('a movie laid out from the samples of two live tracks', { skip }, () => {
  test('decodes to the frames that were recorded, without a warning', () => {
    const file = exportMovie([video, audio], 'movie.mp4');

    assert.deepEqual(pictureHashes(file, '0:v'), pictureHashes(folder.path('video.mp4'), '0'));
    assert.deepEqual(pictureHashes(file, '0:a'), pictureHashes(folder.path('audio.mp4'), '0'));
    assert.equal(ffmpeg(['-i', file, '-f', 'null', '-'], 'warning'), '');
  });

  test('keeps picture and sound together to the tick', () => {
    const file = exportMovie([video, audio], 'movie.mp4');

    const firstOf = (stream: string): number =>
      Number(
        ffprobe(file, ['-select_streams', stream, '-read_intervals', '%+#1', '-show_entries', 'packet=pts_time'])
          .split('\n')[0]
          ?.replace(',', ''),
      );
    // x264 shows its first picture two frames after 10 s, and AAC begins one frame of 1024 samples before 10 s.
    const lead = 2 / 30 + 1024 / 48_000;
    assert.equal(firstOf('a'), 0);
    assert.equal(firstOf('v').toFixed(6), lead.toFixed(6));
  });

  test('begins where it is asked to: what is before is in the file and not shown', () => {
    const file = exportMovie([video, audio], 'movie.mp4', { start: { time: ticks(11_100), timescale: 1000 } });

    const shown = pictureHashes(file, '0:v');
    const all = pictureHashes(folder.path('video.mp4'), '0');
    // 90 pictures from 10.066 s on; the first that begins at or after 11.1 s is the 32nd.
    assert.deepEqual(shown.slice(-59), all.slice(-59));
    assert(shown.length === 59 || shown.length === 60, `${shown.length} pictures`);
    const { tracks } = parseMovie(readFileSync(file));
    assert.deepEqual(
      tracks.map(({ edits }) => edits.map(({ kind }) => kind)),
      [['media'], ['media']],
    );
  });

  test('holds for other readers the samples that were put in', async () => {
    const file = exportMovie([video, audio], 'movie.mp4', { title: 'Probe' });

    const byMp4box = readWithMp4box(file);
    const byMediabunny = await readWithMediabunny(file);

    for (const [index, track] of [video, audio].entries()) {
      const samples = samplesOf(track);
      const { timescale, codec } = track.description;
      const start = Number(samples[0]?.decodeTime);
      const smallest = Math.min(...samples.map(({ compositionOffset }) => compositionOffset));
      assert.equal(byMp4box[index]?.codec, codec);
      assert.deepEqual(
        byMp4box[index].samples,
        samples.map(({ decodeTime, duration, compositionOffset, sync, data }) => ({
          decodeTime: Number(decodeTime) - start,
          presentationTime: Number(decodeTime) - start + compositionOffset - smallest,
          duration,
          sync,
          data: new Uint8Array(data),
        })),
      );
      // The movie begins with the sound, at 10 s less its priming.
      const movieStart = Number(audio.fragments[0]?.[0]?.decodeTime) / 48_000;
      assert.deepEqual(
        byMediabunny[index]?.packets.map(({ seconds, key, data }) => [Math.round(seconds * timescale), key, data]),
        samples.map(({ decodeTime, compositionOffset, sync, data }) => [
          Math.round(Number(decodeTime) + compositionOffset - movieStart * timescale),
          sync,
          new Uint8Array(data),
        ]),
      );
    }
    assert.equal(ffprobe(file, ['-show_entries', 'format_tags=title']), 'Probe');
  });

  test('is read back as it was written', () => {
    const file = exportMovie([video, audio], 'movie.mp4');

    const { tracks } = parseMovie(readFileSync(file));

    assert.deepEqual(
      tracks.map(({ description, sampleCount }) => [description, sampleCount]),
      [video, audio].map((track) => [track.description, samplesOf(track).length]),
    );
  });

  test('what ffmpeg writes is read too, and agrees', () => {
    const file = folder.path('by-ffmpeg.mp4');
    ffmpeg([
      '-i',
      folder.path('video.mp4'),
      '-i',
      folder.path('audio.mp4'),
      '-c',
      'copy',
      '-movflags',
      '+faststart',
      file,
    ]);

    const { tracks } = parseMovie(readFileSync(file));

    assert.deepEqual(
      tracks.map(({ sampleCount, syncSampleCount, mediaDuration }) => [
        sampleCount,
        syncSampleCount,
        mediaDuration,
      ]),
      [
        [90, 3, 270_000n],
        [samplesOf(audio).length, samplesOf(audio).length, BigInt(samplesOf(audio).length * 1024)],
      ],
    );
  });
});
