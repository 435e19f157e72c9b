import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { composeFilters } from '../../../src-main/core/filters/composition.ts';
import { createFilteredPresentation } from '../../../src-main/core/filters/filtered-presentation.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { ManifestAnswer, MediaAnswer } from '../../../src-main/core/ports/packaging.ts';
import type { Presentation, Publication } from '../../../src-main/core/ports/presentation.ts';
import type { PictureStore } from '../../../src-main/core/storyboard/picture-store.ts';
import { createStoryboards } from '../../../src-main/core/storyboard/storyboards.ts';
import { parseChunks, writeChunk } from '../../../src-main/media/cmaf/chunk.ts';
import { createSegmentTable } from '../../../src-main/media/cmaf/segment-table.ts';
import { emptyTrex } from '../../../src-main/media/isobmff/trex.ts';
import { parseWebVtt } from '../../../src-main/media/text/webvtt.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import type { ErrorCode } from '../../../src-main/shared/error-codes.ts';
import {
  FAKE,
  FAKE_START_MS,
  type FakeOptions,
  type FakePresentation,
  fakeAudio,
  fakePresentation,
  fakePublication,
  fakeVideo,
} from '../../support/fake-presentation.ts';
import { manualClock } from '../../support/manual-clock.ts';

/** What the fake pictures are: the track and the sequence numbers of the segments whose key frames were drawn, in their places. */
type Drawn = { readonly track: number; readonly sequences: readonly number[] };

type Rig = {
  readonly fake: FakePresentation;
  readonly cues: (rest?: string) => Promise<ManifestAnswer>;
  readonly text: (rest?: string) => Promise<string>;
  readonly media: (rest: string) => Promise<MediaAnswer & { readonly drawn: Drawn }>;
  readonly refuses: (code: ErrorCode, rest: string) => Promise<void>;
  /** Sprites drawn so far. */
  readonly draws: () => number;
};

const START = FAKE_START_MS - 300;

function rig(
  options: FakeOptions & {
    readonly publication?: Partial<Publication>;
    /** What any filter leaves. */
    readonly part?: ReturnType<typeof composeFilters>;
  } = {},
): Rig {
  const { publication: over = {}, part, ...rest } = options;
  const fake = fakePresentation(rest);
  const presentation: Presentation = { ...fake.presentation, readSegment: readMarked(fake) };
  const filtered = part === undefined ? undefined : createFilteredPresentation(presentation, part);
  const publication: Publication = {
    ...fakePublication(presentation),
    ...(filtered === undefined ? {} : { filtered: (names) => (names.length === 0 ? presentation : filtered) }),
    ...over,
  };
  const kept = new Map<string, Uint8Array>();
  const store: PictureStore = {
    get: async (name) => await Promise.resolve(kept.get(name)),
    put: async (name, picture) => {
      kept.set(name, picture);
      await Promise.resolve();
    },
    clear: async () => {
      kept.clear();
      await Promise.resolve();
    },
    timesCleared: () => 0,
  };
  let draws = 0;
  const storyboards = createStoryboards({
    store,
    draw: async (file) => {
      draws += 1;
      return await Promise.resolve(marksOf(file));
    },
    mayMake: () => true,
    clock: manualClock(),
    logger: silentLogger,
  });

  async function ask(path: string): Promise<ManifestAnswer | MediaAnswer> {
    const address = storyboards.parse(`/0f0e/stream.ism/${path}`);
    assert(address !== undefined);
    return await storyboards.answer(publication, address.resource);
  }

  async function cues(path = 'Storyboard.vtt'): Promise<ManifestAnswer> {
    const answer = await ask(path);
    assert(answer.kind === 'manifest');
    return answer;
  }

  return {
    fake,
    cues,
    text: async (path) => Buffer.from((await cues(path)).document.identity()).toString(),
    async media(path) {
      const answer = await ask(path);
      assert(answer.kind === 'media');
      const drawn: unknown = JSON.parse(Buffer.concat(answer.chunks).toString());
      assert(isDrawn(drawn));
      return { ...answer, drawn };
    },
    async refuses(code, path) {
      await assert.rejects(ask(path), (error) => {
        assert(error instanceof AppError, String(error));
        assert.equal(error.code, code);
        return true;
      });
    },
    draws: () => draws,
  };
}

function isDrawn(value: unknown): value is Drawn {
  return typeof value === 'object' && value !== null && 'sequences' in value;
}

/** Segments of one picture, which says of what segment it is. */
function readMarked({ presentation }: FakePresentation): Presentation['readSegment'] {
  return async (window, sequence) => {
    await presentation.readSegment(window, sequence);
    const data = Buffer.from(JSON.stringify([window.track.bitrate, sequence]));
    const sample = { decodeTime: ticks(0), duration: 1, compositionOffset: 0, sync: true, data };
    return writeChunk([sample], { sequenceNumber: 1, kind: 'video' }).bytes;
  };
}

function marksOf(file: Uint8Array): Buffer {
  const init = Buffer.from(file).indexOf('moof') - 4;
  const chunks = parseChunks(file.subarray(init), { trex: emptyTrex(1) });
  const marks = chunks.flat().map(({ data }): unknown => JSON.parse(Buffer.from(data).toString()));
  const pairs = marks.filter((mark): mark is [number, number] => Array.isArray(mark));
  return Buffer.from(JSON.stringify({ track: pairs[0]?.[0], sequences: pairs.map(([, sequence]) => sequence) }));
}

/** Numbers from one to another, both included. */
const range = (from: number, to: number, step = 1): readonly number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);

test('the storyboard of a recording has a cue for every picture, each with its part of a sprite', async () => {
  const { fake, text, cues } = rig({ partSeconds: undefined });
  fake.segments(27);
  fake.end();

  const written = await text();

  const [first, , third] = parseWebVtt(Buffer.from(written)).cues;
  assert(written.startsWith('WEBVTT\nX-PROGRAM-DATE-TIME:2030-01-01T00:00:00.000Z\n\n'));
  assert.deepEqual([first?.startMs, first?.endMs], [0, 2000]);
  assert.equal(first?.text, `Storyboard(start=${FAKE_START_MS},interval=2,sprite=1).jpg#xywh=0,0,256,144`);
  assert.equal(third?.text, `Storyboard(start=${FAKE_START_MS},interval=2,sprite=1).jpg#xywh=512,0,256,144`);
  const all = parseWebVtt(Buffer.from(written)).cues;
  assert.equal(all.length, 27);
  assert.equal(all[7]?.text.split('#')[1], 'xywh=512,144,256,144');
  assert.equal(all[25]?.text, `Storyboard(start=${FAKE_START_MS},interval=2,sprite=2).jpg#xywh=0,0,256,144`);
  const { document, lifetime } = await cues();
  assert.equal(lifetime, 259_200);
  assert.equal(gunzipSync(document.gzip()).toString(), written);
  assert.equal((await cues()).document, document);
});

test('a sprite has the key frame nearest to each moment, of the smallest quality that is large enough', async () => {
  const { fake, media } = rig({ tracks: [FAKE.BEST, FAKE.SMALL, fakeVideo(90, 100_000), FAKE.SOUND] });
  fake.segments(60);
  fake.end();

  const first = await media(`Storyboard(start=${FAKE_START_MS},interval=5,sprite=1).jpg`);
  const last = await media(`Storyboard(start=${FAKE_START_MS},interval=2,sprite=3).jpg`);

  // At 0, 5, 10 s are the segments from 0, 4 and 10 s on.
  assert.deepEqual(first.drawn, {
    track: 600_000,
    sequences: range(0, 115, 5).map((at) => 1 + Math.floor(at / 2)),
  });
  assert.deepEqual(last.drawn, { track: 600_000, sequences: range(51, 60) });
  assert.equal(first.contentType, 'image/jpeg');
  assert.equal(first.lifetime, 'immutable');
  assert.equal(last.lifetime, 'immutable');
  assert.equal(last.madeAtMs, FAKE_START_MS + 120_000);
});

test('while it is live a picture that has been shown never changes, and a sprite is kept for good when it is full', async () => {
  const { fake, media, text, draws } = rig({ windowSeconds: 600 });
  let before: readonly number[] = [];
  for (let segments = 1; segments <= 70; segments += 1) {
    fake.segments(1);
    const count = parseWebVtt(Buffer.from(await text())).cues.length;
    if (count === 0) {
      continue;
    }
    const { drawn, lifetime } = await media(`Storyboard(start=${START},interval=5,sprite=1).jpg`);
    assert.deepEqual(drawn.sequences.slice(0, before.length), before);
    assert.equal(drawn.sequences.length, Math.min(25, count));
    const isFull = segments * 2 - 2 >= 125 - 0.3;
    assert.equal(lifetime, isFull ? 'immutable' : 2, String(segments));
    before = drawn.sequences;
  }

  assert.equal(before.length, 25);
  assert.equal(draws(), 25);
});

test('the storyboard of a broadcast follows its window and keeps the addresses of its sprites', async () => {
  const { fake, text, cues, media } = rig({ windowSeconds: 60, archiveSegments: 0 });
  fake.segments(100);

  const all = parseWebVtt(Buffer.from(await text())).cues;

  assert((await text()).includes('X-PROGRAM-DATE-TIME:2029-12-31T23:59:59.700Z\n'));
  assert.equal((await cues()).lifetime, 2);
  assert(all.length >= 12 && all.length <= 13, String(all.length));
  assert(all.every(({ startMs }) => startMs >= 138_000));
  assert.equal(all.at(-1)?.text.split('#')[0], `Storyboard(start=${START},interval=5,sprite=2).jpg`);
  // What has left the window is in no sprite any more: the places before have the first there is.
  const { drawn } = await media(`Storyboard(start=${START},interval=5,sprite=2).jpg`);
  assert(Math.min(...drawn.sequences) >= 70);
});

test('a gap has no pictures, however long it is, and what is behind it stays in its place', async () => {
  const { fake, text, media } = rig({ partSeconds: undefined });
  fake.segments(3);
  fake.cut(50_000);
  fake.segments(3);
  fake.end();

  const { cues } = parseWebVtt(Buffer.from(await text()));

  assert.equal(cues[0]?.endMs, 60_000);
  const interval = 60;
  assert.deepEqual(
    cues.map(({ startMs }) => startMs),
    [0, Math.floor(50_006 / interval) * interval * 1000],
  );
  const behind = await media(cues.at(-1)?.text.split('#')[0] ?? '');
  assert.equal(behind.drawn.sequences.at(-1), 4 + 1);
});

test('pictures of a segment that is lost are those before it', async () => {
  const { fake, text, media } = rig({ partSeconds: undefined, tracks: [FAKE.SMALL] });
  fake.segments(5);
  fake.lose(FAKE.SMALL.id, 3);
  fake.end();

  const { cues } = parseWebVtt(Buffer.from(await text()));
  const { drawn } = await media(`Storyboard(start=${FAKE_START_MS},interval=2,sprite=1).jpg`);

  assert.deepEqual(
    cues.map(({ startMs }) => startMs),
    [0, 2000, 6000, 8000],
  );
  assert.deepEqual(drawn.sequences, [1, 2, 2, 4, 5]);
});

test('where the best quality for it has stopped another one takes its place', async () => {
  const { fake, media } = rig({ partSeconds: undefined });
  fake.segments(5);
  fake.silence(FAKE.SMALL.id, true);
  fake.segments(5);
  fake.end();

  const { drawn } = await media(`Storyboard(start=${FAKE_START_MS},interval=2,sprite=1).jpg`);

  assert.deepEqual(drawn, { track: 2_500_000, sequences: range(1, 10) });
});

test('filters leave no picture of what they do not show, in the cues, in sprites and alone', async () => {
  const from = String((BigInt(FAKE_START_MS) + 20_000n) * 10_000n);
  const to = String((BigInt(FAKE_START_MS) + 40_000n) * 10_000n);
  const composition = composeFilters([
    {
      presentationTimeRange: {
        startTimestamp: from,
        endTimestamp: to,
        timescale: 10_000_000,
        forceEndTimestamp: false,
      },
      tracks: [],
    },
  ]);
  const { fake, text, media, refuses } = rig({ partSeconds: undefined, part: composition });
  fake.segments(40);
  fake.end();

  const { cues } = parseWebVtt(Buffer.from(await text('Storyboard(filter=part).vtt')));

  assert.equal(cues.length, 10);
  assert.deepEqual([cues[0]?.startMs, cues.at(-1)?.endMs], [0, 20_000]);
  assert.match(cues[0]?.text ?? '', /,filter=part\)\.jpg#/);
  const allowed = range(11, 20);
  for (const start of [FAKE_START_MS, FAKE_START_MS + 20_000, FAKE_START_MS + 30_000]) {
    const { drawn } = await media(`Storyboard(start=${start},interval=2,sprite=1,filter=part).jpg`);
    assert(
      drawn.sequences.every((sequence) => allowed.includes(sequence)),
      String(start),
    );
  }
  assert.deepEqual((await media('Thumbnail(time=0,filter=part).jpg')).drawn.sequences, [11]);
  await refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', 'Thumbnail(time=2030-01-01T00:00:10Z,filter=part).jpg');
  await refuses(
    'MPE_FRAGMENT_TIMESTAMP_NOT_FOUND',
    `Storyboard(start=${FAKE_START_MS + 40_000},interval=2,sprite=1,filter=part).jpg`,
  );
});

test('one picture is that of the segment on the screen at its time', async () => {
  const { fake, media, refuses } = rig({ partSeconds: undefined });
  fake.segments(10);

  assert.deepEqual((await media('Thumbnail.jpg')).drawn, { track: 600_000, sequences: [10] });
  assert.equal((await media('Thumbnail.jpg')).lifetime, 2);
  const atTime = await media('Thumbnail(time=2030-01-01T00:00:05Z).jpg');
  assert.deepEqual([atTime.drawn.sequences, atTime.lifetime], [[3], 'immutable']);

  fake.end();
  assert.deepEqual((await media('Thumbnail(time=5.5).jpg')).drawn.sequences, [3]);
  assert.deepEqual((await media('Thumbnail.jpg')).drawn.sequences, [3]);
  assert.equal((await media('Thumbnail.jpg')).lifetime, 259_200);
  await refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', 'Thumbnail(time=20).jpg');
  await refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', 'Thumbnail(time=2029-01-01T00:00:00Z).jpg');
});

test('the first second has a picture although sound begins a moment before the pictures', async () => {
  const { fake, media, refuses } = rig({ partSeconds: undefined });
  fake.segments(3);
  fake.end();
  const [best, small, sound] = fake.presentation.tracks();
  assert(best !== undefined && small !== undefined && sound !== undefined);
  const early = createSegmentTable();
  const { time, ...first } = sound.segments.at(0);
  early.append({ ...first, time: ticks(time - 2048n) }, { file: 1, offset: 0 });
  Object.assign(fake.presentation, { tracks: () => [best, small, { ...sound, segments: early }] });

  assert.deepEqual((await media('Thumbnail(time=0).jpg')).drawn.sequences, [1]);
  await refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', 'Thumbnail(time=2029-12-31T23:59:59.5Z).jpg');
});

test('what is not there yet is not ready, what never was is not found, and what has no pictures has no track', async () => {
  const { fake, refuses, text } = rig();
  assert.equal(parseWebVtt(Buffer.from(await text())).cues.length, 0);
  await refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', 'Thumbnail.jpg');
  fake.segments(3);

  await refuses('MPE_FRAGMENT_NOT_READY', `Storyboard(start=${START},interval=5,sprite=2).jpg`);
  await refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', `Storyboard(start=${START},interval=5,sprite=40).jpg`);
  await refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', 'Storyboard(start=0,interval=5,sprite=1).jpg');
  await refuses('MPE_EGRESS_FILTER_NOT_FOUND', 'Storyboard(filter=none).vtt');

  const sound = rig({ tracks: [fakeAudio(128_000)] });
  sound.fake.segments(3);
  assert.equal(parseWebVtt(Buffer.from(await sound.text())).cues.length, 0);
  await sound.refuses('MPE_EGRESS_TRACK_NOT_FOUND', `Storyboard(start=${START},interval=5,sprite=1).jpg`);
  await sound.refuses('MPE_EGRESS_TRACK_NOT_FOUND', 'Thumbnail.jpg');
});

test('a stream that is to be had encrypted only has no pictures, nor has one that cannot be streamed', async () => {
  const encrypted = (): never => {
    throw new AppError('MPE_ENC_ENCRYPTION_NOT_SPECIFIED_IN_URL', 'Say how.');
  };
  const none = { hls: false, dash: false, smoothStreaming: false };
  const cases: readonly (readonly [ErrorCode, Partial<Publication>])[] = [
    ['MPE_ENC_ENCRYPTION_REQUIRED', { protect: encrypted }],
    ['MPE_OUTPUT_FORMAT_BLOCKED', { protocols: { ...none, download: true } }],
    [
      'MPE_ENC_ENCRYPTION_REQUIRED',
      {
        // Clear Smooth Streaming is not allowed, so its being clear says nothing.
        protocols: { ...none, hls: true, download: true },
        protect: (format) => (format === 'smooth' ? undefined : encrypted()),
      },
    ],
  ];
  for (const [code, publication] of cases) {
    const { fake, refuses, draws } = rig({ publication });
    fake.segments(3);
    for (const path of ['Storyboard.vtt', `Storyboard(start=${START},interval=5,sprite=1).jpg`, 'Thumbnail.jpg']) {
      await refuses(code, path);
    }
    assert.equal(draws(), 0);
  }

  const clear = rig({ publication: { protect: () => undefined } });
  clear.fake.segments(3);
  assert.deepEqual((await clear.media('Thumbnail.jpg')).drawn.sequences, [3]);
});

test('a picture that cannot be read is that before it, and the sprite is asked for again soon', async () => {
  const { fake, media, draws } = rig({ partSeconds: undefined, archiveSegments: 1000 });
  fake.segments(5);
  fake.end();
  const whole = { ...fake.presentation };
  const readSegment: Presentation['readSegment'] = async (window, sequence) => {
    if (sequence === 2) {
      throw new AppError('archive/damaged', 'cut off');
    }
    return await whole.readSegment(window, sequence);
  };
  Object.assign(fake.presentation, { readSegment });

  const { drawn, lifetime } = await media(`Storyboard(start=${FAKE_START_MS},interval=2,sprite=1).jpg`);
  await media(`Storyboard(start=${FAKE_START_MS},interval=2,sprite=1).jpg`);

  assert.deepEqual(drawn.sequences, [1, 1, 3, 4, 5]);
  assert.equal(lifetime, 2);
  assert.equal(draws(), 2);
});
