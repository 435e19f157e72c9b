import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { OwnedProcesses } from '../../../src-main/core/process/create-processes.ts';
import { readBoxes } from '../../../src-main/media/isobmff/box-reader.ts';
import { parseMovie } from '../../../src-main/media/mp4/parse-movie.ts';
import { openExportRig } from '../../support/export-service.ts';
import { encodeTracks, makeRecording, openMadeRecording } from '../../support/make-recording.ts';
import { missingPrograms, openProcesses } from '../../support/real-ffmpeg.ts';
import { hasCode } from '../../unit/export/memory-recording.ts';
import { ffprobe, pictureHashes } from '../media/ffmpeg-media.ts';
import { readWithMediabunny, readWithMp4box } from '../media/independent-readers.ts';
import { createExportMedia, type ExportMedia, times } from './rig.ts';

const skip = missingPrograms('ffmpeg', 'ffprobe');
const SECONDS = 10;
/** As encoders set them at cuts of a film: close to each other, and then none for long. */
const IRREGULAR = [0, 0.5, 0.7, 2.2, 2.9, 3.1, 8.4];

let root: string;
let processes: OwnedProcesses;
let media: ExportMedia;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'lectern-export-media-'));
  processes = openProcesses();
  media = createExportMedia(root, processes);
  if (skip === false) {
    const tracks = await encodeTracks(join(root, 'encoded'), {
      seconds: SECONDS,
      videoBitrates: [600_000, 200_000],
      bFrames: 2,
    });
    await makeRecording({ folder: join(root, 'whole'), tracks, rollSeconds: 4 });
    const irregular = await encodeTracks(join(root, 'encoded'), {
      seconds: SECONDS,
      bFrames: 2,
      keyFrames: IRREGULAR,
    });
    await makeRecording({ folder: join(root, 'irregular'), tracks: irregular, rollSeconds: 4 });
    const isRecorded = (_: unknown, seconds: number): boolean => seconds < 14 || seconds >= 16.5;
    await makeRecording({ folder: join(root, 'gap'), tracks, isRecorded });
    const [first] = await encodeTracks(join(root, 'encoded'), { seconds: 4, videoBitrates: [], channels: 1 });
    assert(first !== undefined);
    await makeRecording({ folder: join(root, 'sound'), tracks: [first] });
  }
});
after(async () => {
  await processes[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

suite('a recording exported as MP4', { skip }, () => {
  test('decodes to the pictures and the sound of its track files', async () => {
    await media.exported('whole', {}, async (path) => {
      const pictures = pictureHashes(path, '0:v');
      assert.equal(pictures.length, 30 * SECONDS);
      assert.deepEqual(pictures, pictureHashes(await media.trackFile('whole', 'video_600000'), '0'));
      assert.deepEqual(
        pictureHashes(path, '0:a'),
        pictureHashes(await media.trackFile('whole', 'audio_96000'), '0'),
      );
    });
  });

  test('can be played before it is whole: the header comes first', async () => {
    await media.exported('whole', {}, async (path) => {
      const types = [...readBoxes(await readFile(path)).children()].map(({ type }) => type);
      assert.deepEqual(types, ['ftyp', 'moov', 'free', 'mdat']);
    });
  });

  test('is of the quality that was asked for', async () => {
    await media.exported('whole', { quality: 200 }, async (path, job) => {
      assert.equal(job.quality, '200');
      assert.deepEqual(
        pictureHashes(path, '0:v'),
        pictureHashes(await media.trackFile('whole', 'video_200000'), '0'),
      );
    });
  });

  test('keeps picture and sound together, to the tick', async () => {
    await media.exported('whole', {}, async (path) => {
      const source = {
        video: await media.trackFile('whole', 'video_600000'),
        audio: await media.trackFile('whole', 'audio_96000'),
      };
      const lead = (video: number | undefined, audio: number | undefined): number => (video ?? 0) - (audio ?? 0);
      assert.equal(
        lead(times(path, 'v')[0], times(path, 'a')[0]).toFixed(5),
        lead(times(source.video, 'v')[0], times(source.audio, 'a')[0]).toFixed(5),
      );
    });
  });

  test('is the same to readers of other people', async () => {
    await media.exported('whole', {}, async (path) => {
      const { tracks } = parseMovie(await readFile(path));
      const counts = tracks.map(({ sampleCount }) => sampleCount);
      assert.deepEqual(
        readWithMp4box(path).map(({ samples }) => samples.length),
        counts,
      );
      const streams = await readWithMediabunny(path);
      assert.deepEqual(
        streams.map(({ type, packets }) => [type, packets.length]),
        [
          ['video', counts[0]],
          ['audio', counts[1]],
        ],
      );
      assert.equal(ffprobe(path, ['-show_entries', 'format_tags=title']), 'A talk: on <tape>');
    });
  });

  test('of a range begins with the key frame before it and ends with the one behind it', async () => {
    await media.exported('whole', { start: 3.2, end: '0:00:05.5' }, async (path, job) => {
      const all = pictureHashes(await media.trackFile('whole', 'video_600000'), '0');
      assert.deepEqual(pictureHashes(path, '0:v'), all.slice(60, 180));
      assert.deepEqual([job.start?.toFixed(2), job.end?.toFixed(2)], ['2.07', '6.07']);
      assert.equal(times(path, 'v')[0], 0);
      // Sound from before is in the file, so that decoding it is right from the first picture on, and it is hidden.
      const sound = times(path, 'a');
      assert((sound[0] ?? 0) < 0 && (sound[0] ?? 0) > -0.07, `begins at ${sound[0]}`);
      assert.equal(Number(ffprobe(path, ['-show_entries', 'format=duration'])).toFixed(1), '4.0');
    });
  });

  test('is cut at the key frames that the service tells, wherever an encoder set them', async () => {
    await using made = await openMadeRecording(join(root, 'irregular'));
    await using rig = await openExportRig(made.presentation);
    const { times: keys } = await rig.exports.keyFrames('talk', { time: 4, count: 50, quality: 'top' });
    const packets = ffprobe(await media.trackFile('irregular', 'video_400000'), [
      ...['-select_streams', 'v', '-show_entries', 'packet=pts_time,flags'],
    ]);
    const recorded = [...packets.matchAll(/^([\d.]+),K/gm)].map(([, time]) => Number(time) - 10);
    assert.deepEqual(
      keys.map((time) => time.toFixed(2)),
      recorded.map((time) => time.toFixed(2)),
    );
    assert.equal(keys.length, IRREGULAR.length);

    const pictures = pictureHashes(await media.trackFile('irregular', 'video_400000'), '0');
    const frameOf = (time: number): number => Math.round(time * 30) - 2;
    for (const [start, end] of [
      [keys[1]!, keys[5]!],
      [keys[2]! + 0.2, 4],
      [keys[5]! + 3, SECONDS],
    ] as const) {
      const plan = await rig.exports.plan('talk', { format: 'mp4', quality: 'top', start, end });
      assert.equal(
        plan.start,
        keys.findLast((time) => time <= start),
      );
      assert.equal(plan.end, keys.find((time) => time >= end) ?? SECONDS);
      await media.exported('irregular', { start, end }, (path, job) => {
        assert.deepEqual([job.start, job.end, job.quality], [plan.start, plan.end, plan.quality]);
        const wanted = pictures.slice(frameOf(plan.start), plan.end === SECONDS ? undefined : frameOf(plan.end));
        assert.deepEqual(pictureHashes(path, '0:v'), wanted);
      });
    }
  });

  test('says so when the file that has its key frames is cut off, or gone', async () => {
    const folder = join(root, 'cut-off');
    await cp(join(root, 'irregular'), folder, { recursive: true });
    await using made = await openMadeRecording(folder);
    await using rig = await openExportRig(made.presentation);
    const path = join(folder, 'video_400000', '000001.cmfv');
    const { size } = await stat(path);

    for (const [change, words] of [
      [() => truncate(path, Math.round(size / 2)), /cut off/],
      [() => rm(path), /missing/],
    ] as const) {
      await change();
      await assert.rejects(
        rig.exports.keyFrames('talk', { time: 3, count: 50, quality: 'top' }),
        hasCode('archive/damaged', words),
      );
    }
  });

  test('of a range has the sound that belongs to its pictures', async () => {
    await media.exported('whole', { start: 4.1, end: 6 }, async (path) => {
      // Media time begins at 10 s, and a picture is shown two after it is decoded.
      const start = 14 + 2 / 30;
      const heard = await media.soundOf(path, 0.5);

      assert.equal(heard.length, 2 * 2 * 48_000);
      const recorded = await media.soundOf(await media.trackFile('whole', 'audio_96000'), start + 0.5);
      // A decoder makes up the noise of AAC as it goes: equal but for the last bit or two, where one sample off is hundreds.
      const apart = Array.from({ length: heard.length / 2 }, (_, sample) =>
        Math.abs(heard.readInt16LE(2 * sample) - recorded.readInt16LE(2 * sample)),
      );
      const most = apart.reduce((max, next) => Math.max(max, next), 0);
      assert(most <= 8, `up to ${most} apart`);
    });
  });

  test('keeps a gap as one: the picture stands, the sound is silent, both go on together', async () => {
    await media.exported('gap', {}, async (path) => {
      const pictures = times(path, 'v');
      const jump = pictures.findIndex((time, index) => index > 0 && time - (pictures[index - 1] ?? 0) > 1);
      assert.equal(((pictures[jump] ?? 0) - (pictures[jump - 1] ?? 0)).toFixed(2), '4.03');
      assert.equal(pictures.length, 30 * (4 + 2));
      const sound = times(path, 'a');
      assert(sound.every((time, index) => index === 0 || time - (sound[index - 1] ?? 0) < 0.05));
      const heard = await media.soundOf(path, 4.5);
      assert(heard.length === 2 * 2 * 48_000 && heard.every((byte) => byte === 0));
      assert.deepEqual(
        pictureHashes(path, '0:v'),
        pictureHashes(await media.trackFile('gap', 'video_600000'), '0'),
      );
    });
  });

  test('of sound alone has no picture', async () => {
    await media.exported('whole', { format: 'm4a', start: 2.5, end: 4 }, (path, job) => {
      assert.equal(ffprobe(path, ['-show_entries', 'stream=codec_type']), 'audio');
      assert(Math.abs((job.start ?? 0) - 2.5) < 0.03 && Math.abs((job.end ?? 0) - 4) < 0.03);
      assert(Math.abs(Number(ffprobe(path, ['-show_entries', 'format=duration'])) - 1.5) < 0.05);
    });
  });

  test('of a recording without pictures is its sound', async () => {
    await media.exported('sound', {}, async (path) => {
      assert.deepEqual(
        pictureHashes(path, '0:a'),
        pictureHashes(await media.trackFile('sound', 'audio_96000'), '0'),
      );
    });
  });
});
