import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import { systemClock } from '../../../src-main/base/clock.ts';
import { createRecordingPresentation } from '../../../src-main/core/archive/recording-presentation.ts';
import { createSegmentReader } from '../../../src-main/core/archive/segment-reader.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { MediaAnswer } from '../../../src-main/core/ports/packaging.ts';
import type { Presentation } from '../../../src-main/core/ports/presentation.ts';
import type { Storyboards } from '../../../src-main/core/ports/storyboard.ts';
import { createDrawSheet } from '../../../src-main/core/storyboard/draw.ts';
import { writeKeyFrames } from '../../../src-main/core/storyboard/key-frames.ts';
import { createPictureStore } from '../../../src-main/core/storyboard/picture-store.ts';
import { createStoryboards } from '../../../src-main/core/storyboard/storyboards.ts';
import { createThumbnails } from '../../../src-main/core/storyboard/thumbnails.ts';
import { parseWebVtt } from '../../../src-main/media/text/webvtt.ts';
import { fakePublication } from '../../support/fake-presentation.ts';
import { encodeGrey, type GreyTrack, readSheet, secondOf } from '../../support/grey-media.ts';
import { missingPrograms, openProcesses } from '../../support/real-ffmpeg.ts';
import { openFolder } from '../media/ffmpeg-media.ts';
import { openBroadcast, START_SECONDS } from '../packaging/packaged-media.ts';

const START_MS = Number(START_SECONDS) * 1000;
/** Of a broadcast, which began a moment before its first picture. */
const BEGUN_MS = START_MS - 400;
/** With what JPEG makes of it; the darkest grey is lighter. */
const BLACK = 18;

suite('pictures for seeking', { skip: missingPrograms('ffmpeg', 'ffprobe') }, () => {
  let folder: ReturnType<typeof openFolder>;
  let grey: GreyTrack;
  before(() => {
    folder = openFolder();
    grey = encodeGrey(folder, { seconds: 60, startSeconds: START_SECONDS });
  });
  after(() => folder[Symbol.dispose]());

  function open(
    stack: AsyncDisposableStack,
    place: ReturnType<typeof openFolder>,
    ffmpeg = 'ffmpeg',
  ): Storyboards {
    const processes = stack.use(openProcesses());
    const store = createPictureStore({
      folder: place.path('pictures'),
      maxDiskBytes: 10_000_000,
      maxMemoryBytes: 0,
      mayWrite: () => true,
      logger: silentLogger,
    });
    return createStoryboards({
      store,
      draw: createDrawSheet({ run: processes.runToEnd, ffmpeg: async () => await Promise.resolve(ffmpeg) }),
      mayMake: () => true,
      clock: systemClock(),
      logger: silentLogger,
    });
  }

  async function ask(storyboards: Storyboards, presentation: Presentation, path: string) {
    const address = storyboards.parse(`/0f0e/stream.ism/${path}`);
    assert(address !== undefined);
    return await storyboards.answer(fakePublication(presentation), address.resource);
  }

  async function media(...args: Parameters<typeof ask>): Promise<MediaAnswer & { readonly jpeg: Buffer }> {
    const answer = await ask(...args);
    assert(answer.kind === 'media');
    return { ...answer, jpeg: Buffer.concat(answer.chunks) };
  }

  async function cuesOf(storyboards: Storyboards, presentation: Presentation) {
    const answer = await ask(storyboards, presentation, 'Storyboard.vtt');
    assert(answer.kind === 'manifest');
    return parseWebVtt(answer.document.identity()).cues.map(({ startMs, text }) => {
      const [url = '', x = '', y = ''] = text.split(/#xywh=|,(?=\d+,\d+,\d+$)|,(?=\d+,\d+$)/);
      return { startMs, url, x: Number(x), y: Number(y) };
    });
  }

  async function record(
    stack: AsyncDisposableStack,
    place: ReturnType<typeof openFolder>,
    tracks: readonly GreyTrack[],
  ): Promise<Presentation> {
    const broadcast = stack.use(await openBroadcast(place, tracks));
    broadcast.pushUntil(61);
    await broadcast.end();
    return createRecordingPresentation({
      id: 'recording',
      folder: place.path('recording'),
      reader: stack.use(createSegmentReader()),
      tracks: broadcast.timeline.tracks(),
      segmentSeconds: 2,
      epochOffsetMs: 0,
    });
  }

  for (const codec of ['libx264', 'libx265'] as const) {
    test(`every cue of a recording with ${codec} leads to the picture of its time`, async () => {
      using place = openFolder();
      await using stack = new AsyncDisposableStack();
      const source =
        codec === 'libx264'
          ? grey
          : encodeGrey(folder, { seconds: 60, codec, height: 180, startSeconds: START_SECONDS });
      const recording = await record(stack, place, [source]);
      const storyboards = open(stack, place);

      const cues = await cuesOf(storyboards, recording);

      const urls = [...new Set(cues.map(({ url }) => url))];
      assert.deepEqual(
        urls,
        [1, 2].map((number) => `Storyboard(start=${START_MS},interval=2,sprite=${number}).jpg`),
      );
      assert.equal(cues.length, 30);
      for (const [index, url] of urls.entries()) {
        const { jpeg, lifetime } = await media(storyboards, recording, url);
        const { width, height, lumas } = readSheet(jpeg, 5, 5);
        assert.deepEqual([width, height, lifetime], [1280, 720, 'immutable']);
        const seconds = lumas.filter((luma) => luma > BLACK).map(secondOf);
        const expected = cues.filter((cue) => cue.url === url).map(({ startMs }) => startMs / 1000);
        assert.deepEqual(seconds.slice(0, expected.length), expected, `sprite ${index + 1}`);
      }
      // Kept on the disk, two of them.
      assert.equal((await readdir(place.path('pictures'))).length, 2);
    });
  }

  test('pictures of open groups stay in their order however far apart they are', async () => {
    await using stack = new AsyncDisposableStack();
    const processes = stack.use(openProcesses());
    const { track, samples } = encodeGrey(folder, { seconds: 60, codec: 'libx265', startSeconds: START_SECONDS });
    const keys = samples.filter(({ sync }) => sync);
    // Further apart than half of what their count of pictures wraps at.
    const chosen = [0, 8, 9, 16, 17, 24, 25];
    const draw = createDrawSheet({ run: processes.runToEnd, ffmpeg: async () => await Promise.resolve('ffmpeg') });

    const jpeg = await draw(
      writeKeyFrames(
        track,
        chosen.map((index) => keys[index]!.data),
      ),
      { columns: 5, rows: 5, picture: { width: 256, height: 144 } },
    );

    const { lumas } = readSheet(jpeg, 5, 5);
    assert.deepEqual(
      lumas.slice(0, chosen.length).map(secondOf),
      chosen.map((index) => 2 * index),
    );
  });

  test('while it is live the newest sprite grows, and no picture in it moves', async () => {
    using place = openFolder();
    await using stack = new AsyncDisposableStack();
    const broadcast = stack.use(await openBroadcast(place, [grey]));
    const { presentation } = broadcast;
    const storyboards = open(stack, place);
    const url = `Storyboard(start=${BEGUN_MS},interval=5,sprite=1).jpg`;
    const seen: (readonly number[])[] = [];

    for (const until of [9, 21, 59]) {
      broadcast.pushUntil(until);
      const cues = await cuesOf(storyboards, presentation);
      const { jpeg, lifetime } = await media(storyboards, presentation, url);
      const { lumas } = readSheet(jpeg, 5, 5);
      assert.equal(lifetime, 2);
      seen.push(lumas.slice(0, cues.length).map(secondOf));
      // Nothing behind the newest but a repetition of it.
      assert(lumas.slice(cues.length + 1).every((luma) => luma <= BLACK));
    }

    // The key frames nearest to 0, 4.6, 9.6 s and so on.
    assert.deepEqual(seen, [
      [0, 4],
      [0, 4, 10, 14],
      [0, 4, 10, 14, 20, 24, 30, 34, 40, 44, 50, 54],
    ]);
    await broadcast.end();
  });

  test('one picture is of its time, as large as it can be', async () => {
    using place = openFolder();
    await using stack = new AsyncDisposableStack();
    const recording = await record(stack, place, [grey]);
    const storyboards = open(stack, place);
    const time = new Date(START_MS + 25_300).toISOString();

    const { jpeg } = await media(storyboards, recording, `Thumbnail(time=${time}).jpg`);

    const { width, height, lumas } = readSheet(jpeg, 1, 1);
    assert.deepEqual([width, height, ...lumas.map(secondOf)], [320, 180, 24]);
  });

  test('a program that holds the token takes any picture of a recording, by its sheet or alone', async () => {
    using place = openFolder();
    await using stack = new AsyncDisposableStack();
    const recording = await record(stack, place, [grey]);
    const thumbnails = createThumbnails({
      storyboards: open(stack, place),
      asset: () => ({ title: 'A talk', recordedAt: new Date(START_MS).toISOString() }),
      presentationOf: async () => await Promise.resolve(recording),
    });

    const { sheets, interval, columns, rows, width, height } = await thumbnails.sheets('talk');

    assert.deepEqual([interval, columns, rows, width, height], [2, 5, 5, 256, 144]);
    assert.deepEqual(
      sheets.map(({ start, end }) => [start, end]),
      [
        [0, 50],
        [50, 60],
      ],
    );
    for (const { id, start, end } of sheets) {
      const { jpeg, isFinal } = await thumbnails.sheet('talk', id);
      const { lumas } = readSheet(Buffer.from(jpeg), columns, rows);
      const seconds = lumas.map(secondOf).slice(0, (end - start) / interval);
      assert.deepEqual(
        seconds,
        seconds.map((_, index) => start + index * interval),
      );
      assert.equal(isFinal, true);
    }
    for (const second of [0, 25.3, 59.9]) {
      const { jpeg } = await thumbnails.single('talk', second);
      const { width: wide, height: high, lumas } = readSheet(Buffer.from(jpeg), 1, 1);
      assert.deepEqual([wide, high, ...lumas.map(secondOf)], [320, 180, 2 * Math.floor(second / 2)]);
    }
  });

  test('without ffmpeg, or with one that fails, there are no pictures, and the recording plays on', async () => {
    using place = openFolder();
    await using stack = new AsyncDisposableStack();
    const recording = await record(stack, place, [grey]);
    await writeFile(place.path('broken'), '#!/bin/sh\necho no >&2\nexit 1\n', { mode: 0o755 });
    for (const ffmpeg of [place.path('nowhere'), place.path('broken')]) {
      const storyboards = open(stack, place, ffmpeg);
      await assert.rejects(ask(storyboards, recording, `Storyboard(start=${START_MS},interval=2,sprite=1).jpg`), {
        code: 'storyboard/not-made',
      });
      assert.equal((await cuesOf(storyboards, recording)).length, 30);
      const [window] = recording.tracks();
      assert((await recording.readSegment(window!, window!.segments.firstSequence)).length > 0);
    }
  });
});
