import fc from 'fast-check';
import type { AdaptationSet, Representation } from '../../../../src-main/manifest/dash/adaptation-set.ts';
import type { ContentProtection } from '../../../../src-main/manifest/dash/content-protection.ts';
import type { Descriptor } from '../../../../src-main/manifest/dash/descriptor.ts';
import type { EventStream, MpdEvent } from '../../../../src-main/manifest/dash/events.ts';
import type { Mpd } from '../../../../src-main/manifest/dash/mpd.ts';
import type { Period } from '../../../../src-main/manifest/dash/period.ts';
import type { RepresentationBase } from '../../../../src-main/manifest/dash/representation-base.ts';
import type { SegmentTemplate } from '../../../../src-main/manifest/dash/segment-template.ts';
import { compressTimeline } from '../../../../src-main/manifest/dash/segment-timeline.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import { some } from '../some.ts';

/** MPDs of every shape that the writer can write, for tests that write and read back. */

const unsigned = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const small = fc.nat(100_000);
const time = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(ticks);
const seconds = fc.integer({ min: 0, max: 2_000_000_000 }).map((micro) => micro / 1e6);
const decimal = fc.integer({ min: 0, max: 10_000_000 }).map((micro) => micro / 1e6);
const dateMs = fc.integer({ min: 0, max: 4_102_444_800_000 });
const bytes = fc.uint8Array({ minLength: 1, maxLength: 20 });

const words = fc
  .string({ unit: 'grapheme', maxLength: 16 })
  .map((text) => text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '-'));
const someWords = words.filter((text) => text !== '');
/** White space around a URL does not count. */
const url = fc.stringMatching(/^[!-~]{1,20}$/);
const token = fc.stringMatching(/^[A-Za-z0-9._:-]{1,12}$/);

const list = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> =>
  fc.array(one, { minLength: 1, maxLength: 2 });

const foreign = fc
  .tuple(
    token.filter((name) => /^[A-Za-z]+$/.test(name)),
    someWords,
    words,
  )
  .map(([name, text, value]) => ({
    namespace: 'urn:example:foreign',
    name,
    attributes: new Map([['a', value]]),
    children: [text],
  }));

const descriptor: fc.Arbitrary<Descriptor> = fc
  .tuple(words, some<Descriptor>({ schemeIdUri: words, value: words, id: words, children: list(foreign) }))
  .map(([schemeIdUri, rest]) => ({ ...rest, schemeIdUri }));
const descriptors = list(descriptor);

const protection: fc.Arbitrary<ContentProtection> = fc
  .tuple(
    words,
    some<ContentProtection>({
      schemeIdUri: words,
      value: words,
      defaultKid: fc.uuid(),
      children: list(
        fc.oneof(
          fc.record({ kind: fc.constant('pssh' as const), box: bytes }),
          fc.record({ kind: fc.constant('playready-object' as const), bytes }),
          fc.record({ kind: fc.constant('license-url' as const), url }),
          fc.record({ kind: fc.constant('license-url' as const), url, licenseType: words }),
          fc.record({ kind: fc.constant('authorization-url' as const), url }),
          fc.record({ kind: fc.constant('other' as const), element: foreign }),
        ),
      ),
    }),
  )
  .map(([schemeIdUri, rest]) => ({ ...rest, schemeIdUri }));

const event: fc.Arbitrary<MpdEvent> = fc
  .tuple(
    time,
    fc.oneof(
      fc.constant({ kind: 'none' as const }),
      fc.record({ kind: fc.constant('text' as const), text: someWords }),
      fc.record({ kind: fc.constant('bytes' as const), bytes }),
      fc.record({ kind: fc.constant('splice' as const), section: bytes }),
      fc.record({ kind: fc.constant('elements' as const), elements: list(foreign) }),
    ),
    some({ duration: time, id: unsigned }),
  )
  .map(([presentationTime, content, rest]) => ({ presentationTime, content, ...rest }));

const eventStream: fc.Arbitrary<EventStream> = fc
  .tuple(
    words,
    fc.array(event, { maxLength: 3 }),
    some({ value: words, timescale: unsigned, presentationTimeOffset: time }),
  )
  .map(([schemeIdUri, events, rest]) => ({ schemeIdUri, events, ...rest }));

const ratio = fc.record({ x: small, y: small });
const frameRate = fc.record({ numerator: small, denominator: fc.integer({ min: 1, max: 1001 }) });

const timeline = fc
  .tuple(fc.bigInt({ min: 0n, max: 2n ** 62n }), fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 12 }))
  .map(([start, durations]) => {
    let at = start;
    return compressTimeline(
      durations.map((duration, sequence) => {
        const entry = { time: ticks(at), duration, sequence };
        at += BigInt(duration);
        return entry;
      }),
    );
  });

const template: fc.Arbitrary<SegmentTemplate> = fc
  .tuple(
    small,
    some<Omit<SegmentTemplate, 'timescale'>>({
      presentationTimeOffset: time,
      eptDelta: fc.integer({ min: -1000, max: 1000 }),
      duration: unsigned,
      startNumber: unsigned,
      endNumber: unsigned,
      availabilityTimeOffset: fc.oneof(decimal, fc.constant(Number.POSITIVE_INFINITY)),
      availabilityTimeComplete: fc.boolean(),
      media: words,
      initialization: words,
      timeline,
    }),
  )
  .map(([timescale, rest]) => ({ timescale, ...rest }));

const baseUrl = fc
  .tuple(
    url,
    some({ serviceLocation: words, availabilityTimeOffset: decimal, availabilityTimeComplete: fc.boolean() }),
  )
  .map(([address, rest]) => ({ url: address, ...rest }));

const base = {
  profiles: list(token),
  width: unsigned,
  height: unsigned,
  sar: ratio,
  frameRate,
  audioSamplingRate: unsigned,
  mimeType: words,
  segmentProfiles: list(token),
  codecs: words,
  maximumSapPeriodSeconds: decimal,
  startWithSap: fc.integer({ min: 0, max: 6 }),
  maxPlayoutRate: decimal,
  codingDependency: fc.boolean(),
  scanType: fc.constantFrom('progressive' as const, 'interlaced' as const, 'unknown' as const),
  selectionPriority: unsigned,
  audioChannelConfigurations: descriptors,
  contentProtections: list(protection),
  essentialProperties: descriptors,
  supplementalProperties: descriptors,
  inbandEventStreams: list(
    fc
      .tuple(words, some({ value: words, timescale: unsigned }))
      .map(([schemeIdUri, rest]) => ({ schemeIdUri, ...rest })),
  ),
  labels: list(fc.tuple(words, some({ id: unsigned, lang: token })).map(([text, rest]) => ({ text, ...rest }))),
  producerReferenceTimes: list(
    fc
      .tuple(
        fc.record({ id: unsigned, wallClockTimeMs: dateMs, presentationTime: time }),
        some({
          inband: fc.boolean(),
          type: fc.constantFrom('encoder' as const, 'captured' as const, 'application' as const),
          applicationScheme: words,
          utcTiming: descriptor,
        }),
      )
      .map(([required, rest]) => ({ ...required, ...rest })),
  ),
  resyncs: list(some({ type: unsigned, dT: unsigned, dImax: decimal, dImin: decimal, marker: fc.boolean() })),
} satisfies { [K in keyof RepresentationBase]-?: unknown };

const representation: fc.Arbitrary<Representation> = fc
  .tuple(
    fc.record({ id: token, bandwidth: unsigned }),
    some<Omit<Representation, 'id' | 'bandwidth'>>({
      ...base,
      qualityRanking: unsigned,
      baseUrls: list(baseUrl),
      segmentTemplate: template,
    }),
  )
  .map(([required, rest]) => ({ ...required, ...rest }));

const adaptationSet: fc.Arbitrary<AdaptationSet> = fc
  .tuple(
    fc.array(representation, { maxLength: 2 }),
    some<Omit<AdaptationSet, 'representations'>>({
      ...base,
      id: unsigned,
      group: unsigned,
      lang: token,
      contentType: fc.constantFrom('video', 'audio', 'text', 'image', 'application', 'font'),
      par: ratio,
      minBandwidth: unsigned,
      maxBandwidth: unsigned,
      minWidth: unsigned,
      maxWidth: unsigned,
      minHeight: unsigned,
      maxHeight: unsigned,
      minFrameRate: frameRate,
      maxFrameRate: frameRate,
      segmentAlignment: fc.oneof(fc.boolean(), unsigned),
      bitstreamSwitching: fc.boolean(),
      accessibilities: descriptors,
      roles: descriptors,
      ratings: descriptors,
      viewpoints: descriptors,
      baseUrls: list(baseUrl),
      segmentTemplate: template,
    }),
  )
  .map(([representations, rest]) => ({ representations, ...rest }));

const period: fc.Arbitrary<Period> = fc
  .tuple(
    fc.array(adaptationSet, { maxLength: 2 }),
    some<Omit<Period, 'adaptationSets'>>({
      id: words,
      startSeconds: seconds,
      durationSeconds: seconds,
      baseUrls: list(baseUrl),
      assetIdentifier: descriptor,
      eventStreams: list(eventStream),
      supplementalProperties: descriptors,
    }),
  )
  .map(([adaptationSets, rest]) => ({ adaptationSets, ...rest }));

const latency = some({ referenceId: unsigned, targetMs: unsigned, minMs: unsigned, maxMs: unsigned });

/** Cloned, because records of fast-check have no prototype and plain objects have one. */
export const mpd: fc.Arbitrary<Mpd> = fc
  .tuple(
    fc.record({
      profiles: list(token),
      type: fc.constantFrom('static' as const, 'dynamic' as const),
      minBufferTimeSeconds: seconds,
      periods: fc.array(period, { maxLength: 2 }),
    }),
    some<Omit<Mpd, 'profiles' | 'type' | 'minBufferTimeSeconds' | 'periods'>>({
      id: words,
      availabilityStartTimeMs: dateMs,
      availabilityEndTimeMs: dateMs,
      publishTimeMs: dateMs,
      mediaPresentationDurationSeconds: seconds,
      minimumUpdatePeriodSeconds: seconds,
      timeShiftBufferDepthSeconds: seconds,
      suggestedPresentationDelaySeconds: seconds,
      maxSegmentDurationSeconds: seconds,
      programInformation: list(
        some({ title: words, source: words, copyright: words, lang: token, moreInformationUrl: url }),
      ),
      baseUrls: list(baseUrl),
      locations: list(url),
      serviceDescriptions: list(
        some({
          id: unsigned,
          scopes: descriptors,
          latency,
          playbackRate: some({ min: decimal, max: decimal }),
        }),
      ),
      essentialProperties: descriptors,
      supplementalProperties: descriptors,
      utcTimings: descriptors,
      leapSecondInformation: fc
        .tuple(
          fc.integer({ min: -100, max: 100 }),
          some({
            nextAvailabilityStartLeapOffset: fc.integer({ min: -100, max: 100 }),
            nextLeapChangeTimeMs: dateMs,
          }),
        )
        .map(([availabilityStartLeapOffset, rest]) => ({ availabilityStartLeapOffset, ...rest })),
    }),
  )
  .map(([required, rest]) => structuredClone({ ...required, ...rest }));
