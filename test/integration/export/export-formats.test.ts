import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { OwnedProcesses } from '../../../src-main/core/process/create-processes.ts';
import { parseMultivariantPlaylist } from '../../../src-main/manifest/hls/multivariant-playlist.ts';
import { parseMediaPlaylist } from '../../../src-main/manifest/hls/parse-media-playlist.ts';
import { encodeTracks, makeRecording } from '../../support/make-recording.ts';
import { missingPrograms, openProcesses } from '../../support/real-ffmpeg.ts';
import { hasCode } from '../../unit/export/memory-recording.ts';
import { ffprobe, pictureHashes } from '../media/ffmpeg-media.ts';
import { createExportMedia, type ExportMedia, times } from './rig.ts';

const skip = missingPrograms('ffmpeg', 'ffprobe');
const SECONDS = 10;
/** Media time begins at 10 s, and a picture is shown two after it is decoded. */
const DELAY = 2 / 30;

let root: string;
let processes: OwnedProcesses;
let media: ExportMedia;
let recorded: readonly string[];

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'lectern-export-formats-'));
  processes = openProcesses();
  media = createExportMedia(root, processes);
  if (skip === false) {
    const tracks = await encodeTracks(join(root, 'encoded'), {
      seconds: SECONDS,
      videoBitrates: [600_000, 200_000],
      bFrames: 2,
    });
    await makeRecording({ folder: join(root, 'whole'), tracks, rollSeconds: 4 });
    const isRecorded = (_: unknown, seconds: number): boolean => seconds < 14 || seconds >= 16.5;
    await makeRecording({ folder: join(root, 'gap'), tracks, isRecorded });
    recorded = pictureHashes(await media.trackFile('whole', 'video_600000'), '0');
  }
});
after(async () => {
  await processes[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

function duration(path: string, stream?: string): number {
  return stream === undefined
    ? Number(ffprobe(path, ['-show_entries', 'format=duration']))
    : Number(ffprobe(path, ['-select_streams', stream, '-show_entries', 'stream=duration']));
}

/** The picture that is shown at a time of the recording. */
function frameAt(seconds: number): number {
  return Math.floor((seconds - DELAY) * 30 + 0.001);
}

suite('an exact export', { skip }, () => {
  for (const [start, end] of [
    [3.2, 5.5],
    [2.5, 2.6],
    [7.77, 9.99],
  ] as const) {
    test(`of ${start} to ${end} s shows its very pictures and no others`, async () => {
      await media.exported('whole', { start, end, exact: true }, (path, job) => {
        const wanted = recorded.slice(frameAt(start), Math.ceil((end - DELAY) * 30 - 0.001));
        assert.deepEqual(pictureHashes(path, '0:v'), wanted);
        assert(Math.abs((job.start ?? 0) - start) <= 1 / 30 && Math.abs((job.end ?? 0) - end) <= 1 / 30);
        assert.equal(duration(path).toFixed(2), ((job.end ?? 0) - (job.start ?? 0)).toFixed(2));
      });
    });
  }

  test('has the sound that belongs to its pictures', async () => {
    await media.exported('whole', { start: 3.2, end: 6.4, exact: true }, async (path, job) => {
      const heard = await media.soundOf(path, 0.5);
      const original = await media.soundOf(
        await media.trackFile('whole', 'audio_96000'),
        10 + (job.start ?? 0) + 0.5,
      );
      const apart = Array.from({ length: heard.length / 2 }, (_, sample) =>
        Math.abs(heard.readInt16LE(2 * sample) - original.readInt16LE(2 * sample)),
      );
      // The picture at 3.2 s begins on a whole millisecond, so the start is told exactly. Equal but for the last bit or two; one sample off is hundreds.
      assert.equal(job.start, 3.2);
      const most = apart.reduce((max, next) => Math.max(max, next), 0);
      assert(most <= 8, `up to ${most} apart`);
      assert(Math.abs(duration(path, 'a') - duration(path, 'v')) < 0.03);
    });
  });

  test('that begins in a gap begins behind it, and one that ends in it ends before it', async () => {
    // From 4 to 8 s nothing was recorded.
    await media.exported('gap', { start: 5, end: 9, exact: true }, (path, job) => {
      assert.deepEqual([job.start?.toFixed(2), job.end?.toFixed(2)], [(8 + DELAY).toFixed(2), '9.00']);
      assert.equal(duration(path).toFixed(2), (1 - DELAY).toFixed(2));
    });
    await media.exported('gap', { start: 3, end: 6, exact: true }, (path, job) => {
      assert.deepEqual([job.start?.toFixed(2), job.end?.toFixed(2)], ['3.00', (4 + DELAY).toFixed(2)]);
      assert.equal(duration(path).toFixed(2), (1 + DELAY).toFixed(2));
    });
    await assert.rejects(
      media.exported('gap', { start: 5, end: 7, exact: true }, () => undefined),
      hasCode('export/range-empty'),
    );
  });

  test('of sound is exact to the millisecond', async () => {
    await media.exported('whole', { format: 'm4a', start: 2.345, end: 4.567, exact: true }, (path, job) => {
      assert.deepEqual([job.start, job.end], [2.345, 4.567]);
      assert(Math.abs(duration(path) - 2.222) < 0.001, String(duration(path)));
    });
  });
});

suite('a recording exported as Matroska', { skip }, () => {
  test('decodes to the pictures and the sound of its track files', async () => {
    await media.exported('whole', { format: 'mkv' }, async (path) => {
      assert.equal(ffprobe(path, ['-show_entries', 'format=format_name']), '"matroska,webm"');
      assert.deepEqual(pictureHashes(path, '0:v'), recorded);
      assert.deepEqual(
        pictureHashes(path, '0:a'),
        pictureHashes(await media.trackFile('whole', 'audio_96000'), '0'),
      );
      assert.equal(ffprobe(path, ['-show_entries', 'format_tags=title']), 'A talk: on <tape>');
    });
  });

  test('of a range begins with its first picture, and sound no more than a frame behind it', async () => {
    await media.exported('whole', { format: 'mkv', start: 3.2, end: 5.5 }, (path) => {
      assert.deepEqual(pictureHashes(path, '0:v'), recorded.slice(60, 180));
      assert.equal(times(path, 'v')[0], 0);
      const [sound = -1] = times(path, 'a');
      assert(sound >= 0 && sound < 0.022, `sound begins at ${sound}`);
    });
  });
});

suite('all qualities', { skip }, () => {
  for (const format of ['mp4', 'mkv'] as const) {
    test(`are tracks of one ${format}, of which the best is played`, async () => {
      await media.exported('whole', { format, quality: 'all', start: 3.2, end: 5.5 }, async (path, job) => {
        assert.equal(job.quality, 'all');
        assert.deepEqual(pictureHashes(path, '0:v:0'), recorded.slice(60, 180));
        const other = pictureHashes(await media.trackFile('whole', 'video_200000'), '0');
        assert.deepEqual(pictureHashes(path, '0:v:1'), other.slice(60, 180));
        assert.equal(
          ffprobe(path, ['-show_entries', 'stream=codec_type:stream_disposition=default']).replaceAll('\n', ' '),
          'video,1 audio,1 video,0',
        );
      });
    });
  }
});

suite('a recording exported as a folder of HLS', { skip }, () => {
  test('plays from the folder, picture by picture what was recorded', async () => {
    await media.exported('whole', { format: 'hls' }, async (path) => {
      assert.deepEqual(pictureHashes(path, '0:v'), recorded);
      assert.deepEqual(
        pictureHashes(path, '0:a'),
        pictureHashes(await media.trackFile('whole', 'audio_96000'), '0'),
      );
      assert.deepEqual((await readdir(dirname(path))).toSorted(), ['audio-96000', 'index.m3u8', 'video-600000']);
    });
  });

  test('of a range has the whole segments around it, and ends', async () => {
    await media.exported('whole', { format: 'hls', start: 3.2, end: 5.5 }, async (path, job) => {
      assert.deepEqual([job.start, job.end], [2, 6]);
      const folder = dirname(path);
      const { variants } = parseMultivariantPlaylist(await readFile(path, 'utf8'));
      const playlist = parseMediaPlaylist(await readFile(join(folder, variants[0]?.uri ?? ''), 'utf8'));
      assert.deepEqual([playlist.segments.length, playlist.endList, playlist.playlistType], [2, true, 'VOD']);
      assert.deepEqual(pictureHashes(path, '0:v'), recorded.slice(60, 180));
    });
  });

  test('of all qualities lets players choose', async () => {
    await media.exported('whole', { format: 'hls', quality: 'all' }, async (path) => {
      const { variants } = parseMultivariantPlaylist(await readFile(path, 'utf8'));
      assert.deepEqual(variants.map(({ uri }) => uri).toSorted(), [
        'video-200000/index.m3u8',
        'video-600000/index.m3u8',
      ]);
    });
  });
});
