import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMediaPlaylist } from '../../../../src-main/manifest/hls/parse-media-playlist.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';

const HEAD = '#EXTM3U\n#EXT-X-TARGETDURATION:4\n';

/** Reads `HEAD` and then the lines; the first of them is line 3. */
const parse = (...body: readonly string[]) => parseMediaPlaylist(`${HEAD}${body.join('\n')}\n`);

function assertRefused(text: string, message: RegExp, line: number | undefined): void {
  assert.throws(
    () => parseMediaPlaylist(text),
    (error) => {
      assert.ok(error instanceof AppError, text);
      assert.equal(error.code, 'media/malformed');
      assert.match(error.message, message);
      assert.equal(error.details['line'], line, text);
      return true;
    },
    text,
  );
}

test('what is not a playlist is refused', () => {
  assertRefused('', /first line is not #EXTM3U/, 1);
  assertRefused('#EXTM3U8\n', /first line is not #EXTM3U/, 1);
  assertRefused('\n#EXTM3U\n', /first line is not #EXTM3U/, 1);
  assertRefused(`\ufeff${HEAD}`, /first line is not #EXTM3U/, 1);
  assertRefused(`${HEAD}\u0000`, /control characters/, undefined);
  assertRefused(`${HEAD}#EXTINF:1,\na\rb\n`, /has a return in it/, 4);
  assertRefused('#EXTM3U\n', /EXT-X-TARGETDURATION is missing/, undefined);
});

test('a tag that is not right is refused with its line', () => {
  const cases: readonly (readonly [line: string, message: RegExp])[] = [
    ['#EXT-X-VERSION:0', /EXT-X-VERSION, line 3: it is at least 1/],
    ['#EXT-X-VERSION:x', /not a whole number/],
    ['#EXT-X-MEDIA-SEQUENCE:-1', /not a whole number/],
    ['#EXT-X-MEDIA-SEQUENCE:9007199254740992', /not a whole number/],
    ['#EXT-X-MEDIA-SEQUENCE:', /not a whole number/],
    ['#EXT-X-PLAYLIST-TYPE:LIVE', /it is EVENT or VOD/],
    ['#EXT-X-ALLOW-CACHE:no', /it is YES or NO/],
    ['#EXT-X-PART-INF:', /attribute list is not right/],
    ['#EXT-X-PART-INF:PART-TARGET="1"', /wrong kind/],
    ['#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=NO', /wrong kind/],
    ['#EXT-X-SKIP:RECENTLY-REMOVED-DATERANGES=""', /SKIPPED-SEGMENTS is missing/],
    ['#EXT-X-START:PRECISE=YES', /TIME-OFFSET is missing/],
    ['#EXT-X-DEFINE:NAME="a"', /VALUE is missing/],
    ['#EXT-X-DEFINE:NAME="a b",VALUE=""', /wrong kind/],
    ['#EXT-X-DEFINE:NAME="a",VALUE="",IMPORT="b"', /exactly one of/],
    ['#EXT-X-DEFINE:VALUE="x"', /exactly one of/],
    ['#EXT-X-MAP:BYTERANGE="1@2"', /URI is missing/],
    ['#EXT-X-MAP:URI="i",BYTERANGE="1"', /wrong kind/],
    ['#EXT-X-MAP:URI="i",BYTERANGE="1@2@3"', /wrong kind/],
    ['#EXT-X-KEY:METHOD=AES-128', /URI is missing/],
    ['#EXT-X-KEY:METHOD=ROT13,URI="k"', /wrong kind/],
    ['#EXT-X-KEY:METHOD=NONE,URI="k"', /METHOD=NONE stands alone/],
    ['#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,URI="k",IV=0x1', /SAMPLE-AES-CTR takes no IV/],
    [`#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0x1${'0'.repeat(32)}`, /wrong kind/],
    ['#EXT-X-KEY:METHOD=AES-128,URI="k",KEYFORMATVERSIONS="1/0"', /wrong kind/],
    ['#EXT-X-PROGRAM-DATE-TIME:yesterday', /not an ISO 8601 date/],
    ['#EXT-X-BITRATE:1.5', /not a whole number/],
    ['#EXT-X-BYTERANGE:@5', /a length/],
    ['#EXT-X-BYTERANGE:5@', /a length/],
    ['#EXT-X-PART:URI="p"', /DURATION is missing/],
    ['#EXT-X-PART:DURATION=1', /URI is missing/],
    ['#EXT-X-PART:DURATION=1,URI="p",GAP=NO', /wrong kind/],
    ['#EXTINF:,', /not a decimal number/],
    ['#EXTINF:-1,', /not a decimal number/],
    ['#EXTINF:1e3,', /not a decimal number/],
    ['#EXT-X-DATERANGE:START-DATE="2026-11-20T00:00:00Z"', /ID is missing/],
    ['#EXT-X-DATERANGE:ID="a",START-DATE="soon"', /wrong kind/],
    ['#EXT-X-DATERANGE:ID="a",DURATION=-1', /wrong kind/],
    ['#EXT-X-DATERANGE:ID="a",CUE="PRE,LATER"', /wrong kind/],
    ['#EXT-X-DATERANGE:ID="a",END-ON-NEXT=NO', /wrong kind/],
    ['#EXT-X-DATERANGE:ID="a",X-FOO=bar', /wrong kind/],
    ['#EXT-X-DATERANGE:ID="a",SCTE35-OUT="abc"', /wrong kind/],
    ['#EXT-X-PRELOAD-HINT:URI="p"', /TYPE is missing/],
    ['#EXT-X-PRELOAD-HINT:TYPE=PART', /URI is missing/],
    ['#EXT-X-RENDITION-REPORT:LAST-MSN=1', /URI is missing/],
    ['#EXT-X-STREAM-INF:BANDWIDTH=1', /no place in a media playlist/],
    ['#EXT-X-MEDIA:TYPE=AUDIO', /no place in a media playlist/],
    ['segment.ts', /a segment has no EXTINF/],
  ];

  for (const [line, message] of cases) {
    assertRefused(`${HEAD}${line}\n`, message, 3);
  }
});

test('a tag that may be there once is refused the second time', () => {
  const once = [
    '#EXT-X-VERSION:3',
    '#EXT-X-TARGETDURATION:4',
    '#EXT-X-INDEPENDENT-SEGMENTS',
    '#EXT-X-START:TIME-OFFSET=1',
    '#EXT-X-MEDIA-SEQUENCE:1',
    '#EXT-X-DISCONTINUITY-SEQUENCE:1',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    '#EXT-X-I-FRAMES-ONLY',
    '#EXT-X-PART-INF:PART-TARGET=1',
    '#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES',
    '#EXT-X-SKIP:SKIPPED-SEGMENTS=1',
    '#EXT-X-ENDLIST',
    '#EXTINF:1,',
    '#EXT-X-BYTERANGE:1@0',
    '#EXT-X-DISCONTINUITY',
    '#EXT-X-GAP',
    '#EXT-X-MAP:URI="i"',
    '#EXT-X-PROGRAM-DATE-TIME:2026-11-20T00:00:00Z',
    '#EXT-X-BITRATE:1',
    '#EXT-X-DEFINE:NAME="a",VALUE="b"',
  ];

  for (const line of once) {
    assertRefused(`#EXTM3U\n${line}\n${line}\n`, /there twice|declared twice/, 3);
  }
});

test('counters behind the first segment are refused', () => {
  for (const tag of [
    '#EXT-X-MEDIA-SEQUENCE:5',
    '#EXT-X-DISCONTINUITY-SEQUENCE:5',
    '#EXT-X-SKIP:SKIPPED-SEGMENTS=1',
  ]) {
    assertRefused(`${HEAD}#EXTINF:1,\na.ts\n${tag}\n`, /behind the first segment/, 5);
    assertRefused(`${HEAD}#EXT-X-DISCONTINUITY\n${tag}\n#EXTINF:1,\na.ts\n`, /behind the first segment/, 4);
  }
});

test('a range without an offset goes on from a range of the same resource, or is refused', () => {
  assertRefused(`${HEAD}#EXTINF:1,\n#EXT-X-BYTERANGE:5\na\n`, /none before it/, 5);
  assertRefused(`${HEAD}#EXTINF:1,\na\n#EXTINF:1,\n#EXT-X-BYTERANGE:5\na\n`, /none before it/, 7);
  assertRefused(
    `${HEAD}#EXTINF:1,\n#EXT-X-BYTERANGE:5@0\na\n#EXTINF:1,\n#EXT-X-BYTERANGE:5\nb\n`,
    /none before it/,
    8,
  );

  const playlist = parse('#EXTINF:1,', '#EXT-X-BYTERANGE:5@0', 'a', '#EXTINF:1,', '#EXT-X-BYTERANGE:6', 'a');
  const delta = parse('#EXT-X-SKIP:SKIPPED-SEGMENTS=1', '#EXTINF:1,', '#EXT-X-BYTERANGE:6', 'a');

  assert.deepEqual(
    playlist.segments.map(({ byteRange }) => byteRange),
    [{ length: 5, offset: 0 }, { length: 6 }],
  );
  assert.deepEqual(delta.segments[0]?.byteRange, { length: 6 });
});

test('a playlist that ends in the middle of a segment is refused, one with an open segment is not', () => {
  assertRefused(`${HEAD}#EXTINF:1,\n`, /the last segment has no URI/, undefined);

  const { segments, open } = parse('#EXTINF:1,', 'a', '#EXT-X-PART:DURATION=0.5,URI="p"');

  assert.equal(segments.length, 1);
  assert.deepEqual(open, { parts: [{ uri: 'p', durationSeconds: 0.5 }] });
});

test('comments and empty lines do not count, line ends may be of two characters', () => {
  const text = `${HEAD}\n# a comment\n#EXTINF:2.5,Title, with comma\nsegment.ts\n\n#EXT-X-ENDLIST`;

  assert.deepEqual(parseMediaPlaylist(text.replaceAll('\n', '\r\n')), {
    targetDurationSeconds: 4,
    mediaSequence: 0,
    segments: [{ durationSeconds: 2.5, title: 'Title, with comma', uri: 'segment.ts' }],
    endList: true,
  });
});

test('tags that are not known are kept where they stood', () => {
  const playlist = parse(
    '#EXT-X-ONE:1',
    '#EXTINF:1,',
    '#EXT-X-TWO',
    'a',
    '#EXT-X-THREE:x="y"',
    '#EXTINF:1,',
    'b',
    '#EXT-X-FOUR',
  );

  assert.deepEqual(playlist.unknownTags, ['#EXT-X-ONE:1']);
  assert.deepEqual(
    playlist.segments.map(({ unknownTags }) => unknownTags),
    [['#EXT-X-TWO'], ['#EXT-X-THREE:x="y"']],
  );
  assert.deepEqual(playlist.open, { unknownTags: ['#EXT-X-FOUR'] });
});

test('attributes that are not known are passed over, and preload hints of a type that is not known', () => {
  const playlist = parse(
    '#EXT-X-PRELOAD-HINT:TYPE=FUTURE,WHAT="ever"',
    '#EXT-X-PRELOAD-HINT:TYPE=MAP,URI="i",NEW=1',
    '#EXT-X-PART-INF:PART-TARGET=1,NEW="x"',
  );

  assert.deepEqual(playlist.preloadHints, [{ type: 'MAP', uri: 'i' }]);
  assert.equal(playlist.partTargetSeconds, 1);
});

test('date ranges before the first segment belong to the playlist, later ones to their segment', () => {
  const range = (id: string): string => `#EXT-X-DATERANGE:ID="${id}",START-DATE="2026-11-20T00:00:00+01:00"`;
  const playlist = parse(range('a'), '#EXTINF:1,', range('b'), 'a.ts', range('c'));

  assert.deepEqual(playlist.dateRanges, [{ id: 'a', startDateMs: Date.UTC(2026, 10, 19, 23) }]);
  assert.deepEqual(
    playlist.segments[0]?.dateRanges?.map(({ id }) => id),
    ['b'],
  );
  assert.deepEqual(
    playlist.open?.dateRanges?.map(({ id }) => id),
    ['c'],
  );
});

test('the order of keys and map is kept, because it says whether the init section is encrypted', () => {
  const key = '#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0x0F';
  const map = '#EXT-X-MAP:URI="i"';

  const [clear] = parse(map, key, '#EXTINF:1,', 'a').segments;
  const [covered] = parse(key, map, '#EXTINF:1,', 'a').segments;

  assert.equal(clear?.keysCoverMap, undefined);
  assert.equal(covered?.keysCoverMap, true);
  const iv = new Uint8Array(16);
  iv[15] = 15;
  assert.deepEqual(covered.keys, [{ method: 'AES-128', uri: 'k', iv }]);
});

test('a playlist over a limit is refused', () => {
  const limits = { maxCharacters: 200, maxLines: 10, maxLineCharacters: 50 };

  assert.throws(() => parseMediaPlaylist(`${HEAD}${'#\n'.repeat(100)}`, limits), /more than 200 characters/);
  assert.throws(() => parseMediaPlaylist(`${HEAD}${'#\n'.repeat(20)}`, limits), /more than 10 lines/);
  assert.throws(
    () => parseMediaPlaylist(`${HEAD}#EXTINF:1,${'x'.repeat(50)}\na`, limits),
    /line 3.*longer than 50/,
  );
});
