import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type MediaPlaylist,
  writeMediaHeader,
  writeMediaPlaylist,
  writeMediaTail,
} from '../../../../src-main/manifest/hls/media-playlist.ts';
import {
  type MediaSegment,
  writeSegment,
  writeSegmentTags,
} from '../../../../src-main/manifest/hls/media-segment.ts';
import { parseMediaPlaylist } from '../../../../src-main/manifest/hls/parse-media-playlist.ts';
import { featuresOf } from '../../../../src-main/manifest/hls/protocol-version.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';

const NOON = Date.UTC(2026, 10, 20, 12, 0, 0);

const lines = (...all: readonly string[]): string => `${all.join('\n')}\n`;

test('a finished recording is a VOD playlist', () => {
  const playlist: MediaPlaylist = {
    independentSegments: true,
    targetDurationSeconds: 2,
    mediaSequence: 0,
    playlistType: 'VOD',
    segments: [
      { map: { uri: 'init.mp4' }, programDateTimeMs: NOON, durationSeconds: 2, uri: 'seg0.m4s' },
      { durationSeconds: 2.002, uri: 'seg1.m4s' },
      { durationSeconds: 0.7340066, uri: 'seg2.m4s' },
    ],
    endList: true,
  };

  const text = writeMediaPlaylist(playlist);

  assert.equal(
    text,
    lines(
      '#EXTM3U',
      '#EXT-X-VERSION:6',
      '#EXT-X-INDEPENDENT-SEGMENTS',
      '#EXT-X-TARGETDURATION:2',
      '#EXT-X-MEDIA-SEQUENCE:0',
      '#EXT-X-PLAYLIST-TYPE:VOD',
      '#EXT-X-MAP:URI="init.mp4"',
      '#EXT-X-PROGRAM-DATE-TIME:2026-11-20T12:00:00.000Z',
      '#EXTINF:2,',
      'seg0.m4s',
      '#EXTINF:2.002,',
      'seg1.m4s',
      '#EXTINF:0.734007,',
      'seg2.m4s',
      '#EXT-X-ENDLIST',
    ),
  );
});

test('a live window in the way of Azure Media Services has version 3, dates and no cache', () => {
  const playlist: MediaPlaylist = {
    targetDurationSeconds: 6,
    mediaSequence: 31,
    allowCache: false,
    segments: [
      { programDateTimeMs: NOON, durationSeconds: 6.006, uri: 'Fragments(video=16236220,format=m3u8-aapl-v3)' },
      { programDateTimeMs: NOON + 6006, durationSeconds: 6, uri: 'Fragments(video=16776760,format=m3u8-aapl-v3)' },
    ],
  };

  assert.equal(
    writeMediaPlaylist(playlist),
    lines(
      '#EXTM3U',
      '#EXT-X-VERSION:3',
      '#EXT-X-TARGETDURATION:6',
      '#EXT-X-MEDIA-SEQUENCE:31',
      '#EXT-X-ALLOW-CACHE:NO',
      '#EXT-X-PROGRAM-DATE-TIME:2026-11-20T12:00:00.000Z',
      '#EXTINF:6.006,',
      'Fragments(video=16236220,format=m3u8-aapl-v3)',
      '#EXT-X-PROGRAM-DATE-TIME:2026-11-20T12:00:06.006Z',
      '#EXTINF:6,',
      'Fragments(video=16776760,format=m3u8-aapl-v3)',
    ),
  );
});

/** A low-latency playlist with everything: a break, a gap, parts, an open segment, hints and reports. */
const lowLatency: MediaPlaylist = {
  independentSegments: true,
  targetDurationSeconds: 2,
  serverControl: {
    canBlockReload: true,
    canSkipUntilSeconds: 12,
    canSkipDateRanges: true,
    holdBackSeconds: 6,
    partHoldBackSeconds: 1.2,
  },
  partTargetSeconds: 0.4,
  mediaSequence: 266,
  discontinuitySequence: 1,
  dateRanges: [
    {
      id: 'break-1',
      startDateMs: NOON + 2000,
      plannedDurationSeconds: 30,
      scte35Out: Uint8Array.of(0xfc, 0x30, 0x21),
    },
  ],
  segments: [
    { map: { uri: 'i1.mp4' }, programDateTimeMs: NOON, durationSeconds: 2, uri: '266.m4s' },
    {
      discontinuity: true,
      map: { uri: 'i2.mp4', byteRange: { length: 720, offset: 0 } },
      programDateTimeMs: NOON + 5000,
      gap: true,
      durationSeconds: 2,
      uri: '267.m4s',
    },
    {
      programDateTimeMs: NOON + 7000,
      parts: [
        { durationSeconds: 0.4, uri: '268.0.m4s', independent: true },
        { durationSeconds: 0.4, uri: '268.1.m4s' },
        { durationSeconds: 0.2, uri: '268.2.m4s', gap: true },
      ],
      durationSeconds: 1,
      uri: '268.m4s',
    },
  ],
  open: {
    programDateTimeMs: NOON + 8000,
    parts: [{ durationSeconds: 0.4, uri: '269.m4s', byteRange: { length: 1200, offset: 0 }, independent: true }],
  },
  preloadHints: [{ type: 'PART', uri: '269.m4s', byteRangeStart: 1200 }],
  renditionReports: [{ uri: '../audio/live.m3u8', lastMediaSequence: 269, lastPart: 0 }],
};

test('a low-latency playlist has its tags in the places where the standard wants them', () => {
  assert.equal(
    writeMediaPlaylist(lowLatency),
    lines(
      '#EXTM3U',
      '#EXT-X-VERSION:6',
      '#EXT-X-INDEPENDENT-SEGMENTS',
      '#EXT-X-TARGETDURATION:2',
      '#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12,CAN-SKIP-DATERANGES=YES,HOLD-BACK=6,PART-HOLD-BACK=1.2',
      '#EXT-X-PART-INF:PART-TARGET=0.4',
      '#EXT-X-MEDIA-SEQUENCE:266',
      '#EXT-X-DISCONTINUITY-SEQUENCE:1',
      '#EXT-X-DATERANGE:ID="break-1",START-DATE="2026-11-20T12:00:02.000Z",PLANNED-DURATION=30,SCTE35-OUT=0xFC3021',
      '#EXT-X-MAP:URI="i1.mp4"',
      '#EXT-X-PROGRAM-DATE-TIME:2026-11-20T12:00:00.000Z',
      '#EXTINF:2,',
      '266.m4s',
      '#EXT-X-DISCONTINUITY',
      '#EXT-X-MAP:URI="i2.mp4",BYTERANGE="720@0"',
      '#EXT-X-PROGRAM-DATE-TIME:2026-11-20T12:00:05.000Z',
      '#EXT-X-GAP',
      '#EXTINF:2,',
      '267.m4s',
      '#EXT-X-PROGRAM-DATE-TIME:2026-11-20T12:00:07.000Z',
      '#EXT-X-PART:DURATION=0.4,URI="268.0.m4s",INDEPENDENT=YES',
      '#EXT-X-PART:DURATION=0.4,URI="268.1.m4s"',
      '#EXT-X-PART:DURATION=0.2,URI="268.2.m4s",GAP=YES',
      '#EXTINF:1,',
      '268.m4s',
      '#EXT-X-PROGRAM-DATE-TIME:2026-11-20T12:00:08.000Z',
      '#EXT-X-PART:DURATION=0.4,URI="269.m4s",BYTERANGE="1200@0",INDEPENDENT=YES',
      '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="269.m4s",BYTERANGE-START=1200',
      '#EXT-X-RENDITION-REPORT:URI="../audio/live.m3u8",LAST-MSN=269,LAST-PART=0',
    ),
  );
});

test('a delta update has version 9, with date ranges 10', () => {
  const delta = { ...lowLatency, segments: lowLatency.segments.slice(2), dateRanges: undefined };

  const segmentsOnly = writeMediaPlaylist({ ...delta, skip: { skippedSegments: 2 } });
  const withDateRanges = writeMediaPlaylist({
    ...delta,
    skip: { skippedSegments: 2, recentlyRemovedDateRanges: ['a', 'b'] },
  });

  assert.match(segmentsOnly, /^#EXT-X-VERSION:9$/m);
  assert.match(segmentsOnly, /^#EXT-X-SKIP:SKIPPED-SEGMENTS=2$/m);
  assert.match(withDateRanges, /^#EXT-X-VERSION:10$/m);
  assert.match(withDateRanges, /^#EXT-X-SKIP:SKIPPED-SEGMENTS=2,RECENTLY-REMOVED-DATERANGES="a\tb"$/m);
});

test('a playlist of I-frames has byte ranges and version 5', () => {
  const playlist: MediaPlaylist = {
    targetDurationSeconds: 2,
    mediaSequence: 0,
    playlistType: 'VOD',
    iFramesOnly: true,
    segments: [
      {
        map: { uri: 'v.mp4', byteRange: { length: 800, offset: 0 } },
        durationSeconds: 2,
        byteRange: { length: 9000, offset: 800 },
        uri: 'v.mp4',
      },
      { durationSeconds: 2, byteRange: { length: 8000 }, uri: 'v.mp4' },
    ],
    endList: true,
  };

  assert.equal(
    writeMediaPlaylist(playlist),
    lines(
      '#EXTM3U',
      '#EXT-X-VERSION:5',
      '#EXT-X-TARGETDURATION:2',
      '#EXT-X-MEDIA-SEQUENCE:0',
      '#EXT-X-PLAYLIST-TYPE:VOD',
      '#EXT-X-I-FRAMES-ONLY',
      '#EXT-X-MAP:URI="v.mp4",BYTERANGE="800@0"',
      '#EXTINF:2,',
      '#EXT-X-BYTERANGE:9000@800',
      'v.mp4',
      '#EXTINF:2,',
      '#EXT-X-BYTERANGE:8000',
      'v.mp4',
      '#EXT-X-ENDLIST',
    ),
  );
});

test('keys stand behind the map, so that the init section is clear, unless they shall cover it', () => {
  const iv = new Uint8Array(16).fill(0xab);
  const tags = {
    map: { uri: 'init.mp4' },
    keys: [
      { method: 'AES-128', uri: 'key', iv },
      {
        method: 'SAMPLE-AES',
        uri: 'skd://id',
        keyFormat: 'com.apple.streamingkeydelivery',
        keyFormatVersions: [1],
      },
    ],
  } as const;

  assert.equal(
    writeSegmentTags(tags),
    lines(
      '#EXT-X-MAP:URI="init.mp4"',
      '#EXT-X-KEY:METHOD=AES-128,URI="key",IV=0xABABABABABABABABABABABABABABABAB',
      '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://id",KEYFORMAT="com.apple.streamingkeydelivery",KEYFORMATVERSIONS="1"',
    ),
  );
  assert.ok(writeSegmentTags({ ...tags, keysCoverMap: true }).endsWith('#EXT-X-MAP:URI="init.mp4"\n'));
  assert.equal(writeSegmentTags({ keys: [{ method: 'NONE' }] }), '#EXT-X-KEY:METHOD=NONE\n');
});

test('the pieces put together are the whole', () => {
  const header = writeMediaHeader(lowLatency, featuresOf(lowLatency.segments, lowLatency.open));
  const blocks = lowLatency.segments.map(writeSegment);

  assert.equal(header + blocks.join('') + writeMediaTail(lowLatency), writeMediaPlaylist(lowLatency));
});

test('the lines of a segment do not depend on where it stands', () => {
  const alone = writeSegment(lowLatency.segments[1]!);

  const text = writeMediaPlaylist({ ...lowLatency, segments: lowLatency.segments.toReversed() });

  assert.ok(text.includes(alone));
});

test('dates, cues, start and variables are written as the standard spells them', () => {
  const text = writeMediaPlaylist({
    start: { timeOffsetSeconds: -12.5, precise: true },
    defines: [
      { kind: 'value', name: 'host', value: 'example.com' },
      { kind: 'import', name: 'token' },
      { kind: 'query-parameter', name: 'session_id' },
    ],
    targetDurationSeconds: 2,
    mediaSequence: 4,
    segments: [
      {
        bitrateKbps: 2500,
        dateRanges: [
          {
            id: 'ad',
            class: 'com.apple.hls.interstitial',
            startDateMs: NOON,
            cue: ['ONCE', 'PRE'],
            endDateMs: NOON + 15_000,
            durationSeconds: 15,
            extensions: {
              'X-ASSET-URI': 'https://example.com/ad.m3u8',
              'X-RESUME-OFFSET': -0.5,
              'X-COM-EXAMPLE-RAW': Uint8Array.of(1),
            },
            scte35Command: Uint8Array.of(1),
            scte35In: Uint8Array.of(2),
          },
          { id: 'chapter', class: 'c', startDateMs: NOON, endOnNext: true },
        ],
        cues: [
          {
            id: '7',
            type: 'SpliceOut',
            durationSeconds: 30,
            timeSeconds: 61.5,
            elapsedSeconds: 2,
            cue: 'SpliceOut',
          },
        ],
        unknownTags: ['#EXT-X-CUSTOM:whatever'],
        durationSeconds: 2,
        title: 'The news, part 1',
        uri: '4.ts',
      },
    ],
  });

  assert.equal(
    text,
    lines(
      '#EXTM3U',
      '#EXT-X-VERSION:11',
      '#EXT-X-START:TIME-OFFSET=-12.5,PRECISE=YES',
      '#EXT-X-DEFINE:NAME="host",VALUE="example.com"',
      '#EXT-X-DEFINE:IMPORT="token"',
      '#EXT-X-DEFINE:QUERYPARAM="session_id"',
      '#EXT-X-TARGETDURATION:2',
      '#EXT-X-MEDIA-SEQUENCE:4',
      '#EXT-X-BITRATE:2500',
      '#EXT-X-DATERANGE:ID="ad",CLASS="com.apple.hls.interstitial",START-DATE="2026-11-20T12:00:00.000Z",CUE="ONCE,PRE",END-DATE="2026-11-20T12:00:15.000Z",DURATION=15,X-ASSET-URI="https://example.com/ad.m3u8",X-RESUME-OFFSET=-0.5,X-COM-EXAMPLE-RAW=0x01,SCTE35-CMD=0x01,SCTE35-IN=0x02',
      '#EXT-X-DATERANGE:ID="chapter",CLASS="c",START-DATE="2026-11-20T12:00:00.000Z",END-ON-NEXT=YES',
      '#EXT-X-CUE:ID="7",TYPE="SpliceOut",DURATION=30,TIME=61.5,ELAPSED=2,CUE="SpliceOut"',
      '#EXT-X-CUSTOM:whatever',
      '#EXTINF:2,The news, part 1',
      '4.ts',
    ),
  );
});

test('a playlist of version 1 has no version tag', () => {
  const text = writeMediaPlaylist({
    targetDurationSeconds: 10,
    mediaSequence: 0,
    segments: [{ durationSeconds: 10, uri: 'a.ts' }],
  });

  assert.equal(
    text,
    lines('#EXTM3U', '#EXT-X-TARGETDURATION:10', '#EXT-X-MEDIA-SEQUENCE:0', '#EXTINF:10,', 'a.ts'),
  );
});

test('what would break out of its line is refused', () => {
  const base = { durationSeconds: 2, uri: 'a.ts' } as const;
  const segments: readonly MediaSegment[] = [
    { ...base, uri: '' },
    { ...base, uri: '#EXT-X-ENDLIST' },
    { ...base, uri: 'a.ts\n#EXT-X-ENDLIST' },
    { ...base, uri: 'a\rb.ts' },
    { ...base, title: 'one\n#EXT-X-ENDLIST' },
    { ...base, unknownTags: ['#EXT-X-A\nseg.ts'] },
    { ...base, unknownTags: ['seg.ts'] },
    { ...base, map: { uri: 'a"b' } },
    { ...base, parts: [{ uri: 'a\nb', durationSeconds: 1 }] },
    { ...base, dateRanges: [{ id: 'x"', startDateMs: 0 }] },
    { ...base, dateRanges: [{ id: 'x', startDateMs: 0, extensions: { 'X-a=1,B': 'y' } }] },
    { ...base, keys: [{ method: 'AES-128', uri: 'k', iv: new Uint8Array(8) }] },
    { ...base, keys: [{ method: 'SAMPLE-AES-CTR', uri: 'k', iv: new Uint8Array(16) }] },
    { ...base, durationSeconds: -1 },
    { ...base, durationSeconds: Number.NaN },
    { ...base, programDateTimeMs: Number.NaN },
    { ...base, byteRange: { length: -1, offset: 0 } },
    { ...base, bitrateKbps: 1.5 },
  ];

  for (const segment of segments) {
    assert.throws(() => writeSegment(segment), AppError, JSON.stringify(segment));
  }
});

test('what was written is read back', () => {
  assert.deepEqual(parseMediaPlaylist(writeMediaPlaylist(lowLatency)), { version: 6, ...lowLatency });
});
