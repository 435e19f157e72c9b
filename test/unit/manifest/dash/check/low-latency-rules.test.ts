import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdaptationSet } from '../../../../../src-main/manifest/dash/adaptation-set.ts';
import { checkMpd } from '../../../../../src-main/manifest/dash/check/check-mpd.ts';
import { LOW_LATENCY_PROFILE } from '../../../../../src-main/manifest/dash/check/low-latency-rules.ts';
import type { Mpd } from '../../../../../src-main/manifest/dash/mpd.ts';
import { ticks } from '../../../../../src-main/media/time.ts';

const START = Date.UTC(2026, 10, 20, 12, 0, 0);

const chunked: AdaptationSet = {
  id: 1,
  contentType: 'video',
  mimeType: "video/mp4; profiles='cmfc'",
  segmentAlignment: true,
  producerReferenceTimes: [{ id: 0, inband: true, wallClockTimeMs: START, presentationTime: ticks(0) }],
  resyncs: [{ type: 2, dT: 45_000, marker: true }],
  segmentTemplate: {
    timescale: 90_000,
    availabilityTimeOffset: 1.5,
    availabilityTimeComplete: false,
    media: '$RepresentationID$/$Time$.m4s',
    initialization: '$RepresentationID$/init.mp4',
    timeline: [{ time: ticks(0), duration: 180_000, repeat: 4 }],
  },
  representations: [{ id: 'v', bandwidth: 1 }],
};

function mpd(set: AdaptationSet, changes: Partial<Mpd> = {}): Mpd {
  return {
    profiles: ['urn:mpeg:dash:profile:isoff-live:2011', LOW_LATENCY_PROFILE],
    type: 'dynamic',
    availabilityStartTimeMs: START,
    publishTimeMs: START + 10_000,
    minimumUpdatePeriodSeconds: 2,
    minBufferTimeSeconds: 1,
    maxSegmentDurationSeconds: 2,
    serviceDescriptions: [
      { latency: { targetMs: 3000, minMs: 2000, maxMs: 6000 }, playbackRate: { min: 0.96, max: 1.04 } },
    ],
    periods: [{ id: 'p', startSeconds: 0, adaptationSets: [set] }],
    utcTimings: [{ schemeIdUri: 'urn:mpeg:dash:utc:http-iso:2014', value: '/time' }],
    leapSecondInformation: { availabilityStartLeapOffset: 0 },
    ...changes,
  };
}

function assertBroken(model: Mpd, ...expected: readonly string[]): void {
  const found = checkMpd(undefined, model).map(
    ({ level, clause }) => `${level} ${clause.replace('DASH-IF IOP ', '')}`,
  );
  assert.deepEqual(found, expected);
}

const withTemplate = (changes: Partial<NonNullable<AdaptationSet['segmentTemplate']>>): AdaptationSet => ({
  ...chunked,
  segmentTemplate: { ...chunked.segmentTemplate!, ...changes },
});

test('a good low-latency MPD breaks no rule, and the rules are for MPDs that name the profile', () => {
  assertBroken(mpd(chunked));
  assertBroken(mpd({ ...chunked, resyncs: undefined }, { profiles: ['urn:mpeg:dash:profile:isoff-live:2011'] }));
});

test('the service is described once, with a target between its bounds', () => {
  const [service] = mpd(chunked).serviceDescriptions!;

  assertBroken(mpd(chunked, { serviceDescriptions: [service!, service!] }), 'must 9.X.4.2');
  assertBroken(mpd(chunked, { serviceDescriptions: [{ ...service, playbackRate: undefined }] }), 'must 9.X.4.2');
  assertBroken(
    mpd(chunked, { serviceDescriptions: [{ ...service, latency: { targetMs: 1000, minMs: 2000 } }] }),
    'must 9.X.4.2',
  );
  assertBroken(mpd(chunked, { serviceDescriptions: [{ ...service, latency: undefined }] }), 'must 9.X.4.2');
  assertBroken(
    mpd(chunked, { leapSecondInformation: undefined }),
    'should DASH-IF timing model: Leap seconds',
    'must 9.X.4.2',
  );
  assertBroken(
    mpd({ ...chunked, inbandEventStreams: [{ schemeIdUri: 'urn:mpeg:dash:event:2012', value: '2' }] }),
    'must 9.X.4.2',
  );
});

test('reference times are there, each with its own id', () => {
  const [reference] = chunked.producerReferenceTimes!;

  assertBroken(mpd({ ...chunked, producerReferenceTimes: undefined }), 'must 9.X.4.3');
  assertBroken(mpd({ ...chunked, producerReferenceTimes: [reference!, reference!] }), 'must 9.X.4.3');
});

test('segments that come whole are short against the target latency', () => {
  const whole = withTemplate({ availabilityTimeComplete: undefined, availabilityTimeOffset: undefined });
  const target = (targetMs: number): Partial<Mpd> => ({
    serviceDescriptions: [{ latency: { targetMs }, playbackRate: {} }],
  });

  assertBroken(mpd(whole, target(7000)));
  assertBroken(mpd(whole, target(5000)), 'should 9.X.4.4');
  assertBroken(mpd(whole, target(3000)), 'must 9.X.4.4', 'should 9.X.4.4');
});

test('segments that come in chunks say how, and can be joined in the middle', () => {
  assertBroken(mpd(withTemplate({ availabilityTimeOffset: undefined })), 'must 9.X.4.5');
  assertBroken(mpd(withTemplate({ availabilityTimeOffset: 2 })), 'should 9.X.4.5');
  assertBroken(mpd({ ...chunked, segmentAlignment: false }), 'must 9.X.4.5');
  assertBroken(mpd({ ...chunked, mimeType: 'video/mp4' }), 'should 9.X.4.5');
  assertBroken(mpd({ ...chunked, mimeType: 'video/mp4', segmentProfiles: ['cmfc'] }));
  assertBroken(mpd({ ...chunked, resyncs: undefined }), 'must 9.X.4.5');
  assertBroken(mpd({ ...chunked, resyncs: [{ type: 4, dT: 45_000, marker: true }] }), 'must 9.X.4.5');
  assertBroken(mpd({ ...chunked, resyncs: [{ type: 2, dT: 45_000 }] }), 'must 9.X.4.5');
  assertBroken(mpd({ ...chunked, resyncs: [{ type: 2, dT: 180_000, marker: true }] }), 'should 9.X.4.5');
  assertBroken(
    mpd({ ...chunked, resyncs: [{ type: 2, dT: 360_000, marker: true }] }),
    'must 9.X.4.5',
    'should 9.X.4.5',
  );
});

test('an offset of the base address counts like one of the template', () => {
  const byAddress: AdaptationSet = {
    ...withTemplate({ availabilityTimeOffset: undefined }),
    baseUrls: [{ url: 'a/', availabilityTimeOffset: 1.5 }],
  };

  assertBroken(mpd(byAddress));
});
