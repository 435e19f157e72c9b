import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { choosePushTracks, findPushStart, startPushFeed } from '../../../src-main/core/publish/push-feed.ts';
import { createPushRungs, type RungChange } from '../../../src-main/core/publish/push-rungs.ts';
import { createFragmentReader } from '../../../src-main/media/cmaf/fragment-reader.ts';
import { writeInitSegment } from '../../../src-main/media/cmaf/init-segment.ts';
import { parseAvcDecoderConfig } from '../../../src-main/media/codecs/avc.ts';
import { splitLengthPrefixed } from '../../../src-main/media/codecs/nal-units.ts';
import {
  FAKE_START_MS,
  type FakeOptions,
  fakeAudio,
  fakePresentation,
  fakeVideo,
} from '../../support/fake-presentation.ts';
import { withMedia } from '../../support/live-stream.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { AAC_CONFIG, AVC_CONFIG } from '../media/sample-media.ts';

const avc = { decoderConfig: AVC_CONFIG, codec: 'avc1.64001e' };
const TRACKS = [
  // The one that the fake counts segments by goes on in every test.
  fakeVideo(540, 1_000_000, avc),
  fakeVideo(720, 2_500_000, avc),
  fakeVideo(360, 400_000, avc),
  fakeAudio(128_000, { decoderConfig: AAC_CONFIG }),
].map((track) => ({ ...track, init: writeInitSegment(track) }));
const { sps, pps } = parseAvcDecoderConfig(AVC_CONFIG);

/** A broadcast whose chunks can be read, to a destination that takes all unless it is told to hold. */
function sceneOf(quality: 'top' | number = 'top', options: FakeOptions = {}) {
  const fake = fakePresentation({ tracks: TRACKS, ...options });
  const presentation = withMedia(fake.presentation);
  const clock = manualClock(FAKE_START_MS);
  const changes: RungChange[] = [];
  const rungs = createPushRungs({ presentation, quality, clock, onChange: (change) => changes.push(change) });
  fake.segments(1);
  fake.chunk();
  const tracks = rungs.tracks();
  const start = findPushStart(tracks);
  assert.ok(start !== undefined);
  const bytes: Buffer[] = [];
  const videoPipe = new PassThrough({ highWaterMark: 1 });
  const audioPipe = new PassThrough().resume();
  const take = (): void => {
    videoPipe.on('data', (chunk: Buffer) => void bytes.push(chunk));
  };
  take();
  const feed = startPushFeed({ presentation, tracks, start, videoPipe, audioPipe, onDropped: () => undefined });
  return {
    fake,
    clock,
    rungs,
    feed,
    changes,
    presentation,
    hold: () => void videoPipe.pause(),
    go: () => void videoPipe.resume(),
    /** Chunks of the broadcast, a segment each ten; with a look at the network behind each, when something of it is known. */
    async plays(chunks: number, sentBitrate?: number): Promise<void> {
      for (let chunk = 0; chunk < chunks; chunk += 1) {
        fake.chunk();
        if (Math.round(fake.edgeMs() - FAKE_START_MS) % 2000 < 100) {
          fake.cut();
        }
        await clock.advanceAsync(200);
        if (sentBitrate !== undefined) {
          rungs.look(feed, sentBitrate);
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    /** What arrived: the bitrate that each picture is of, where rows of pictures break, and what stands before key frames. */
    arrived() {
      const reader = createFragmentReader();
      const samples = reader
        .push(Buffer.concat(bytes))
        .flatMap((event) => (event.kind === 'fragment' ? event.samples : []));
      const pictures = samples.map(({ data, sync, decodeTime }) => {
        const units = splitLengthPrefixed(data, 4);
        const picture = Buffer.from(units.at(-1) ?? []).toString('latin1', 1);
        return {
          bitrate: Number(picture.split(' ')[0]),
          sync,
          decodeTime: Number(decodeTime),
          sets: units.slice(0, -1),
        };
      });
      return {
        pictures,
        qualities: pictures.map(({ bitrate }) => bitrate).filter((one, index, all) => one !== all[index - 1]),
        holes: pictures.flatMap(({ decodeTime }, index) => {
          const before = pictures[index - 1]?.decodeTime;
          return before === undefined || decodeTime - before === 3000 ? [] : [(decodeTime - before) / 90_000];
        }),
      };
    },
  };
}

test('another quality goes on at its next key frame, with its parameter sets, and no picture is missing or comes twice', async () => {
  const scene = sceneOf();
  await scene.plays(6);

  const small = scene.presentation.tracks().find(({ track }) => track.bitrate === 400_000);
  assert.ok(small !== undefined);
  scene.feed.changeTo(small);
  await scene.plays(20);

  const { pictures, qualities, holes } = scene.arrived();
  assert.deepEqual(qualities, [2_500_000, 400_000]);
  assert.deepEqual(holes, []);
  const first = pictures.find(({ bitrate }) => bitrate === 400_000);
  assert.equal(first?.sync, true);
  assert.deepEqual(
    first.sets.map((unit) => Buffer.from(unit)),
    [...sps, ...pps].map((unit) => Buffer.from(unit)),
  );
});

test('once changed, every key frame says which quality it is of, also of the first one', async () => {
  const scene = sceneOf();
  const [, best, small] = scene.presentation.tracks();
  assert.ok(best !== undefined && small !== undefined);
  await scene.plays(4);
  scene.feed.changeTo(small);
  await scene.plays(20);
  scene.feed.changeTo(best);
  await scene.plays(20);

  const { pictures, qualities, holes } = scene.arrived();
  assert.deepEqual(qualities, [2_500_000, 400_000, 2_500_000]);
  assert.deepEqual(holes, []);
  const keys = pictures.filter(({ sync }) => sync);
  const since = keys.findIndex(({ bitrate }) => bitrate === 400_000);
  assert.ok(keys.slice(0, since).every(({ sets }) => sets.length === 0));
  assert.ok(keys.slice(since).every(({ sets }) => sets.length === sps.length + pps.length));
});

test('when too much waits, the lower quality begins at the newest key frame', async () => {
  const scene = sceneOf();
  await scene.plays(4, 3_000_000);
  scene.hold();
  await scene.plays(60, 50_000);
  scene.go();
  await scene.plays(20, 500_000);

  const { qualities, holes } = scene.arrived();
  assert.deepEqual(qualities, [2_500_000, 400_000]);
  assert.equal(holes.length, 1);
  assert.deepEqual(
    scene.changes.map(({ direction, track }) => [direction, track.height]),
    [['down', 360]],
  );
});

test('the presenter’s limit is never passed, and with nothing below it nothing changes', async () => {
  const scene = sceneOf(1000);
  await scene.plays(10, 3_000_000);
  scene.hold();
  await scene.plays(40, 50_000);
  scene.go();
  await scene.plays(140, 3_000_000);

  assert.deepEqual(scene.arrived().qualities, [1_000_000, 400_000, 1_000_000]);
  assert.deepEqual(
    scene.changes.map(({ direction, track }) => [direction, track.height]),
    [
      ['down', 360],
      ['up', 540],
    ],
  );
});

test('a quality that the computer does not make for a while is followed by the next one without a hole, and is back when it is', async () => {
  const scene = sceneOf();
  await scene.plays(9, 3_000_000);
  scene.fake.silence('video_2500000', true);
  await scene.plays(30, 3_000_000);
  scene.fake.silence('video_2500000', false);
  await scene.plays(40, 3_000_000);

  const { qualities, holes } = scene.arrived();
  assert.deepEqual(qualities, [2_500_000, 1_000_000, 2_500_000]);
  assert.deepEqual(holes, []);
  assert.deepEqual(scene.changes, [], 'that is not the network');
  assert.equal(scene.rungs.isReduced(), false);
});

test('to try again now does not wait for calm', async () => {
  const scene = sceneOf();
  await scene.plays(4, 3_000_000);
  scene.hold();
  await scene.plays(30, 50_000);
  scene.go();
  await scene.plays(15, 500_000);
  assert.equal(scene.rungs.isReduced(), true);

  scene.rungs.retry();
  await scene.plays(20, 3_000_000);

  assert.equal(scene.rungs.isReduced(), false);
  assert.equal(scene.arrived().qualities.at(-1), 2_500_000);
});

test('qualities that cannot go on in the stream of another are left alone', async () => {
  const tracks = TRACKS.map((track) => (track.kind === 'video' ? { ...track, fourCc: 'hvc1' as const } : track));
  const scene = sceneOf('top', { tracks });
  await scene.plays(4, 3_000_000);
  scene.hold();
  await scene.plays(40, 50_000);
  scene.go();
  await scene.plays(4, 3_000_000);

  assert.deepEqual(scene.changes, []);
  assert.equal(scene.rungs.isReduced(), false);
  assert.equal(choosePushTracks(scene.presentation, 'top').video, scene.feed.video());
});
