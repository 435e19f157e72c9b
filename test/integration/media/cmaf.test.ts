import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { readChunkHeader, writeChunk } from '../../../src-main/media/cmaf/chunk.ts';
import { writeInitSegment } from '../../../src-main/media/cmaf/init-segment.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import {
  ENCODER_OUTPUT,
  ffmpeg,
  ffprobe,
  frameHashes,
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
const ZERO_LATENCY = ['-c:v', 'libx264', '-preset', 'superfast', '-tune', 'zerolatency', '-g', '60'];
const B_FRAMES = ['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '3', '-g', '60'];
const VIDEO_OUTPUT = [...ENCODER_OUTPUT, '-video_track_timescale', '90000'];

let folder: ReturnType<typeof openFolder>;
before(() => {
  folder = openFolder();
});
after(() => folder[Symbol.dispose]());

/** Writes a track again as our own header and chunks of `length` samples. */
function rewrite(track: ReadTrack, name: string, length: number): string {
  const { description } = track;
  const chunks = groupsOf(samplesOf(track), length).map((samples, index) =>
    writeChunk(samples, { sequenceNumber: index + 1, kind: description.kind }),
  );
  const file = folder.path(name);
  writeAll(file, [writeInitSegment(description), ...chunks.map(({ bytes }) => bytes)]);
  for (const { bytes, ...chunk } of chunks) {
    assert.partialDeepStrictEqual(readChunkHeader(bytes), chunk);
  }
  return file;
}

suite('what ffmpeg encodes', { skip }, () => {
  const sources: readonly (readonly [name: string, args: readonly string[], output: readonly string[]])[] = [
    [
      'pictures as the encoder of this program writes them',
      [...PICTURES, '-t', '3', ...ZERO_LATENCY],
      VIDEO_OUTPUT,
    ],
    ['pictures with B-frames', [...PICTURES, '-t', '3', ...B_FRAMES], VIDEO_OUTPUT],
    ['interlaced pictures', [...PICTURES, '-t', '2', ...B_FRAMES, '-flags', '+ildct+ilme'], VIDEO_OUTPUT],
    ['sound', [...SOUND, '-t', '3', '-c:a', 'aac', '-b:a', '128k'], ENCODER_OUTPUT],
    [
      'pictures with negative composition offsets',
      [...PICTURES, '-t', '2', ...B_FRAMES],
      ['-f', 'mp4', '-movflags', '+frag_keyframe+empty_moov+negative_cts_offsets+cmaf'],
    ],
  ];

  for (const [name, args, output] of sources) {
    test(`${name}: read, cut anew and written again, decode to the same frames at the same times`, () => {
      const file = folder.path('source.mp4');
      ffmpeg([...args, '-pix_fmt', 'yuv420p', ...output, file]);
      const [track] = readFragmented(file);
      assert(track !== undefined);

      for (const length of [6, 1, 50]) {
        assert.equal(frameHashes(rewrite(track, 'again.mp4', length)), frameHashes(file));
      }
    });
  }

  test('picture and sound of one file come out apart', () => {
    const file = folder.path('both.mp4');
    ffmpeg([
      ...PICTURES,
      ...SOUND,
      '-t',
      '2',
      ...B_FRAMES,
      '-pix_fmt',
      'yuv420p',
      '-c:a',
      'aac',
      '-f',
      'mp4',
      '-movflags',
      '+frag_keyframe+empty_moov',
      file,
    ]);

    const [video, audio] = readFragmented(file);
    assert(video !== undefined && audio !== undefined);

    assert.equal(frameHashes(rewrite(video, 'video.mp4', 6)), frameHashes(file, '0:v'));
    assert.equal(frameHashes(rewrite(audio, 'audio.mp4', 9)), frameHashes(file, '0:a'));
  });

  test('an edit list says when the first picture and the first sound are presented', () => {
    const file = folder.path('edits.mp4');
    ffmpeg([
      ...PICTURES,
      ...SOUND,
      '-t',
      '2',
      ...B_FRAMES,
      '-pix_fmt',
      'yuv420p',
      '-c:a',
      'aac',
      '-f',
      'mp4',
      '-movflags',
      '+frag_keyframe+delay_moov+default_base_moof',
      file,
    ]);

    const [video, audio] = readFragmented(file);
    const firstPresented = (track: ReadTrack | undefined): number => {
      const samples = samplesOf(track);
      const times = samples.map(({ decodeTime, compositionOffset }) => Number(decodeTime) + compositionOffset);
      return Math.min(...times) + Number(track?.presentationShift);
    };

    assert.equal(firstPresented(video), 0);
    // The priming of the AAC encoder is presented before 0, that is: not at all.
    assert.equal(firstPresented(audio), -1024);
  });

  test('a Smooth Streaming push is read with the times of its own boxes', () => {
    const file = folder.path('push.ismv');
    ffmpeg([
      ...PICTURES,
      ...SOUND,
      '-t',
      '2',
      '-c:v',
      'libx264',
      '-g',
      '30',
      '-pix_fmt',
      'yuv420p',
      '-c:a',
      'aac',
      '-movflags',
      'isml+frag_keyframe',
      '-f',
      'ismv',
      file,
    ]);

    const [video, audio] = readFragmented(file);
    const starts = (track: ReadTrack | undefined): readonly bigint[] =>
      track?.fragments.map(([first]) => BigInt(first?.decodeTime ?? -1n)) ?? [];

    assert.equal(video?.description.timescale, 10_000_000);
    assert.deepEqual(starts(video), [0n, 10_000_000n]);
    assert.equal(starts(audio)[0], -213_333n);
    assert.equal(samplesOf(video).length, 60);
  });

  for (const [codec, args] of [
    ['H.265', [...PICTURES, '-t', '1', '-c:v', 'libx265', '-x265-params', 'log-level=error', '-tag:v', 'hvc1']],
    ['AC-3', [...SOUND, '-t', '1', '-c:a', 'ac3']],
    ['E-AC-3', [...SOUND, '-t', '1', '-c:a', 'eac3']],
    ['AAC of six channels', [...SOUND, '-t', '1', '-ac', '6', '-c:a', 'aac']],
    ['H.264 High 4:2:2 with ten bits', [...PICTURES, '-t', '1', '-c:v', 'libx264', '-pix_fmt', 'yuv422p10le']],
    [
      'H.264 Baseline',
      [...PICTURES, '-t', '1', '-c:v', 'libx264', '-profile:v', 'baseline', '-pix_fmt', 'yuv420p'],
    ],
  ] as const) {
    test(`${codec} has the codec string that others find, and decodes the same`, () => {
      const file = folder.path('codec.mp4');
      ffmpeg([...args, '-f', 'mp4', '-movflags', '+frag_keyframe+delay_moov+default_base_moof', file]);
      const [track] = readFragmented(file);
      assert(track !== undefined);

      const again = rewrite(track, 'again.mp4', 10);

      assert.equal(track.description.codec.toLowerCase(), readWithMp4box(file)[0]?.codec.toLowerCase());
      assert.deepEqual(pictureHashes(again, '0'), pictureHashes(file, '0'));
    });
  }

  test('size, rate and shape agree with ffprobe', () => {
    const file = folder.path('shape.mp4');
    ffmpeg([
      '-f',
      'lavfi',
      '-i',
      'testsrc2=s=718x574:r=30000/1001',
      '-vf',
      'setsar=16/11',
      '-t',
      '1',
      '-c:v',
      'libx264',
      '-pix_fmt',
      'yuv420p',
      '-colorspace',
      'bt709',
      '-color_primaries',
      'bt709',
      '-color_trc',
      'bt709',
      '-metadata:s:v',
      'language=ger',
      ...VIDEO_OUTPUT,
      file,
    ]);
    const [track] = readFragmented(file);
    assert(track?.description.kind === 'video');
    const { width, height, frameRate, language } = track.description;
    const fields =
      'stream=width,height,sample_aspect_ratio,color_space,color_transfer,color_primaries:stream_tags=language';

    const again = rewrite(track, 'again.mp4', 6);

    assert.deepEqual(
      [width, height, frameRate, language],
      [718, 574, { numerator: 30_000, denominator: 1001 }, 'de'],
    );
    assert.equal(ffprobe(again, ['-show_entries', fields]), '718,574,16:11,bt709,bt709,bt709,deu');
  });

  test('other readers find the same samples in our chunks', async () => {
    const file = folder.path('source.mp4');
    ffmpeg([...PICTURES, '-t', '3', ...B_FRAMES, '-pix_fmt', 'yuv420p', ...VIDEO_OUTPUT, file]);
    const [track] = readFragmented(file);
    assert(track !== undefined);
    const samples = samplesOf(track);
    const again = rewrite(track, 'again.mp4', 6);

    const [byMp4box] = readWithMp4box(again);
    const [byMediabunny] = await readWithMediabunny(again);

    assert.equal(byMp4box?.codec, track.description.codec);
    assert.deepEqual(
      byMp4box.samples,
      samples.map(({ decodeTime, duration, compositionOffset, sync, data }) => ({
        decodeTime: Number(decodeTime),
        presentationTime: Number(decodeTime) + compositionOffset,
        duration,
        sync,
        data: new Uint8Array(data),
      })),
    );
    assert.deepEqual(
      byMediabunny?.packets.map(({ seconds, key, data }) => [Math.round(seconds * 90_000), key, data]),
      samples.map(({ decodeTime, compositionOffset, sync, data }) => [
        Number(decodeTime) + compositionOffset,
        sync,
        new Uint8Array(data),
      ]),
    );
  });
});
