import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  choosePushTracks,
  findPushStart,
  type PushFeed,
  type PushStart,
  startPushFeed,
} from '../../../src-main/core/publish/push-feed.ts';
import {
  FAKE,
  FAKE_START_MS,
  type FakeOptions,
  type FakePresentation,
  fakePresentation,
} from '../../support/fake-presentation.ts';
import { type FakePipe, fakePipe } from '../../support/fake-pushes.ts';

type Fed = {
  readonly fake: FakePresentation;
  readonly feed: PushFeed;
  readonly video: FakePipe;
  readonly audio: FakePipe;
  /** Seconds of each hole that was told. */
  readonly told: readonly number[];
};

/** A feed that began with the segment that was open then. */
function feedOf(fake: FakePresentation, quality: 'top' | number = 'top'): Fed {
  const tracks = choosePushTracks(fake.presentation, quality);
  const start = startOf(tracks);
  const [video, audio] = [fakePipe(), fakePipe()];
  const told: number[] = [];
  const feed = startPushFeed({
    presentation: fake.presentation,
    tracks,
    start,
    videoPipe: tracks.video === undefined ? undefined : video.duplex,
    audioPipe: tracks.audio === undefined ? undefined : audio.duplex,
    onDropped: (seconds) => told.push(seconds),
  });
  return { fake, feed, video, audio, told };
}

function startOf(tracks: ReturnType<typeof choosePushTracks>): PushStart {
  const start = findPushStart(tracks);
  assert.ok(start !== undefined, 'a segment has begun');
  return start;
}

/** A presentation with so many complete segments and one chunk of the next. */
function begun(segments: number, options: FakeOptions = {}): FakePresentation {
  const fake = fakePresentation(options);
  fake.segments(segments);
  fake.chunk();
  return fake;
}

function chunks(fake: FakePresentation, count: number): void {
  for (let index = 0; index < count; index += 1) {
    fake.chunk();
  }
}

const parts = (track: { readonly id: string }, sequence: number, from: number, count: number): string[] =>
  Array.from(
    { length: count },
    (_, index) => `[${track.id} ${sequence} ${String(from + index).padStart(3, '0')}]`,
  );

const close = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 0.05, `${actual} is not ${expected}`);

test('the best picture is chosen, or the one that fits, else the next below, else the lowest', () => {
  const { presentation } = fakePresentation();
  const chosen = (quality: 'top' | number): string | undefined =>
    choosePushTracks(presentation, quality).video?.track.id;

  assert.equal(chosen('top'), FAKE.BEST.id);
  assert.equal(chosen(2500), FAKE.BEST.id);
  assert.equal(chosen(2499), FAKE.SMALL.id);
  assert.equal(chosen(600), FAKE.SMALL.id);
  assert.equal(chosen(1), FAKE.SMALL.id);
  assert.equal(choosePushTracks(presentation, 1).audio?.track.id, FAKE.SOUND.id);
});

test('there is nowhere to begin before the first chunk, and then it is the newest key frame, to the microsecond', () => {
  const fake = fakePresentation({ startMs: FAKE_START_MS + 7 });
  const tracks = choosePushTracks(fake.presentation, 'top');
  assert.equal(findPushStart(tracks), undefined);

  fake.segments(3);
  assert.equal(findPushStart(tracks), undefined);
  fake.chunk();

  assert.deepEqual(findPushStart(tracks), { sequence: 4, baseSeconds: `${FAKE_START_MS / 1000 + 6}.007000` });
});

test('each track gets its header and then its chunks, from the key frame on, as they appear', () => {
  const { fake, video, audio, feed } = feedOf(begun(2));
  chunks(fake, 9);
  fake.cut();
  fake.chunk();

  const { BEST, SOUND } = FAKE;
  assert.deepEqual(video.taken, [`init of ${BEST.id}`, ...parts(BEST, 3, 0, 10), ...parts(BEST, 4, 0, 1)]);
  assert.equal(audio.taken[0], `init of ${SOUND.id}`);
  assert.equal(audio.taken[1], `[${SOUND.id} 3 000]`);
  assert.equal(audio.taken.at(-1), `[${SOUND.id} 4 000]`);
  assert.equal(feed.queueSeconds(), 0);
  assert.equal(feed.droppedSeconds(), 0);
  close(feed.handedOverSeconds(), FAKE_START_MS / 1000 + 6.2);
});

test('sound alone leads itself', () => {
  const { fake, video, audio } = feedOf(begun(1, { tracks: [FAKE.SOUND] }));
  fake.chunk();

  assert.deepEqual(video.taken, []);
  assert.deepEqual(audio.taken, [`init of ${FAKE.SOUND.id}`, ...parts(FAKE.SOUND, 2, 0, 2)]);
});

test('a full pipe gets nothing more, and everything that waited once it takes again', () => {
  const { fake, video, feed, told } = feedOf(begun(1));
  video.fill();
  fake.chunk();
  const before = video.taken.length;
  chunks(fake, 8);
  fake.cut();
  chunks(fake, 5);
  assert.equal(video.taken.length, before);
  close(feed.queueSeconds(), 2.6);

  video.drain();

  assert.deepEqual(video.taken.slice(1), [...parts(FAKE.BEST, 2, 0, 10), ...parts(FAKE.BEST, 3, 0, 5)]);
  assert.equal(feed.queueSeconds(), 0);
  assert.deepEqual(told, []);
});

test('what waits longer than 8 s is left out up to the newest key frame, in both tracks, and told', () => {
  const { fake, video, audio, feed, told } = feedOf(begun(1));
  video.fill();
  audio.fill();
  fake.chunk();
  const taken = [video.taken.length, audio.taken.length];
  chunks(fake, 8);
  fake.cut();
  fake.segments(4);
  chunks(fake, 2);
  assert.equal(told.length, 1);
  video.drain();
  audio.drain();

  // Segment 2 had been begun; of what came after it, all up to the newest is missing.
  assert.equal(video.taken[taken[0] ?? 0], `[${FAKE.BEST.id} 6 000]`);
  assert.equal(audio.taken[taken[1] ?? 0], `[${FAKE.SOUND.id} 6 000]`);
  const [seconds = 0] = told;
  // What waits behind the key frame is not lost.
  close(seconds, feed.droppedSeconds());
  assert.ok(seconds > 6 && seconds <= 8.2, `${seconds} s`);
  assert.equal(feed.queueSeconds(), 0);
  fake.chunk();
  assert.equal(video.taken.at(-1), `[${FAKE.BEST.id} 7 002]`);
});

test('when only the sound waits, the picture is not sent twice', () => {
  const { fake, video, audio, feed } = feedOf(begun(1));
  audio.fill();
  chunks(fake, 9);
  fake.cut();
  fake.segments(5);
  chunks(fake, 3);
  audio.drain();

  assert.equal(new Set(video.taken).size, video.taken.length);
  assert.ok(feed.droppedSeconds() > 6, `${feed.droppedSeconds()} s`);
  assert.equal(audio.taken.at(-1), `[${FAKE.SOUND.id} 8 002]`);
  assert.equal(feed.queueSeconds(), 0);
});

test('the queue never passes 8 s by more than a chunk, however long nobody takes anything', () => {
  const { fake, video, audio, feed } = feedOf(begun(1));
  video.fill();
  audio.fill();
  fake.chunk();
  const taken = video.taken.length;

  for (let segment = 0; segment < 300; segment += 1) {
    fake.segments(1);
    assert.ok(feed.queueSeconds() <= 8.21, `${feed.queueSeconds()} s`);
  }

  assert.equal(video.taken.length, taken);
  assert.ok(feed.droppedSeconds() > 590, `${feed.droppedSeconds()} s`);
});

test('parts that nobody has any more are left out and told, not passed over in silence', () => {
  // Eight segments of half a second are kept: less than the queue may hold.
  const { fake, video, told } = feedOf(begun(1, { segmentSeconds: 0.4 }));
  video.fill();
  fake.chunk();
  fake.cut();
  fake.segments(15);
  fake.chunk();
  assert.equal(told.length, 0);

  video.drain();

  assert.equal(told.length, 1);
  close(told[0] ?? 0, 15 * 0.4);
  assert.equal(video.taken.at(-1), `[${FAKE.BEST.id} 18 000]`);
});

test('segments that have left the window are left out and told', () => {
  const { fake, video, told, feed } = feedOf(
    begun(1, { windowSeconds: 4, archiveSegments: 0, segmentSeconds: 0.4 }),
  );
  video.fill();
  fake.chunk();
  fake.cut();
  fake.segments(60);
  video.drain();
  fake.chunk();

  assert.ok(told.length > 0);
  assert.equal(video.taken.at(-1), `[${FAKE.BEST.id} 63 000]`);
  assert.equal(feed.queueSeconds(), 0);
});

test('a gap of the broadcast itself is not waiting, and nothing of it is lost', () => {
  const { fake, video, feed, told } = feedOf(begun(1));
  chunks(fake, 4);
  fake.cut(30);
  assert.equal(feed.queueSeconds(), 0);
  chunks(fake, 3);

  assert.deepEqual(video.taken.slice(1), [...parts(FAKE.BEST, 2, 0, 5), ...parts(FAKE.BEST, 3, 0, 3)]);
  assert.deepEqual(told, []);
});

test('a track that has nothing for a while does not hold up the other, and goes on when it is back', () => {
  const { fake, video, audio, told } = feedOf(begun(1));
  fake.silence(FAKE.SOUND.id, true);
  fake.cut();
  fake.segments(6);
  assert.equal(video.taken.at(-1), `[${FAKE.BEST.id} 8 009]`);
  fake.silence(FAKE.SOUND.id, false);
  fake.chunk();

  assert.equal(audio.taken.at(-1), `[${FAKE.SOUND.id} 9 000]`);
  assert.deepEqual(told, []);
});

test('finishing hands over what there is and nothing of what comes after, closes the pipes and listens no more', async () => {
  const { fake, video, audio, feed } = feedOf(begun(1));
  video.fill();
  chunks(fake, 5);
  const finished = feed.finish();
  assert.equal(video.isEnded(), false);
  chunks(fake, 5);
  fake.cut();
  fake.segments(1);
  video.drain();
  await finished;
  fake.chunk();

  assert.deepEqual(video.taken.slice(1), parts(FAKE.BEST, 2, 0, 6));
  assert.equal(audio.taken.at(-1), `[${FAKE.SOUND.id} 2 005]`);
  assert.equal(video.isEnded() && audio.isEnded(), true);
});

test('finishing at once, between two segments and after the end of the broadcast, resolves', async () => {
  const between = feedOf(begun(1));
  between.fake.cut();
  await between.feed.finish();
  assert.equal(between.video.isEnded(), true);

  const after = feedOf(begun(1));
  after.fake.end();
  await after.feed.finish();
  assert.equal(after.video.isEnded(), true);
});

test('disposing closes the pipes at once, also twice, and ends a finish that hangs', async () => {
  const { fake, video, feed } = feedOf(begun(1));
  video.fill();
  chunks(fake, 3);
  const finished = feed.finish();

  feed[Symbol.dispose]();
  feed[Symbol.dispose]();
  await finished;

  const taken = video.taken.length;
  video.drain();
  fake.chunk();
  assert.equal(video.taken.length, taken);
  assert.equal(video.isEnded(), true);
});

test('what is taken back before it was sent is never sent, and the next key frame follows', () => {
  const fed = feedOf(begun(2));
  // The network takes nothing more.
  fed.video.fill();
  fed.audio.fill();
  chunks(fed.fake, 6);
  const sent = fed.video.taken.length;

  fed.fake.takeBack(3);
  fed.video.drain();
  fed.audio.drain();
  fed.fake.cut();
  chunks(fed.fake, 2);

  assert.deepEqual(fed.video.taken.slice(sent), [`[${FAKE.BEST.id} 4 000]`, `[${FAKE.BEST.id} 4 001]`]);
  assert.equal(fed.feed.queueSeconds(), 0);
});
