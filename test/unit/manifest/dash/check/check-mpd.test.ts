import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdaptationSet } from '../../../../../src-main/manifest/dash/adaptation-set.ts';
import { checkMpd } from '../../../../../src-main/manifest/dash/check/check-mpd.ts';
import type { MpdCheckOptions } from '../../../../../src-main/manifest/dash/check/check-options.ts';
import type { Mpd } from '../../../../../src-main/manifest/dash/mpd.ts';
import {
  PERIOD_CONNECTIVITY,
  PERIOD_CONTINUITY,
  type Period,
} from '../../../../../src-main/manifest/dash/period.ts';
import type { SegmentTemplate } from '../../../../../src-main/manifest/dash/segment-template.ts';
import {
  compressTimeline,
  type TimelineRun,
  writeTimelineRuns,
} from '../../../../../src-main/manifest/dash/segment-timeline.ts';
import { ticks } from '../../../../../src-main/media/time.ts';

const START = Date.UTC(2026, 10, 20, 12, 0, 0);

/** Segments of 2 s with the numbers `first` to `end` - 1; segment n begins at 2n s. Runs end at multiples of 5. */
function runs(first: number, end: number): readonly TimelineRun[] {
  const segments = Array.from({ length: end - first }, (_, index) => ({
    time: ticks((first + index) * 180_000),
    duration: 180_000,
    sequence: first + index,
  }));
  return compressTimeline(segments, 5);
}

function videoSet(timeline: readonly TimelineRun[], changes: Partial<SegmentTemplate> = {}): AdaptationSet {
  return {
    id: 1,
    contentType: 'video',
    mimeType: 'video/mp4',
    segmentAlignment: true,
    segmentTemplate: {
      timescale: 90_000,
      media: '$RepresentationID$/$Time$.m4s',
      initialization: '$RepresentationID$/init.mp4',
      timeline,
      ...changes,
    },
    representations: [
      { id: 'v1', bandwidth: 2_000_000 },
      { id: 'v2', bandwidth: 1_000_000 },
    ],
  };
}

const period = (sets: readonly AdaptationSet[], changes: Partial<Period> = {}): Period => ({
  id: 'p0',
  startSeconds: 0,
  adaptationSets: sets,
  ...changes,
});

/** A broadcast that has come to segment `end` with a window of 20 s. */
function live(end: number, changes: Partial<Mpd> = {}): Mpd {
  const publishedAt = end * 2;
  const first = Math.max(0, Math.floor((publishedAt - 20) / 2 / 5) * 5);
  return {
    profiles: ['urn:mpeg:dash:profile:isoff-live:2011'],
    type: 'dynamic',
    availabilityStartTimeMs: START,
    publishTimeMs: START + publishedAt * 1000,
    minimumUpdatePeriodSeconds: 2,
    minBufferTimeSeconds: 2,
    timeShiftBufferDepthSeconds: 20,
    maxSegmentDurationSeconds: 2,
    periods: [period([videoSet(runs(first, end))])],
    utcTimings: [{ schemeIdUri: 'urn:mpeg:dash:utc:http-iso:2014', value: '/time' }],
    leapSecondInformation: { availabilityStartLeapOffset: 0 },
    ...changes,
  };
}

/** The same with changes of the only adaptation set. */
function withSet(mpd: Mpd, change: (set: AdaptationSet) => AdaptationSet): Mpd {
  return {
    ...mpd,
    periods: mpd.periods.map((one) => ({ ...one, adaptationSets: one.adaptationSets.map(change) })),
  };
}

const withTemplate = (mpd: Mpd, changes: Partial<SegmentTemplate>): Mpd =>
  withSet(mpd, (set) => ({ ...set, segmentTemplate: { ...set.segmentTemplate!, ...changes } }));

function rules(previous: Mpd | undefined, next: Mpd, options?: MpdCheckOptions): readonly string[] {
  return [...new Set(checkMpd(previous, next, options).map(({ level, clause }) => `${level} ${clause}`))];
}

function assertBroken(mpd: Mpd, ...expected: readonly string[]): void {
  assert.deepEqual(rules(undefined, mpd), expected);
}

function assertBrokenUpdate(previous: Mpd, next: Mpd, ...expected: readonly string[]): void {
  assert.deepEqual(rules(previous, next), expected);
}

const TIMING = 'DASH-IF timing model:';

test('a good broadcast breaks no rule from its beginning to its end', () => {
  let previous: Mpd | undefined;
  for (let end = 1; end < 60; end += 1) {
    const next = live(end);
    assert.deepEqual(checkMpd(previous, next, { nowMs: START + end * 2000 + 500 }), [], `segment ${end}`);
    previous = next;
  }
  const last = live(59);
  const ended: Mpd = {
    ...last,
    minimumUpdatePeriodSeconds: undefined,
    periods: last.periods.map((one) => ({ ...one, durationSeconds: 118 })),
  };
  assert.deepEqual(checkMpd(last, ended), []);
  const recording: Mpd = {
    ...ended,
    type: 'static',
    timeShiftBufferDepthSeconds: undefined,
    periods: [period([videoSet(runs(0, 59))], { durationSeconds: 118 })],
  };
  assert.deepEqual(checkMpd(undefined, recording), []);
});

test('a timeline of written pieces is checked like any other', () => {
  const good = withTemplate(live(8), {
    timeline: { written: [writeTimelineRuns(runs(0, 5)), writeTimelineRuns(runs(5, 8))] },
  });
  const gap = withTemplate(live(8), {
    timeline: { written: [writeTimelineRuns(runs(0, 4)), writeTimelineRuns(runs(5, 8))] },
  });

  assertBroken(good);
  assertBroken(gap, 'must 23009-1 5.3.9.6');
});

test('a dynamic MPD has its times, a static one its duration', () => {
  assertBroken(live(5, { publishTimeMs: undefined }), 'must 23009-1 5.3.1.2');
  assertBroken(live(5, { minimumUpdatePeriodSeconds: undefined }), 'must 23009-1 5.3.1.2');
  assertBroken(live(5, { minBufferTimeSeconds: 0 }), 'should 23009-1 5.3.1.2');
  assertBroken(live(5, { profiles: [''] }), 'must 23009-1 5.3.1.2');
  assertBroken(live(5, { periods: [] }), 'must 23009-1 5.3.1.2');
  assertBroken({ ...live(5), type: 'static', minimumUpdatePeriodSeconds: undefined }, 'must 23009-1 5.3.1.2');
  assertBroken({ ...live(5), type: 'static', mediaPresentationDurationSeconds: 10 }, 'must 23009-1 5.3.1.2');
});

test('clocks can be set, in a way that DASH-IF allows', () => {
  assertBroken(live(5, { utcTimings: undefined }), `must ${TIMING} Clock synchronization`);
  assertBroken(
    live(5, { utcTimings: [{ schemeIdUri: 'urn:mpeg:dash:utc:ntp:2014', value: 'pool' }] }),
    `must ${TIMING} Clock synchronization`,
  );
  assertBroken(live(5, { leapSecondInformation: undefined }), `should ${TIMING} Leap seconds`);
});

test('ids are there and tell things apart', () => {
  const base = live(5);
  const [first] = base.periods;

  assertBroken({ ...base, periods: [{ ...first!, id: undefined }] }, 'must 23009-1 5.3.2.2');
  assertBroken(
    withSet(base, (set) => ({ ...set, id: undefined })),
    `must ${TIMING} MPD updates`,
  );
  assertBroken(
    {
      ...base,
      periods: [
        {
          ...first!,
          adaptationSets: [...first!.adaptationSets, { ...first!.adaptationSets[0]!, representations: [] }],
        },
      ],
    },
    'must 23009-1 5.3.3.2',
  );
  assertBroken(
    withSet(base, (set) => ({ ...set, representations: [set.representations[0]!, set.representations[0]!] })),
    'must 23009-1 5.3.5.2',
  );
  assertBroken(
    withSet(base, (set) => ({ ...set, representations: [{ id: 'a b', bandwidth: 1 }] })),
    'must 23009-1 5.3.5.2',
  );
});

test('addresses are complete and different', () => {
  const base = live(5);

  assertBroken(
    withSet(base, (set) => ({ ...set, segmentTemplate: undefined })),
    'must 23009-1 5.3.9.4',
  );
  assertBroken(withTemplate(base, { media: '$RepresentationID$/$Time$/$Number$' }), 'must 23009-1 5.3.9.4');
  assertBroken(withTemplate(base, { media: '$RepresentationID$' }), 'must 23009-1 5.3.9.4');
  assertBroken(withTemplate(base, { media: '$Time$.m4s' }), 'must 23009-1 5.3.9.4');
  assertBroken(withTemplate(base, { media: '$Bandwidth$/$Time$.m4s' }));
  assertBroken(withTemplate(base, { initialization: undefined }), 'must 23009-1 5.3.9.4');
  assertBroken(withTemplate(base, { duration: 180_000 }), `must ${TIMING} Explicit addressing`);
  assertBroken(withTemplate(base, { eptDelta: 5 }), `must ${TIMING} Explicit addressing`);
});

test('a timescale is always written', () => {
  const second = [{ time: ticks(0), duration: 2, repeat: 4 }];

  assertBroken(withTemplate(live(5), { timescale: 1, timeline: second }), `must ${TIMING} Representation timing`);
});

test('segments leave no gaps and do not overlap', () => {
  const base = live(5);
  const at = (...all: readonly (readonly [number, number, number?])[]): readonly TimelineRun[] =>
    all.map(([time, duration, repeat = 0]) => ({ time: ticks(time), duration, repeat }));

  assertBroken(withTemplate(base, { timeline: at([0, 180_000, 1], [360_001, 180_000]) }), 'must 23009-1 5.3.9.6');
  assertBroken(withTemplate(base, { timeline: at([0, 180_000, 1], [359_999, 180_000]) }), 'must 23009-1 5.3.9.6');
  assertBroken(withTemplate(base, { timeline: at([0, 180_000, -1], [360_000, 180_000]) }), 'must 23009-1 5.3.9.6');
  assertBroken(
    withTemplate(base, { timeline: [{ ...at([0, 180_000, 4])[0]!, number: 1 }] }),
    `must ${TIMING} Explicit addressing`,
  );
  assertBroken(withTemplate(base, { timeline: at([0, 180_001, 4]) }), 'must 23009-1 5.3.1.2');
});

test('representations that say they are aligned are aligned', () => {
  const misaligned = withSet(live(5), (set) => ({
    ...set,
    representations: [
      set.representations[0]!,
      {
        ...set.representations[1]!,
        segmentTemplate: {
          ...set.segmentTemplate!,
          timeline: [
            { time: ticks(0), duration: 90_000, repeat: 0 },
            { time: ticks(90_000), duration: 180_000, repeat: 3 },
          ],
        },
      },
    ],
  }));

  assertBroken(misaligned, 'must 23009-1 5.3.3.2');
  assertBroken(withSet(misaligned, (set) => ({ ...set, segmentAlignment: false })));
});

test('Periods follow each other, and their segments fill them', () => {
  const twoPeriods = (firstEnd: number, changes: Partial<Period> = {}): Mpd => ({
    ...live(5),
    periods: [
      period([videoSet(runs(0, firstEnd))], { durationSeconds: 6, ...changes }),
      period([videoSet(runs(3, 5), { presentationTimeOffset: ticks(540_000) })], { id: 'p1', startSeconds: 6 }),
    ],
  });

  assertBroken(twoPeriods(3));
  assertBroken(twoPeriods(4));
  assertBroken(twoPeriods(2), `must ${TIMING} Necessary segment references`);
  assertBroken(twoPeriods(3, { durationSeconds: 5 }), `must ${TIMING} Periods`);
  assertBroken(twoPeriods(3, { startSeconds: undefined }), 'must 23009-1 5.3.2.1');
  assertBroken(twoPeriods(3, { startSeconds: 7, durationSeconds: undefined }), 'must 23009-1 5.3.2.1');
  assertBroken(
    {
      ...live(5),
      type: 'static',
      minimumUpdatePeriodSeconds: undefined,
      timeShiftBufferDepthSeconds: undefined,
      periods: [period([videoSet(runs(1, 5))], { durationSeconds: 12 })],
    },
    `must ${TIMING} Necessary segment references`,
  );
});

test('connected Periods have the same representations and keys, continuous ones meet exactly', () => {
  const protectedBy = (defaultKid: string) => [
    { schemeIdUri: 'urn:mpeg:dash:mp4protection:2011', value: 'cbcs', defaultKid },
  ];
  const build = (scheme: string, change: (set: AdaptationSet) => AdaptationSet = (set) => set): Mpd => ({
    ...live(5),
    periods: [
      period([{ ...videoSet(runs(0, 3)), contentProtections: protectedBy('a') }], { durationSeconds: 6 }),
      period(
        [
          change({
            ...videoSet(runs(3, 5), { presentationTimeOffset: ticks(540_000) }),
            contentProtections: protectedBy('a'),
            supplementalProperties: [{ schemeIdUri: scheme, value: 'p0' }],
          }),
        ],
        { id: 'p1', startSeconds: 6 },
      ),
    ],
  });
  const shifted = (set: AdaptationSet): AdaptationSet => ({
    ...set,
    segmentTemplate: { ...set.segmentTemplate!, presentationTimeOffset: ticks(540_001) },
  });

  assertBroken(build(PERIOD_CONNECTIVITY));
  assertBroken(build(PERIOD_CONTINUITY));
  assertBroken(build(PERIOD_CONNECTIVITY, shifted));
  assertBroken(build(PERIOD_CONTINUITY, shifted), `must ${TIMING} Period continuity`);
  assertBroken(
    build(PERIOD_CONNECTIVITY, (set) => ({ ...set, representations: set.representations.slice(1) })),
    `must ${TIMING} Period connectivity`,
  );
  assertBroken(
    build(PERIOD_CONNECTIVITY, (set) => ({ ...set, contentProtections: protectedBy('b') })),
    `must ${TIMING} Period connectivity`,
  );
  assertBroken(
    build(PERIOD_CONNECTIVITY, (set) => ({ ...set, id: 9 })),
    `must ${TIMING} Period connectivity`,
  );
  assertBroken(
    build(PERIOD_CONNECTIVITY, (set) => ({
      ...set,
      supplementalProperties: [...set.supplementalProperties!, { schemeIdUri: PERIOD_CONTINUITY, value: 'p0' }],
    })),
    `must ${TIMING} Period continuity`,
  );
});

test('expired segments and Periods are not listed, all others are', () => {
  const expired = withTemplate(live(30), { timeline: runs(0, 30) });
  const late = withTemplate(live(30), { timeline: runs(25, 30) });
  const later = withTemplate(live(30), { presentationTimeOffset: ticks(180_000) });
  const old = period([], { id: 'old', durationSeconds: 2 });

  assertBroken(expired, `must ${TIMING} Removing content from the MPD`);
  assertBroken(late, `must ${TIMING} Necessary segment references`);
  assertBroken(
    { ...later, periods: [old, ...later.periods.map((one) => ({ ...one, startSeconds: 2 }))] },
    `must ${TIMING} Removing content from the MPD`,
  );
});

test('the live edge follows the clock', () => {
  const at = (seconds: number): readonly string[] => rules(undefined, live(30), { nowMs: START + seconds * 1000 });

  assert.deepEqual(at(60), []);
  assert.deepEqual(at(66), []);
  assert.deepEqual(at(67), [`should ${TIMING} Clock drift is forbidden`]);
  assert.deepEqual(at(59.9), []);
  assert.deepEqual(at(59), [`should ${TIMING} Clock drift is forbidden`]);
});

test('an update changes nothing that clients rely on', () => {
  const before = live(5);
  const after = live(6);

  assertBrokenUpdate(before, { ...after, availabilityStartTimeMs: START + 1 }, `must ${TIMING} MPD updates`);
  assertBrokenUpdate(before, { ...after, id: 'new' }, 'must 23009-1 5.4.1');
  assertBrokenUpdate(after, { ...after, publishTimeMs: START }, 'must 23009-1 5.4.1');
  assertBrokenUpdate(
    before,
    { ...after, periods: after.periods.map((one) => ({ ...one, startSeconds: 0.001 })) },
    `must ${TIMING} MPD updates`,
  );
  assertBrokenUpdate(
    before,
    withSet(after, (set) => ({ ...set, id: 2 })),
    `must ${TIMING} MPD updates`,
  );
  assertBrokenUpdate(
    before,
    withSet(after, (set) => ({ ...set, representations: [...set.representations].reverse() })),
    `must ${TIMING} MPD updates`,
  );
  assertBrokenUpdate(before, withTemplate(after, { media: '$RepresentationID$-$Time$' }), 'must 23009-1 5.4.1');
  assertBrokenUpdate(before, withTemplate(after, { presentationTimeOffset: ticks(1) }), 'must 23009-1 5.4.1');
});

test('segments are only added at the end, and only to the last Period', () => {
  const before = live(8);

  assertBrokenUpdate(
    before,
    withTemplate(live(8), { timeline: runs(0, 7) }),
    `must ${TIMING} Explicit addressing`,
  );
  assertBrokenUpdate(
    before,
    withTemplate(live(9), { timeline: [{ time: ticks(0), duration: 180_000, repeat: 8 }] }),
    `must ${TIMING} Explicit addressing`,
  );
  const twoPeriods = (firstEnd: number): Mpd => ({
    ...live(8),
    periods: [
      period([videoSet(runs(0, firstEnd))], { durationSeconds: 10 }),
      period([videoSet(runs(5, 8), { presentationTimeOffset: ticks(900_000) })], { id: 'p1', startSeconds: 10 }),
    ],
  });
  assertBrokenUpdate(twoPeriods(5), twoPeriods(6), `must ${TIMING} Adding content to the MPD`);
  assertBrokenUpdate(
    live(5, { periods: [period([videoSet(runs(0, 5))], { durationSeconds: 10 })] }),
    twoPeriods(5),
  );
});

test('segments and Periods are dropped when they have expired, and runs only as a whole', () => {
  const before = withTemplate(live(14), { timeline: runs(0, 14) });

  assertBrokenUpdate(before, withTemplate(live(15), { timeline: runs(5, 15) }));
  assertBrokenUpdate(withTemplate(live(12), { timeline: runs(0, 12) }), {
    ...withTemplate(live(13), { timeline: runs(5, 13) }),
    timeShiftBufferDepthSeconds: 16,
  });
  assertBrokenUpdate(
    withTemplate(live(12), { timeline: runs(0, 12) }),
    withTemplate(live(13), { timeline: runs(5, 13) }),
    `must ${TIMING} Necessary segment references`,
    `must ${TIMING} Removing content from the MPD`,
  );
  assertBrokenUpdate(
    before,
    withTemplate(live(15), {
      timeline: [{ time: ticks(540_000), duration: 180_000, repeat: 1 }, ...runs(5, 15)],
    }),
    `must ${TIMING} Removing content from the MPD`,
  );
  assertBrokenUpdate(
    { ...live(5), periods: [period([videoSet(runs(0, 5))], { durationSeconds: 10 })] },
    {
      ...live(6),
      periods: [
        period([videoSet(runs(5, 6), { presentationTimeOffset: ticks(900_000) })], { id: 'p1', startSeconds: 10 }),
      ],
    },
    `must ${TIMING} Removing content from the MPD`,
  );
});

test('numbered segments keep their numbers', () => {
  const numbered = (end: number, first: number, startNumber: number): Mpd =>
    withTemplate(live(end), { media: '$RepresentationID$/$Number$.m4s', startNumber, timeline: runs(first, end) });

  assertBrokenUpdate(numbered(14, 0, 1), numbered(15, 5, 6));
  assertBrokenUpdate(numbered(14, 0, 1), numbered(15, 5, 1), `must ${TIMING} Explicit addressing`);
  assertBrokenUpdate(numbered(14, 0, 1), numbered(15, 0, 2), `must ${TIMING} Explicit addressing`);
});

test('the end is an end', () => {
  const before = live(5);
  const ended: Mpd = { ...live(5), minimumUpdatePeriodSeconds: undefined };

  assert.ok(rules(before, ended).includes(`must ${TIMING} End of live content`));
  const fixed: Mpd = { ...ended, periods: ended.periods.map((one) => ({ ...one, durationSeconds: 10 })) };
  assertBrokenUpdate(before, fixed);
  assertBrokenUpdate(
    fixed,
    { ...fixed, publishTimeMs: fixed.publishTimeMs! + 1 },
    `must ${TIMING} End of live content`,
  );
  assertBrokenUpdate(
    { ...fixed, type: 'static' },
    { ...fixed, type: 'static', timeShiftBufferDepthSeconds: undefined },
    'must 23009-1 5.4.1',
  );
});
