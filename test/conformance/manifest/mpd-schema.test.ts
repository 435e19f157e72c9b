import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Presentation } from '../../../src-main/core/ports/presentation.ts';
import { checkMpdSchema } from '../../../src-main/manifest/dash/check/check-schema.ts';
import { writeMpd } from '../../../src-main/manifest/dash/mpd.ts';
import { MPD_NAMESPACE } from '../../../src-main/manifest/dash/namespaces.ts';
import type { XmlElement } from '../../../src-main/manifest/dash/xml.ts';
import { readXml } from '../../../src-main/manifest/dash/xml-reader.ts';
import { parseWebVtt } from '../../../src-main/media/text/webvtt.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { FAKE_START_MS, fakePresentation, fakePublication } from '../../support/fake-presentation.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { packagedStream } from '../../support/packaged-stream.ts';
import { mpd } from '../../unit/manifest/dash/mpd-arbitraries.ts';

/**
 * The MPD schema as far as we write it: for each element its attributes (required ones with `!`) and its children in the order that
 * xs:sequence asks for (one at most without `*`). Written from the tables and the schema of ISO/IEC 23009-1:2022 by hand, apart from the
 * writers, so that both would have to be wrong in the same way.
 */
const DESCRIPTOR = { attributes: 'schemeIdUri! value id', children: '' };
const COMMON_ATTRIBUTES =
  'profiles width height sar frameRate audioSamplingRate mimeType segmentProfiles codecs maximumSAPPeriod startWithSAP maxPlayoutRate codingDependency scanType selectionPriority tag';
const COMMON_CHILDREN =
  'FramePacking* AudioChannelConfiguration* ContentProtection* OutputProtection EssentialProperty* SupplementalProperty* InbandEventStream* Switching* RandomAccess* GroupLabel* Label* ProducerReferenceTime* ContentPopularityRate* Resync*';

const SCHEMA: Readonly<Record<string, { readonly attributes: string; readonly children: string }>> = {
  MPD: {
    attributes:
      'id profiles! type availabilityStartTime availabilityEndTime publishTime mediaPresentationDuration minimumUpdatePeriod minBufferTime! timeShiftBufferDepth suggestedPresentationDelay maxSegmentDuration maxSubsegmentDuration',
    children:
      'ProgramInformation* BaseURL* Location* PatchLocation* ServiceDescription* InitializationSet* InitializationGroup* InitializationPresentation* ContentProtection* Period* Metrics* EssentialProperty* SupplementalProperty* UTCTiming* LeapSecondInformation',
  },
  ProgramInformation: { attributes: 'lang moreInformationURL', children: 'Title Source Copyright' },
  Title: { attributes: '', children: '' },
  Source: { attributes: '', children: '' },
  Copyright: { attributes: '', children: '' },
  BaseURL: {
    attributes:
      'serviceLocation byteRange availabilityTimeOffset availabilityTimeComplete timeShiftBufferDepth rangeAccess',
    children: '',
  },
  Location: { attributes: '', children: '' },
  ServiceDescription: {
    attributes: 'id',
    children: 'Scope* Latency* PlaybackRate* OperatingQuality* OperatingBandwidth*',
  },
  Latency: { attributes: 'referenceId target max min', children: 'QualityLatency*' },
  PlaybackRate: { attributes: 'max min', children: '' },
  Period: {
    attributes: 'id start duration bitstreamSwitching',
    children:
      'BaseURL* SegmentBase SegmentList SegmentTemplate AssetIdentifier EventStream* ServiceDescription* ContentProtection* AdaptationSet* Subset* SupplementalProperty* EmptyAdaptationSet* GroupLabel* Preselection*',
  },
  EventStream: { attributes: 'schemeIdUri! value timescale presentationTimeOffset', children: 'Event*' },
  InbandEventStream: { attributes: 'schemeIdUri! value timescale presentationTimeOffset', children: 'Event*' },
  Event: { attributes: 'presentationTime duration id contentEncoding messageData', children: '' },
  AdaptationSet: {
    attributes: `${COMMON_ATTRIBUTES} id group lang contentType par minBandwidth maxBandwidth minWidth maxWidth minHeight maxHeight minFrameRate maxFrameRate segmentAlignment subsegmentAlignment subsegmentStartsWithSAP bitstreamSwitching initializationSetRef`,
    children: `${COMMON_CHILDREN} Accessibility* Role* Rating* Viewpoint* ContentComponent* BaseURL* SegmentBase SegmentList SegmentTemplate Representation*`,
  },
  Representation: {
    attributes: `${COMMON_ATTRIBUTES} id! bandwidth! qualityRanking dependencyId associationId associationType mediaStreamStructureId`,
    children: `${COMMON_CHILDREN} BaseURL* ExtendedBandwidth* SubRepresentation* SegmentBase SegmentList SegmentTemplate`,
  },
  SegmentTemplate: {
    attributes:
      'timescale eptDelta presentationTimeOffset presentationDuration timeShiftBufferDepth indexRange indexRangeExact availabilityTimeOffset availabilityTimeComplete duration startNumber endNumber media index initialization bitstreamSwitching',
    children: 'Initialization RepresentationIndex FailoverContent SegmentTimeline BitstreamSwitching',
  },
  SegmentTimeline: { attributes: '', children: 'S*' },
  S: { attributes: 't n d! r k', children: '' },
  Label: { attributes: 'id lang', children: '' },
  ProducerReferenceTime: {
    attributes: 'id! inband type applicationScheme wallClockTime! presentationTime!',
    children: 'UTCTiming',
  },
  Resync: { attributes: 'type dT dImax dImin marker', children: '' },
  LeapSecondInformation: {
    attributes: 'availabilityStartLeapOffset! nextAvailabilityStartLeapOffset nextLeapChangeTime',
    children: '',
  },
  Scope: DESCRIPTOR,
  AssetIdentifier: DESCRIPTOR,
  AudioChannelConfiguration: DESCRIPTOR,
  ContentProtection: { attributes: 'schemeIdUri! value id ref refId robustness', children: '' },
  EssentialProperty: DESCRIPTOR,
  SupplementalProperty: DESCRIPTOR,
  Accessibility: DESCRIPTOR,
  Role: DESCRIPTOR,
  Rating: DESCRIPTOR,
  Viewpoint: DESCRIPTOR,
  UTCTiming: DESCRIPTOR,
};

function assertValid(element: XmlElement): void {
  const rule = SCHEMA[element.name];
  assert.ok(rule !== undefined, `${element.name} is no element of the schema`);
  const declared = rule.attributes.split(' ');
  const names = [...element.attributes.keys()].filter((name) => !name.startsWith('{'));
  for (const name of names) {
    assert.ok(
      declared.includes(name) || declared.includes(`${name}!`),
      `${element.name}@${name} is not in the schema`,
    );
  }
  for (const required of declared.filter((name) => name.endsWith('!'))) {
    assert.ok(names.includes(required.slice(0, -1)), `${element.name}@${required} is missing`);
  }
  const sequence = rule.children.split(' ');
  let position = 0;
  for (const child of element.children) {
    if (typeof child === 'object' && child.namespace === MPD_NAMESPACE) {
      const found = sequence.findIndex(
        (entry, index) => index >= position && entry.replace('*', '') === child.name,
      );
      assert.ok(found >= 0, `${child.name} stands in a wrong place in ${element.name}`);
      position = sequence[found]!.endsWith('*') ? found : found + 1;
      assertValid(child);
    }
  }
}

test('any MPD that is written has the elements and attributes of the schema, in its order', () => {
  fc.assert(
    fc.property(mpd, (model) => {
      assertValid(readXml(writeMpd(model)));
    }),
    { numRuns: 100 },
  );
});

test('the check itself refuses what the schema refuses', () => {
  const root = (content: string): XmlElement =>
    readXml(`<MPD xmlns="${MPD_NAMESPACE}" profiles="p" minBufferTime="PT1S">${content}</MPD>`);

  assert.throws(
    () => assertValid(root('<UTCTiming schemeIdUri="x"/><Period/>')),
    /Period stands in a wrong place/,
  );
  assert.throws(() => assertValid(root('<UTCTiming value="x"/>')), /schemeIdUri! is missing/);
  assert.throws(() => assertValid(root('<Period begin="x"/>')), /Period@begin is not in the schema/);
  assert.throws(
    () =>
      assertValid(
        root(
          '<LeapSecondInformation availabilityStartLeapOffset="1"/><LeapSecondInformation availabilityStartLeapOffset="1"/>',
        ),
      ),
    /wrong place/,
  );
});

const FILES = join(import.meta.dirname, '..', '..', 'fixtures', 'manifests');
/** Models that nobody has: without Periods, with words and numbers that are none of the schema's. */
const MADE_UP = /^MPD has no Period|of the wrong kind/;

const messages = (document: string): readonly string[] => checkMpdSchema(document).map(({ message }) => message);

test('any MPD that is written has its elements and attributes by the schema of the checker too', () => {
  fc.assert(
    fc.property(mpd, (model) => {
      const found = messages(writeMpd(model));
      assert.deepEqual(
        found.filter((one) => !MADE_UP.test(one)),
        [],
      );
    }),
    { numRuns: 100 },
  );
});

test('the MPDs on file are valid: live, closing, recorded, encrypted, with events, Periods and many languages', () => {
  const files = globSync('**/*.mpd', { cwd: FILES });

  const faults = files.flatMap((file) =>
    messages(readFileSync(join(FILES, file), 'utf8')).map((message) => `${file}: ${message}`),
  );

  assert.deepEqual(faults, []);
  const kinds = ['low-latency', 'whole-segments', 'ended', 'encrypted', 'cues', 'stopping', 'many-tracks'];
  assert.deepEqual(
    kinds.filter((kind) => !files.some((file) => file.startsWith(kind))),
    [],
  );
});

test('the MPD of a recording with texts is valid', () => {
  const fake = fakePresentation();
  fake.segments(4);
  fake.end();
  const presentation: Presentation = {
    ...fake.presentation,
    texts: () => [
      {
        ...{ kind: 'text', id: 'subtitles-1', name: 'subtitles', bitrate: 300, language: 'de-AT' },
        shownAs: {
          label: 'Untertitel & mehr',
          hidden: false,
          isDefault: false,
          forced: true,
          characteristics: [],
          role: 'subtitle',
        },
        zero: { time: ticks(BigInt(FAKE_START_MS) * 90n), timescale: 90_000 },
        text: parseWebVtt(Buffer.from('WEBVTT\n\n00:01.000 --> 00:02.000\nHallo\n')),
        source: { format: 'vtt', bytes: Buffer.from('WEBVTT') },
      },
    ],
  };
  const stream = packagedStream(fakePublication(presentation), manualClock(fake.edgeMs() + 120_000));

  const document = stream.text('manifest(format=mpd-time-cmaf)');

  assert.match(document, /contentType="text"/);
  assert.deepEqual(messages(document), []);
});
