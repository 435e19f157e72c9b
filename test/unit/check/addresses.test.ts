import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolvePeriods } from '../../../src-main/manifest/dash/check/resolved-mpd.ts';
import { parseMpd } from '../../../src-main/manifest/dash/mpd.ts';
import type { MediaPlaylist } from '../../../src-main/manifest/hls/media-playlist.ts';
import { fill, segmentsOf } from '../../check/dash/segments.ts';
import { spanOf } from '../../check/hls/media.ts';
import { advancePartLimit, contains, nextPosition, withDirectives } from '../../check/hls/position.ts';
import { plain } from '../../check/hls/renditions.ts';

const part = { uri: 'p', durationSeconds: 0.2 };

/** Segments 10 and 11, the newer with `closed` parts, and `open` parts of segment 12. */
function playlist(closed: number, open: number): MediaPlaylist {
  return {
    targetDurationSeconds: 1,
    partTargetSeconds: 0.2,
    mediaSequence: 10,
    segments: [
      { uri: 'a', durationSeconds: 1 },
      { uri: 'b', durationSeconds: 1, parts: Array.from({ length: closed }, () => part) },
    ],
    open: { parts: Array.from({ length: open }, () => part) },
  };
}

test('a playlist has what is asked for, or it has not', () => {
  const five = playlist(5, 2);

  assert.deepEqual(nextPosition(five), { sequence: 12, part: 2 });
  const asked = [
    [9, 3],
    [11, undefined],
    [11, 4],
    // Behind the last one of its segment: the first of the next.
    [11, 5],
    [12, 1],
    [12, 2],
    [12, undefined],
    [13, 0],
  ] as const;
  assert.deepEqual(
    asked.map(([sequence, index]) => contains(five, sequence, index)),
    [true, true, true, true, true, false, false, false],
  );
  assert.equal(contains(playlist(5, 0), 11, 5), false);
});

test('a player may ask three seconds of short parts ahead', () => {
  assert.deepEqual(
    [0.2, 0.33334, 1, 2].map((partTargetSeconds) => advancePartLimit({ ...playlist(0, 0), partTargetSeconds })),
    [15, 9, 3, 3],
  );
});

test('directives are put among the parameters of an address by their order, and signed ones stay as they are', () => {
  assert.equal(withDirectives('http://a/b.m3u8', {}), 'http://a/b.m3u8');
  assert.equal(
    withDirectives('http://a/b.m3u8?token=x%2Fy~&A=1', { _HLS_part: 2, _HLS_msn: 1 }),
    'http://a/b.m3u8?A=1&_HLS_msn=1&_HLS_part=2&token=x%2Fy~',
  );
  assert.equal(plain('http://a/b.m3u8?A=1&_HLS_msn=1&token=x#here'), 'http://a/b.m3u8?A=1&token=x');
});

test('a byte range without an offset goes on behind the one before it', () => {
  const ranges = [{ offset: 100, length: 10 }, { length: 20 }, { length: 5 }, { offset: 0, length: 7 }];
  const pieces = ranges.map((byteRange) => ({ byteRange }));

  assert.deepEqual(
    pieces.map((_, index) => spanOf(pieces, index)),
    [
      { offset: 100, length: 10 },
      { offset: 110, length: 20 },
      { offset: 130, length: 5 },
      { offset: 0, length: 7 },
    ],
  );
  assert.equal(spanOf([{}], 0), undefined);
});

test('the identifiers of a template are filled in, with widths and escapes', () => {
  const values = { id: 'v/1', bandwidth: 800_000, time: 12n, number: 7 };

  assert.equal(
    fill('$RepresentationID$/$Number%05d$-$Time$-$Bandwidth$$$.m4s', values),
    'v/1/00007-12-800000$.m4s',
  );
});

function listed(template: string, attributes: string, nowSeconds: number) {
  const mpd = parseMpd(`<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="p" minBufferTime="PT1S" ${attributes}>
    <BaseURL>media/</BaseURL>
    <Period id="0" start="PT10S"><AdaptationSet id="0" mimeType="video/mp4">${template}
      <Representation id="a" bandwidth="1"/></AdaptationSet></Period></MPD>`);
  const [period] = resolvePeriods(mpd);
  const track = period!.tracks[0]!;
  return segmentsOf(mpd, 'http://host/live/stream.mpd', period!, track, nowSeconds);
}

test('segments of a timeline have their times and numbers, below the BaseURL', () => {
  const found = listed(
    '<SegmentTemplate timescale="10" presentationTimeOffset="100" startNumber="5" media="$Number$-$Time$.m4s" initialization="i"><SegmentTimeline><S t="100" d="20" r="1"/><S d="15"/></SegmentTimeline></SegmentTemplate>',
    'type="dynamic" availabilityStartTime="2030-01-01T00:00:00Z" publishTime="2030-01-01T00:00:00Z"',
    1000,
  );

  assert.deepEqual(
    found.map(({ url, startSeconds, endSeconds }) => [url(), startSeconds, endSeconds]),
    [
      ['http://host/live/media/5-100.m4s', 10, 12],
      ['http://host/live/media/6-120.m4s', 12, 14],
      ['http://host/live/media/7-140.m4s', 14, 15.5],
    ],
  );
});

test('where a duration stands for a timeline, there is what the clock and the window say', () => {
  const found = listed(
    '<SegmentTemplate timescale="10" duration="20" startNumber="1" availabilityTimeOffset="1" media="$Number$.m4s" initialization="i"/>',
    'type="dynamic" availabilityStartTime="2030-01-01T00:00:00Z" publishTime="2030-01-01T00:00:00Z" timeShiftBufferDepth="PT5S"',
    // 10.5 s behind the start of the Period: five whole segments, and with the offset nothing more.
    20.5,
  );

  assert.deepEqual(
    found.map(({ url, isExplicit }) => [url(), isExplicit]),
    [
      ['http://host/live/media/4.m4s', false],
      ['http://host/live/media/5.m4s', false],
    ],
  );
});
