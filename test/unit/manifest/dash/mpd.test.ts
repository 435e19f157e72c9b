import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Mpd, parseMpd, writeMpd } from '../../../../src-main/manifest/dash/mpd.ts';
import { PERIOD_CONTINUITY } from '../../../../src-main/manifest/dash/period.ts';
import { compressTimeline, writeTimelineRuns } from '../../../../src-main/manifest/dash/segment-timeline.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';

const START = Date.UTC(2026, 10, 20, 12, 0, 0);
const KID = '10000000-1000-1000-1000-100000000001';

const recording: Mpd = {
  profiles: ['urn:mpeg:dash:profile:isoff-live:2011'],
  type: 'static',
  mediaPresentationDurationSeconds: 3725.5,
  minBufferTimeSeconds: 2,
  programInformation: [{ title: 'News & weather' }],
  periods: [
    {
      id: '0',
      startSeconds: 0,
      adaptationSets: [
        {
          id: 1,
          contentType: 'video',
          mimeType: 'video/mp4',
          codecs: 'avc1.64001f',
          par: { x: 16, y: 9 },
          sar: { x: 1, y: 1 },
          frameRate: { numerator: 30_000, denominator: 1001 },
          segmentAlignment: true,
          startWithSap: 1,
          segmentTemplate: {
            timescale: 90_000,
            media: 'QualityLevels($Bandwidth$)/Fragments(video=$Time$,format=mpd-time-cmaf)',
            initialization: 'QualityLevels($Bandwidth$)/Fragments(video=i,format=mpd-time-cmaf)',
            timeline: [{ time: ticks(0), duration: 180_180, repeat: 9 }],
          },
          representations: [
            { id: 'video_2500000', bandwidth: 2_500_000, width: 1280, height: 720 },
            { id: 'video_1200000', bandwidth: 1_200_000, width: 854, height: 480, sar: { x: 1280, y: 1281 } },
          ],
        },
      ],
    },
  ],
};

test('a recording is a static MPD', () => {
  assert.equal(
    writeMpd(recording),
    `<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" type="static" mediaPresentationDuration="PT1H2M5.5S" minBufferTime="PT2S">
<ProgramInformation>
<Title>News &amp; weather</Title>
</ProgramInformation>
<Period id="0" start="PT0S">
<AdaptationSet id="1" contentType="video" par="16:9" segmentAlignment="true" mimeType="video/mp4" codecs="avc1.64001f" sar="1:1" frameRate="30000/1001" startWithSAP="1">
<SegmentTemplate timescale="90000" media="QualityLevels($Bandwidth$)/Fragments(video=$Time$,format=mpd-time-cmaf)" initialization="QualityLevels($Bandwidth$)/Fragments(video=i,format=mpd-time-cmaf)">
<SegmentTimeline>
<S t="0" d="180180" r="9"/>
</SegmentTimeline>
</SegmentTemplate>
<Representation id="video_2500000" bandwidth="2500000" width="1280" height="720"/>
<Representation id="video_1200000" bandwidth="1200000" width="854" height="480" sar="1280:1281"/>
</AdaptationSet>
</Period>
</MPD>
`,
  );
});

/** A dynamic MPD with everything: two Periods, protection, events, low latency. */
const live: Mpd = {
  id: 'show',
  profiles: ['urn:mpeg:dash:profile:isoff-live:2011', 'http://www.dashif.org/guidelines/low-latency-live-v5'],
  type: 'dynamic',
  availabilityStartTimeMs: START,
  publishTimeMs: START + 61_500,
  minimumUpdatePeriodSeconds: 2,
  minBufferTimeSeconds: 1,
  timeShiftBufferDepthSeconds: 21_600,
  suggestedPresentationDelaySeconds: 3,
  maxSegmentDurationSeconds: 2.002,
  baseUrls: [{ url: 'https://example.com/a/', serviceLocation: 'a', availabilityTimeOffset: 0.5 }],
  locations: ['https://example.com/live.mpd'],
  serviceDescriptions: [
    {
      id: 0,
      scopes: [{ schemeIdUri: 'urn:dvb:dash:lowlatency:scope:2019' }],
      latency: { targetMs: 3000, minMs: 2000, maxMs: 6000, referenceId: 7 },
      playbackRate: { min: 0.96, max: 1.04 },
    },
  ],
  periods: [
    {
      id: 'p0',
      startSeconds: 0,
      durationSeconds: 30.03,
      assetIdentifier: { schemeIdUri: 'urn:example', value: 'x' },
      eventStreams: [
        {
          schemeIdUri: 'urn:scte:scte35:2014:xml+bin',
          timescale: 90_000,
          presentationTimeOffset: ticks(5),
          events: [
            {
              presentationTime: ticks(900_000),
              duration: ticks(2_700_000),
              id: 1,
              content: { kind: 'splice', section: Uint8Array.of(0xfc, 0x30) },
            },
          ],
        },
        {
          schemeIdUri: 'urn:example:events',
          value: '1',
          events: [
            { presentationTime: ticks(0), content: { kind: 'none' } },
            { presentationTime: ticks(1), content: { kind: 'text', text: 'a < b' } },
            { presentationTime: ticks(2), content: { kind: 'bytes', bytes: Uint8Array.of(1, 2) } },
            {
              presentationTime: ticks(3),
              content: {
                kind: 'elements',
                elements: [{ namespace: 'urn:x', name: 'Cue', attributes: new Map([['a', '1']]), children: [] }],
              },
            },
          ],
        },
      ],
      adaptationSets: [],
    },
    {
      id: 'p1',
      startSeconds: 30.03,
      adaptationSets: [
        {
          id: 2,
          group: 1,
          lang: 'en',
          contentType: 'audio',
          mimeType: 'audio/mp4',
          segmentProfiles: ['cmfc', 'cmfl'],
          codecs: 'mp4a.40.2',
          audioSamplingRate: 48_000,
          segmentAlignment: 1,
          startWithSap: 1,
          selectionPriority: 2,
          audioChannelConfigurations: [{ schemeIdUri: 'urn:mpeg:mpegB:cicp:ChannelConfiguration', value: '2' }],
          contentProtections: [
            { schemeIdUri: 'urn:mpeg:dash:mp4protection:2011', value: 'cbcs', defaultKid: KID },
            {
              schemeIdUri: 'urn:uuid:e2719d58-a985-b3c9-781a-b030af78d30e',
              value: 'ClearKey1.0',
              children: [
                { kind: 'pssh', box: Uint8Array.of(0, 0, 0, 8) },
                { kind: 'license-url', url: 'https://example.com/key?a=1&b=2', licenseType: 'EME-1.0' },
                { kind: 'authorization-url', url: 'https://example.com/token' },
              ],
            },
            {
              schemeIdUri: 'urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95',
              children: [
                { kind: 'playready-object', bytes: Uint8Array.of(9, 9) },
                {
                  kind: 'other',
                  element: { namespace: 'urn:y', name: 'Mine', attributes: new Map(), children: ['z'] },
                },
              ],
            },
          ],
          supplementalProperties: [{ schemeIdUri: PERIOD_CONTINUITY, value: 'p0' }],
          inbandEventStreams: [{ schemeIdUri: 'urn:scte:scte35:2013:bin', value: '1', timescale: 90_000 }],
          labels: [{ text: 'English <1>', id: 1, lang: 'en' }],
          producerReferenceTimes: [
            {
              id: 7,
              inband: true,
              type: 'captured',
              wallClockTimeMs: START + 30_030,
              presentationTime: ticks(1_441_440),
              utcTiming: { schemeIdUri: 'urn:mpeg:dash:utc:http-iso:2014', value: '/time' },
            },
          ],
          resyncs: [{ type: 2, dT: 9600, dImax: 0.5, dImin: 0.01, marker: true }],
          accessibilities: [{ schemeIdUri: 'urn:tva:metadata:cs:AudioPurposeCS:2007', value: '1' }],
          roles: [{ schemeIdUri: 'urn:mpeg:dash:role:2011', value: 'main' }],
          segmentTemplate: {
            timescale: 48_000,
            presentationTimeOffset: ticks(1_441_440),
            startNumber: 16,
            availabilityTimeOffset: 1.8,
            availabilityTimeComplete: false,
            media: '$RepresentationID$/$Number$.m4s',
            initialization: '$RepresentationID$/init.mp4',
            timeline: [
              { time: ticks(1_441_440), duration: 96_000, repeat: 3 },
              { time: ticks(1_825_440), duration: 95_232, repeat: 0 },
            ],
          },
          representations: [{ id: 'a1', bandwidth: 128_000, qualityRanking: 1 }],
        },
      ],
      supplementalProperties: [{ schemeIdUri: 'urn:example:period', id: 'x' }],
    },
  ],
  essentialProperties: [{ schemeIdUri: 'urn:example:essential' }],
  supplementalProperties: [{ schemeIdUri: 'urn:example:supplemental', value: 'v' }],
  utcTimings: [{ schemeIdUri: 'urn:mpeg:dash:utc:http-iso:2014', value: 'https://example.com/time' }],
  leapSecondInformation: {
    availabilityStartLeapOffset: 37,
    nextAvailabilityStartLeapOffset: 38,
    nextLeapChangeTimeMs: Date.UTC(2027, 0, 1),
  },
};

test('a dynamic MPD has its elements and attributes as the schema spells them', () => {
  assert.equal(
    writeMpd(live),
    `<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" xmlns:cenc="urn:mpeg:cenc:2013" xmlns:mspr="urn:microsoft:playready" xmlns:dashif="https://dashif.org/CPS" id="show" profiles="urn:mpeg:dash:profile:isoff-live:2011,http://www.dashif.org/guidelines/low-latency-live-v5" type="dynamic" availabilityStartTime="2026-11-20T12:00:00.000Z" publishTime="2026-11-20T12:01:01.500Z" minimumUpdatePeriod="PT2S" minBufferTime="PT1S" timeShiftBufferDepth="PT6H" suggestedPresentationDelay="PT3S" maxSegmentDuration="PT2.002S">
<BaseURL serviceLocation="a" availabilityTimeOffset="0.5">https://example.com/a/</BaseURL>
<Location>https://example.com/live.mpd</Location>
<ServiceDescription id="0">
<Scope schemeIdUri="urn:dvb:dash:lowlatency:scope:2019"/>
<Latency referenceId="7" target="3000" max="6000" min="2000"/>
<PlaybackRate max="1.04" min="0.96"/>
</ServiceDescription>
<Period id="p0" start="PT0S" duration="PT30.03S">
<AssetIdentifier schemeIdUri="urn:example" value="x"/>
<EventStream schemeIdUri="urn:scte:scte35:2014:xml+bin" timescale="90000" presentationTimeOffset="5">
<Event presentationTime="900000" duration="2700000" id="1"><scte35:Signal xmlns:scte35="http://www.scte.org/schemas/35/2016"><scte35:Binary>/DA=</scte35:Binary></scte35:Signal></Event>
</EventStream>
<EventStream schemeIdUri="urn:example:events" value="1">
<Event presentationTime="0"/>
<Event presentationTime="1">a &lt; b</Event>
<Event presentationTime="2" contentEncoding="base64">AQI=</Event>
<Event presentationTime="3"><Cue xmlns="urn:x" a="1"/></Event>
</EventStream>
</Period>
<Period id="p1" start="PT30.03S">
<AdaptationSet id="2" group="1" contentType="audio" lang="en" segmentAlignment="1" mimeType="audio/mp4" segmentProfiles="cmfc cmfl" codecs="mp4a.40.2" audioSamplingRate="48000" startWithSAP="1" selectionPriority="2">
<AudioChannelConfiguration schemeIdUri="urn:mpeg:mpegB:cicp:ChannelConfiguration" value="2"/>
<ContentProtection schemeIdUri="urn:mpeg:dash:mp4protection:2011" value="cbcs" cenc:default_KID="${KID}"/>
<ContentProtection schemeIdUri="urn:uuid:e2719d58-a985-b3c9-781a-b030af78d30e" value="ClearKey1.0">
<cenc:pssh>AAAACA==</cenc:pssh>
<dashif:Laurl licenseType="EME-1.0">https://example.com/key?a=1&amp;b=2</dashif:Laurl>
<dashif:Authzurl>https://example.com/token</dashif:Authzurl>
</ContentProtection>
<ContentProtection schemeIdUri="urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95">
<mspr:pro>CQk=</mspr:pro>
<Mine xmlns="urn:y">z</Mine>
</ContentProtection>
<SupplementalProperty schemeIdUri="urn:mpeg:dash:period-continuity:2015" value="p0"/>
<InbandEventStream schemeIdUri="urn:scte:scte35:2013:bin" value="1" timescale="90000"/>
<Label id="1" lang="en">English &lt;1&gt;</Label>
<ProducerReferenceTime id="7" inband="true" type="captured" wallClockTime="2026-11-20T12:00:30.030Z" presentationTime="1441440">
<UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="/time"/>
</ProducerReferenceTime>
<Resync type="2" dT="9600" dImax="0.5" dImin="0.01" marker="true"/>
<Accessibility schemeIdUri="urn:tva:metadata:cs:AudioPurposeCS:2007" value="1"/>
<Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
<SegmentTemplate timescale="48000" presentationTimeOffset="1441440" startNumber="16" availabilityTimeOffset="1.8" availabilityTimeComplete="false" media="$RepresentationID$/$Number$.m4s" initialization="$RepresentationID$/init.mp4">
<SegmentTimeline>
<S t="1441440" d="96000" r="3"/>
<S d="95232"/>
</SegmentTimeline>
</SegmentTemplate>
<Representation id="a1" bandwidth="128000" qualityRanking="1"/>
</AdaptationSet>
<SupplementalProperty schemeIdUri="urn:example:period" id="x"/>
</Period>
<EssentialProperty schemeIdUri="urn:example:essential"/>
<SupplementalProperty schemeIdUri="urn:example:supplemental" value="v"/>
<UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="https://example.com/time"/>
<LeapSecondInformation availabilityStartLeapOffset="37" nextAvailabilityStartLeapOffset="38" nextLeapChangeTime="2027-01-01T00:00:00.000Z"/>
</MPD>
`,
  );
});

test('what was written is read back', () => {
  assert.deepEqual(parseMpd(writeMpd(recording)), recording);
  assert.deepEqual(parseMpd(writeMpd(live)), live);
});

test('a timeline may be given as pieces that were written before', () => {
  const segments = Array.from({ length: 6 }, (_, index) => ({
    time: ticks(index * 10),
    duration: 10,
    sequence: index,
  }));
  const pieces = [segments.slice(0, 3), segments.slice(3)].map((piece) =>
    writeTimelineRuns(compressTimeline(piece)),
  );
  const [period] = recording.periods;
  const [set] = period!.adaptationSets;
  const withTimeline = (timeline: NonNullable<NonNullable<typeof set>['segmentTemplate']>['timeline']): Mpd => ({
    ...recording,
    periods: [
      { ...period!, adaptationSets: [{ ...set!, segmentTemplate: { ...set!.segmentTemplate!, timeline } }] },
    ],
  });

  const text = writeMpd(withTimeline({ written: pieces }));

  assert.match(
    text,
    /<SegmentTimeline>\n<S t="0" d="10" r="2"\/>\n<S t="30" d="10" r="2"\/>\n<\/SegmentTimeline>/,
  );
  assert.deepEqual(parseMpd(text), withTimeline(compressTimeline(segments, 3)));
});

const mpdWith = (content: string, attributes = ''): string =>
  `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="p" minBufferTime="PT1S" ${attributes}>${content}</MPD>`;

test('an MPD that is not right is refused with the element and attribute', () => {
  const period = (content: string): string => mpdWith(`<Period>${content}</Period>`);
  const set = (content: string, attributes = ''): string =>
    period(`<AdaptationSet ${attributes}>${content}</AdaptationSet>`);
  const cases: readonly (readonly [text: string, message: RegExp])[] = [
    ['<MPD/>', /not an MPD/],
    ['<Other xmlns="urn:mpeg:dash:schema:mpd:2011"/>', /not an MPD/],
    [
      '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" minBufferTime="PT1S"/>',
      /MPD element MPD: attribute profiles is missing/,
    ],
    ['<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="p"/>', /attribute minBufferTime is missing/],
    [mpdWith('', 'type="live"'), /attribute type has a value/],
    [mpdWith('', 'publishTime="now"'), /attribute publishTime has a value/],
    [mpdWith('', 'minimumUpdatePeriod="P1M"'), /attribute minimumUpdatePeriod has a value/],
    [mpdWith('', 'minimumUpdatePeriod="2"'), /attribute minimumUpdatePeriod has a value/],
    [mpdWith('<UTCTiming value="x"/>'), /MPD element UTCTiming: attribute schemeIdUri is missing/],
    [mpdWith('<LeapSecondInformation/>'), /availabilityStartLeapOffset is missing/],
    [
      mpdWith(
        '<LeapSecondInformation availabilityStartLeapOffset="1"/><LeapSecondInformation availabilityStartLeapOffset="1"/>',
      ),
      /LeapSecondInformation is there twice/,
    ],
    [mpdWith('<ServiceDescription><Latency target="soon"/></ServiceDescription>'), /attribute target has a value/],
    [set('', 'id="-1"'), /attribute id has a value/],
    [set('', 'par="16/9"'), /attribute par has a value/],
    [set('', 'frameRate="30/0"'), /attribute frameRate has a value/],
    [set('', 'frameRate="29.97"'), /attribute frameRate has a value/],
    [set('', 'segmentAlignment="yes"'), /attribute segmentAlignment has a value/],
    [set('', 'audioSamplingRate="1 2 3"'), /attribute audioSamplingRate has a value/],
    [set('', 'audioSamplingRate=""'), /attribute audioSamplingRate has a value/],
    [set('', 'contentType="sound"'), /attribute contentType has a value/],
    [set('<Representation bandwidth="1"/>'), /attribute id is missing/],
    [set('<Representation id="a"/>'), /attribute bandwidth is missing/],
    [set('<Representation id="a" bandwidth="1.5"/>'), /attribute bandwidth has a value/],
    [set('<SegmentTemplate availabilityTimeOffset="soon"/>'), /attribute availabilityTimeOffset has a value/],
    [set('<SegmentTemplate/><SegmentTemplate/>'), /SegmentTemplate is there twice/],
    [set('<Resync dT="x"/>'), /attribute dT has a value/],
    [
      set('<ProducerReferenceTime id="1" wallClockTime="x" presentationTime="0"/>'),
      /attribute wallClockTime has a value/,
    ],
    [
      set('<ContentProtection schemeIdUri="x" xmlns:c="urn:mpeg:cenc:2013" c:default_KID="1"/>'),
      /default_KID has a value/,
    ],
    [
      set(
        '<ContentProtection schemeIdUri="x" xmlns:c="urn:mpeg:cenc:2013"><c:pssh>*</c:pssh></ContentProtection>',
      ),
      /content of pssh is not base64/,
    ],
    [
      period('<EventStream schemeIdUri="x"><Event presentationTime="-1"/></EventStream>'),
      /attribute presentationTime has a value/,
    ],
    [
      period('<EventStream schemeIdUri="x"><Event contentEncoding="base64">*</Event></EventStream>'),
      /content is not base64/,
    ],
  ];

  for (const [text, message] of cases) {
    assert.throws(
      () => parseMpd(text),
      (error) => {
        assert.ok(error instanceof AppError, text);
        assert.equal(error.code, 'media/malformed');
        assert.match(error.message, message);
        return true;
      },
      text,
    );
  }
});

test('what is not known is passed over, and defaults are those of the standard', () => {
  const mpd = parseMpd(
    mpdWith(
      `<!-- x --><Metrics metrics="m"/><x:Future xmlns:x="urn:x"/>
       <Period><SegmentBase/><AdaptationSet future="1" subsegmentAlignment="true"><Switching interval="1"/>
       <SegmentTemplate media="m" bitstreamSwitching="b"><SegmentTimeline><S d="5"/><Pattern/></SegmentTimeline></SegmentTemplate>
       <Representation id="a" bandwidth=" +5 " audioSamplingRate="24000 48000"/></AdaptationSet><Subset contains="1"/></Period>`,
      'xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="x" future="yes"',
    ),
  );

  assert.deepEqual(mpd, {
    profiles: ['p'],
    type: 'static',
    minBufferTimeSeconds: 1,
    periods: [
      {
        adaptationSets: [
          {
            segmentTemplate: { timescale: 1, media: 'm', timeline: [{ time: 0n, duration: 5, repeat: 0 }] },
            representations: [{ id: 'a', bandwidth: 5, audioSamplingRate: 48_000 }],
          },
        ],
      },
    ],
  });
});

test('prefixes are what the document says, not what is usual', () => {
  const mpd = parseMpd(
    `<d:MPD xmlns:d="urn:mpeg:dash:schema:mpd:2011" profiles="p" minBufferTime="PT1S"><d:Period><d:AdaptationSet>
     <d:ContentProtection schemeIdUri="x" xmlns:k="urn:mpeg:cenc:2013" k:default_KID="${KID.toUpperCase()}"><k:pssh> AQ == </k:pssh></d:ContentProtection>
     <cenc:ContentProtection xmlns:cenc="urn:other" schemeIdUri="not this one"/>
     </d:AdaptationSet></d:Period></d:MPD>`,
  );

  assert.deepEqual(mpd.periods[0]?.adaptationSets[0]?.contentProtections, [
    { schemeIdUri: 'x', defaultKid: KID, children: [{ kind: 'pssh', box: Uint8Array.of(1) }] },
  ]);
});

test('what an MPD has no words for is refused when it is written', () => {
  const [period] = recording.periods;
  const [set] = period!.adaptationSets;
  const withSet = (changes: object): Mpd => ({
    ...recording,
    periods: [{ ...period!, adaptationSets: [{ ...set!, ...changes }] }],
  });
  const bad: readonly Mpd[] = [
    { ...recording, minBufferTimeSeconds: -1 },
    { ...recording, minBufferTimeSeconds: Number.NaN },
    { ...recording, publishTimeMs: Number.NaN },
    withSet({ width: 1.5 }),
    withSet({ contentProtections: [{ schemeIdUri: 'x', defaultKid: KID.replaceAll('-', '') }] }),
    withSet({ resyncs: [{ dImax: Number.NaN }] }),
  ];

  for (const mpd of bad) {
    assert.throws(() => writeMpd(mpd), AppError);
  }
});

test('the longest time ahead at which a segment can be asked for is for ever', () => {
  const [period] = recording.periods;
  const [set] = period!.adaptationSets;
  const mpd: Mpd = {
    ...recording,
    periods: [
      {
        ...period!,
        adaptationSets: [
          {
            ...set!,
            segmentTemplate: { ...set!.segmentTemplate!, availabilityTimeOffset: Number.POSITIVE_INFINITY },
          },
        ],
      },
    ],
  };

  assert.match(writeMpd(mpd), /availabilityTimeOffset="INF"/);
  assert.deepEqual(parseMpd(writeMpd(mpd)), mpd);
});
