import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdaptationSet } from '../../../src-main/manifest/dash/adaptation-set.ts';
import type { Mpd } from '../../../src-main/manifest/dash/mpd.ts';
import { expandTimeline, timelineRuns } from '../../../src-main/manifest/dash/segment-timeline.ts';
import { FAKE_START_MS, FAKE_TRACKS, fakeAudio, fakePublication } from '../../support/fake-presentation.ts';
import { fakeStream, packagedStream } from '../../support/packaged-stream.ts';

const MPD = 'manifest(format=mpd-time-cmaf)';

function setsOf(mpd: Mpd): readonly AdaptationSet[] {
  assert.equal(mpd.periods.length, 1);
  return mpd.periods[0]!.adaptationSets;
}

function segmentsOf(set: AdaptationSet): readonly { readonly time: bigint; readonly duration: number }[] {
  return [...expandTimeline(timelineRuns(set.segmentTemplate!.timeline!))];
}

/** UTC in ms of a listed time, as players reckon it. */
function utcOf(mpd: Mpd, set: AdaptationSet, time: bigint): number {
  const { presentationTimeOffset = 0n, timescale } = set.segmentTemplate!;
  return mpd.availabilityStartTimeMs! + (Number(time - presentationTimeOffset) * 1000) / timescale;
}

test('times on the MPD are UTC, so that players find the live edge by the clock', () => {
  const stream = fakeStream();
  stream.segments(5);
  stream.follow();

  const mpd = stream.mpd();
  const [video] = setsOf(mpd);

  assert.equal(mpd.availabilityStartTimeMs, FAKE_START_MS);
  assert.equal(utcOf(mpd, video!, segmentsOf(video!)[0]!.time), FAKE_START_MS);
  assert.equal(mpd.publishTimeMs, stream.edgeMs());
  assert.deepEqual(mpd.utcTimings, [{ schemeIdUri: 'urn:mpeg:dash:utc:http-xsdate:2014', value: '/time' }]);
});

test('the window reaches to before the first segment until one has left, for players that take the last listed one for now', () => {
  const stream = fakeStream({ windowSeconds: 20, archiveSegments: 0 });
  const depths = Array.from({ length: 8 }, () => {
    stream.segments(2);
    stream.follow();
    return Math.round(stream.mpd().timeShiftBufferDepthSeconds ?? 0);
  });

  assert.deepEqual(depths.slice(0, 4), [4 + 4, 8 + 4, 12 + 4, 16 + 4]);
  assert(depths.slice(-2).every((depth) => depth >= 20 && depth <= 22));
});

test('with low latency the segment that is being written is listed as long as it is going to be', () => {
  const stream = fakeStream();
  stream.segments(5);
  const before = setsOf(stream.mpd()).map((set) => segmentsOf(set).length);
  stream.chunk();

  const sets = setsOf(stream.mpd());
  const announced = sets.map((set) => segmentsOf(set).at(-1)!);
  stream.segments(1, 9);
  const written = setsOf(stream.mpd()).map((set) => segmentsOf(set).at(-1)!);

  assert.deepEqual(before, [5, 5]);
  assert.deepEqual(announced, written);
  assert(sets.every(({ segmentTemplate }) => segmentTemplate?.availabilityTimeComplete === false));
  assert(sets.every(({ segmentTemplate }) => Math.abs(segmentTemplate!.availabilityTimeOffset! - 1.7866) < 1e-9));
});

test('a segment that turns out shorter than expected is listed as it is from then on', () => {
  const stream = fakeStream();
  stream.segments(5);
  stream.chunk();
  stream.mpd();

  stream.cut(3);

  const [video] = setsOf(stream.mpd());
  assert.equal(segmentsOf(video!).at(-1)?.duration, 18_000);
});

test('without low latency only whole segments are listed', () => {
  const stream = fakeStream({ partSeconds: undefined });
  stream.segments(5);
  stream.chunk();

  const mpd = stream.mpd();

  assert.deepEqual(
    setsOf(mpd).map((set) => segmentsOf(set).length),
    [5, 5],
  );
  assert(setsOf(mpd).every(({ segmentTemplate }) => segmentTemplate?.availabilityTimeOffset === undefined));
  assert.equal(mpd.minimumUpdatePeriodSeconds, 2);
  assert.equal(mpd.suggestedPresentationDelaySeconds, 6);
});

test('what follows a gap stands at its own time in the same Period, behind a hole', () => {
  const stream = fakeStream({ partSeconds: undefined });
  stream.segments(2);
  stream.chunk();
  stream.cut(7.5);
  stream.segments(2);

  const mpd = stream.mpd();
  const [video] = setsOf(mpd);

  assert.deepEqual(
    segmentsOf(video!).map(({ time }) => utcOf(mpd, video!, time) - FAKE_START_MS),
    [0, 2000, 4000, 11_700, 13_700],
  );
});

test('where a track has nothing its timeline has a hole', () => {
  const stream = fakeStream({ partSeconds: undefined });
  stream.segments(2);
  stream.silence('audio_128000', true);
  stream.segments(2);
  stream.silence('audio_128000', false);
  stream.segments(2);

  assert.deepEqual(
    setsOf(stream.mpd()).map((set) => segmentsOf(set).length),
    [6, 4],
  );
});

test('the same object is given while only time has passed, and a new one with the next segment', () => {
  const stream = fakeStream();
  stream.segments(5);
  stream.chunk();
  const first = stream.manifest(MPD);

  stream.chunk();
  stream.follow();
  const later = stream.manifest(MPD);
  stream.segments(1, 8);
  const complete = stream.manifest(MPD);
  stream.chunk();
  const next = stream.manifest(MPD);

  assert.equal(later, first);
  assert.equal(complete, first);
  assert.notEqual(next, first);
});

test('after the end the MPD says when it ends and asks for no more updates; later it is static and counts from 0', () => {
  const stream = fakeStream({ windowSeconds: 12 });
  stream.segments(5);
  stream.mpd();
  stream.segments(25);
  stream.follow();
  const live = stream.mpd();

  stream.end();
  const closing = stream.mpd();
  stream.clock.advance(61_000);
  const recording = stream.mpd();

  assert.equal(closing.type, 'dynamic');
  assert.equal(closing.minimumUpdatePeriodSeconds, undefined);
  assert.equal(closing.availabilityStartTimeMs, live.availabilityStartTimeMs);
  assert.deepEqual(segmentsOf(setsOf(closing)[0]!), segmentsOf(setsOf(live)[0]!));
  assert.equal(closing.periods[0]?.durationSeconds?.toFixed(2), '60.01');
  assert.deepEqual([recording.type, recording.availabilityStartTimeMs], ['static', undefined]);
  assert.equal(recording.mediaPresentationDurationSeconds?.toFixed(2), '60.01');
  assert.deepEqual(
    setsOf(recording).map((set) => segmentsOf(set).length),
    [30, 30],
  );
  for (const set of setsOf(recording)) {
    assert.equal(set.segmentTemplate?.presentationTimeOffset, segmentsOf(set)[0]?.time);
  }
});

test('a recording that nobody watched live is static from the first request on', () => {
  const stream = fakeStream();
  stream.segments(5);
  stream.end();

  assert.equal(stream.mpd().type, 'static');
});

test('tracks between which nobody can switch are sets of their own, whose ids do not depend on what is playing', () => {
  const sounds = [
    fakeAudio(128_000, { id: 'a', name: 'audio', language: 'en' }),
    fakeAudio(64_000, { id: 'b', name: 'audio', language: 'en' }),
    fakeAudio(128_001, { id: 'c', name: 'audio', language: 'de' }),
    fakeAudio(64_000, { id: 'd', name: 'audio', language: 'en', codec: 'mp4a.40.5' }),
  ];
  const stream = fakeStream({ tracks: [FAKE_TRACKS[0]!, ...sounds] });
  stream.silence('a', true);
  stream.silence('b', true);
  stream.segments(4);

  const sets = setsOf(stream.mpd());

  assert.deepEqual(
    sets.map(({ id, lang, representations }) => [id, lang, ...representations.map((one) => one.id)]),
    [
      [1, undefined, 'video_2500000'],
      [3, 'de', 'c'],
      [4, 'en', 'd'],
    ],
  );
});

test('the addresses of the MPD lead to the fragments', async () => {
  const stream = fakeStream();
  stream.segments(5);
  stream.chunk();

  for (const set of setsOf(stream.mpd())) {
    const { media = '', initialization = '' } = set.segmentTemplate!;
    for (const { bandwidth } of set.representations) {
      const fill = (template: string, time: bigint): string =>
        template.replace('$Bandwidth$', String(bandwidth)).replace('$Time$', String(time));
      assert.equal((await stream.media(fill(initialization, 0n))).kind, 'media');
      const [open, ...complete] = segmentsOf(set).toReversed();
      assert.equal((await stream.growing(fill(media, open!.time))).kind, 'growing');
      for (const { time } of complete) {
        assert.equal((await stream.media(fill(media, time))).kind, 'media');
      }
    }
  }
});

test('DASH that the policy does not allow is refused', async () => {
  const stream = fakeStream();
  stream.segments(4);
  const blocked = packagedStream(fakePublication(stream.presentation, { dash: false }), stream.clock);

  await blocked.refuses('MPE_OUTPUT_FORMAT_BLOCKED', MPD);
  assert.match(blocked.text('manifest(format=m3u8-cmaf)'), /EXTM3U/);
});
