import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expandTimeline, timelineRuns } from '../../../src-main/manifest/dash/segment-timeline.ts';
import { smoothTime } from '../../../src-main/media/smooth/smooth-time.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { FAKE, type FakeOptions, fakeVideo } from '../../support/fake-presentation.ts';
import { fakeStream, fragmentPath, playlistPath } from '../../support/packaged-stream.ts';
import { AVC_CONFIG } from '../media/sample-media.ts';

const { BEST, SOUND } = FAKE;
const SEGMENTS = 120;
/** So long ago that playlists have settled pieces of it, and the newest are not among them. */
const FROM = 60;
const TO = 90;

type Stream = ReturnType<typeof fakeStream>;

function openStream(options: FakeOptions = {}): Stream {
  const stream = fakeStream({ windowSeconds: 3600, leavesOutRemoved: true, ...options });
  stream.segments(SEGMENTS);
  stream.follow();
  return stream;
}

/** First tick of a segment of the best picture. */
function timeOf({ presentation }: Stream, sequence: number): bigint {
  const { segments } = presentation.tracks()[0]!;
  return segments.at(sequence - segments.firstSequence).time;
}

const removedTimes = (stream: Stream): readonly bigint[] =>
  Array.from({ length: SEGMENTS + 1 - FROM }, (_, index) => timeOf(stream, FROM + index));

test('HLS lists what was taken back as gaps, in what it had written and kept before too', () => {
  const stream = openStream();
  const before = stream.playlist(BEST);

  stream.takeBack(FROM);
  const after = stream.playlist(BEST);

  assert.equal(before.segments.filter(({ gap }) => gap === true).length, 0);
  assert.deepEqual(
    after.segments.map(({ gap }) => gap === true),
    before.segments.map((_, index) => index >= FROM - 1),
  );
  assert.deepEqual(
    after.segments.map(({ uri, durationSeconds }) => [uri, durationSeconds]),
    before.segments.map(({ uri, durationSeconds }) => [uri, durationSeconds]),
    'the times stay',
  );
  assert.equal(after.mediaSequence, before.mediaSequence);
});

test('a delta update does not keep a player from hearing of it', () => {
  const stream = openStream();
  const query = '_HLS_skip=YES';
  assert.match(stream.text(playlistPath(BEST), query), /EXT-X-SKIP/);

  stream.takeBack(FROM);

  assert.doesNotMatch(stream.text(playlistPath(BEST), query), /EXT-X-SKIP/);
});

test('fragments that were taken back answer that they are not there, whole and in parts', async () => {
  const stream = openStream();
  const times = { [BEST.id]: timeOf(stream, TO), open: stream.presentation.tracks()[0]?.open?.time };
  await stream.media(fragmentPath(BEST, timeOf(stream, TO)));

  stream.takeBack(FROM);

  for (const sequence of [FROM, TO, SEGMENTS]) {
    await stream.refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', fragmentPath(BEST, timeOf(stream, sequence)));
  }
  const sound = stream.presentation.tracks().find(({ track }) => track === SOUND)!.segments;
  await stream.refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', fragmentPath(SOUND, sound.at(TO).time));
  await stream.refuses(
    'MPE_FRAGMENT_TIMESTAMP_NOT_FOUND',
    fragmentPath(BEST, timeOf(stream, TO), { format: 'm3u8-aapl' }),
  );
  assert.equal(times.open, undefined);
  await stream.media(fragmentPath(BEST, timeOf(stream, FROM - 1)));
});

for (const format of ['mpd-time-cmaf', 'mpd-time-csf'] as const) {
  test(`DASH (${format}) has a hole there, at once, and begins where it began`, () => {
    const stream = openStream();
    const read = () => parse(stream.text(`manifest(format=${format})`));
    const before = read();

    stream.takeBack(FROM);
    const after = read();

    const removed = new Set(removedTimes(stream));
    assert(before.times.some((time) => removed.has(time)));
    assert.deepEqual(
      after.times,
      before.times.filter((time) => !removed.has(time)),
    );
    assert.equal(after.start, before.start);
  });
}

/** Of the first adaptation set. */
function parse(text: string): { readonly times: readonly bigint[]; readonly start: string | undefined } {
  const [set = ''] = /<AdaptationSet[\s\S]*?<\/AdaptationSet>/.exec(text) ?? [];
  const entries = [...set.matchAll(/<S( [^/]*)\/>/g)].map(([, attributes = '']) => ({
    t: /\bt="(\d+)"/.exec(attributes)?.[1],
    d: Number(/\bd="(\d+)"/.exec(attributes)?.[1]),
    r: Number(/\br="(\d+)"/.exec(attributes)?.[1] ?? 0),
  }));
  const times: bigint[] = [];
  let next = 0n;
  for (const { t, d, r } of entries) {
    next = t === undefined ? next : BigInt(t);
    for (let count = 0; count <= r; count += 1) {
      times.push(next);
      next += BigInt(d);
    }
  }
  return { times, start: /availabilityStartTime="([^"]*)"/.exec(text)?.[1] };
}

test('Smooth Streaming lists none of it', () => {
  const stream = openStream({ tracks: [fakeVideo(720, BEST.bitrate, { decoderConfig: AVC_CONFIG })] });
  const times = (): readonly bigint[] => {
    const [index = ''] = /<StreamIndex[\s\S]*?<\/StreamIndex>/.exec(stream.text('manifest')) ?? [];
    let next = 0n;
    return [...index.matchAll(/<c( [^/]*)\/>/g)].flatMap(([, attributes = '']) => {
      const t = /\bt="(\d+)"/.exec(attributes)?.[1];
      const d = BigInt(/\bd="(\d+)"/.exec(attributes)?.[1] ?? 0);
      const repeat = Number(/\br="(\d+)"/.exec(attributes)?.[1] ?? 1);
      next = t === undefined ? next : BigInt(t);
      return Array.from({ length: repeat }, () => {
        const time = next;
        next += d;
        return time;
      });
    });
  };
  const before = times();

  stream.takeBack(FROM);

  const removed = new Set(removedTimes(stream).map((time) => smoothTime(ticks(time), BEST.timescale)));
  assert(before.some((time) => removed.has(ticks(time))));
  assert.deepEqual(
    times(),
    before.filter((time) => !removed.has(ticks(time))),
  );
});

test('HLS with transport streams lists gaps', () => {
  const stream = openStream();
  const path = `QualityLevels(${BEST.bitrate})/Manifest(${BEST.name},format=m3u8-aapl)`;
  const gaps = (): number => (stream.text(path).match(/#EXT-X-GAP/g) ?? []).length;
  assert.equal(gaps(), 0);

  stream.takeBack(FROM);

  assert(gaps() > 0);
});

test('with what may be shown again every list goes on', () => {
  const stream = openStream();
  stream.takeBack(FROM);

  stream.segments(3);
  stream.follow();

  const { segments } = stream.playlist(BEST);
  assert.deepEqual(
    segments.slice(-4).map(({ gap }) => gap === true),
    [true, false, false, false],
  );
  const listed = stream.mpd().periods[0]?.adaptationSets[0]?.segmentTemplate?.timeline;
  const times = listed === undefined ? [] : [...expandTimeline(timelineRuns(listed))].map(({ time }) => time);
  assert(times.includes(ticks(timeOf(stream, SEGMENTS + 3))));
});
