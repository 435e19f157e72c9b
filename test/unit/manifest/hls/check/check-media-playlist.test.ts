import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  checkMediaPlaylist,
  type MediaCheckOptions,
} from '../../../../../src-main/manifest/hls/check/check-media-playlist.ts';
import type { MediaPlaylist } from '../../../../../src-main/manifest/hls/media-playlist.ts';
import type { MediaSegment } from '../../../../../src-main/manifest/hls/media-segment.ts';
import type { Part } from '../../../../../src-main/manifest/hls/tags/part.ts';

const NOON = Date.UTC(2026, 10, 20, 12, 0, 0);

const partsOf = (sequence: number, count: number): readonly Part[] =>
  Array.from({ length: count }, (_, index) => ({
    uri: `${sequence}.${index}.m4s`,
    durationSeconds: 0.5,
    ...(index === 0 ? { independent: true } : {}),
  }));

function segment(sequence: number, tags: Partial<MediaSegment> = {}): MediaSegment {
  return { programDateTimeMs: NOON + sequence * 2000, durationSeconds: 2, uri: `${sequence}.m4s`, ...tags };
}

/** A low-latency playlist with nothing wrong: 2 s segments, the last three with parts, and one open with `openParts`. */
function live(
  first: number,
  count: number,
  openParts: number,
  changes: Partial<MediaPlaylist> = {},
): MediaPlaylist {
  const end = first + count;
  return {
    version: 6,
    targetDurationSeconds: 2,
    serverControl: { canBlockReload: true, canSkipUntilSeconds: 12, partHoldBackSeconds: 1.5 },
    partTargetSeconds: 0.5,
    mediaSequence: first,
    discontinuitySequence: 0,
    segments: Array.from({ length: count }, (_, index) => {
      const sequence = first + index;
      return segment(sequence, {
        ...(index === 0 ? { map: { uri: 'init.mp4' } } : {}),
        ...(sequence >= end - 3 ? { parts: partsOf(sequence, 4) } : {}),
      });
    }),
    open: { programDateTimeMs: NOON + end * 2000, parts: partsOf(end, openParts) },
    preloadHints: [{ type: 'PART', uri: `${end}.${openParts}.m4s` }],
    renditionReports: [{ uri: 'audio.m3u8', lastMediaSequence: end, lastPart: openParts }],
    ...changes,
  };
}

function withSegment(playlist: MediaPlaylist, index: number, tags: Partial<MediaSegment>): MediaPlaylist {
  const segments = playlist.segments.map((one, at) => (at === index ? { ...one, ...tags } : one));
  return { ...playlist, segments };
}

const clauses = (
  previous: MediaPlaylist | undefined,
  next: MediaPlaylist,
  options?: MediaCheckOptions,
): readonly string[] =>
  checkMediaPlaylist(previous, next, options).map(({ level, clause }) => `${level} ${clause}`);

/** Every broken rule of one playlist. */
function assertBroken(next: MediaPlaylist, ...expected: readonly string[]): void {
  assert.deepEqual(
    clauses(undefined, next),
    expected.map((rule) => rule.replace(' ', ' 8216bis ')),
  );
}

/** Every rule that an update breaks. */
function assertBrokenUpdate(previous: MediaPlaylist, next: MediaPlaylist, ...expected: readonly string[]): void {
  assert.deepEqual(
    clauses(previous, next),
    expected.map((rule) => rule.replace(' ', ' 8216bis ')),
  );
}

test('a good low-latency broadcast breaks no rule from its beginning to its end', () => {
  const steps = [
    live(0, 3, 0),
    live(0, 3, 1),
    live(0, 3, 3),
    live(0, 4, 0),
    live(0, 9, 2),
    live(1, 9, 2),
    live(4, 9, 1),
  ];
  const options = { lowLatencyProfile: { otherRenditions: 1 } };

  assert.deepEqual(checkMediaPlaylist(undefined, steps[0]!, options), []);
  for (const [index, next] of steps.entries()) {
    assert.deepEqual(checkMediaPlaylist(steps[index - 1], next, options), []);
  }
  const last = steps.at(-1)!;
  const ended: MediaPlaylist = {
    ...last,
    serverControl: undefined,
    partTargetSeconds: undefined,
    segments: [
      ...last.segments.map((one) => ({ ...one, parts: undefined })),
      segment(13, { durationSeconds: 0.5 }),
    ],
    open: undefined,
    preloadHints: undefined,
    endList: true,
  };
  assert.deepEqual(checkMediaPlaylist(last, ended, options), []);
});

test('versions are neither too low nor higher than needed', () => {
  assertBroken(live(0, 3, 1, { version: 3 }), 'must 8');
  assertBroken(live(0, 3, 1, { version: undefined }), 'must 8');
  assertBroken(live(0, 3, 1, { version: 9 }), 'should 6.2.1');
  assertBroken(live(0, 3, 1, { version: 7, allowCache: false }), 'should 6.2.1', 'must 8');
});

test('segments round to the target duration at most', () => {
  const longer = withSegment(live(0, 8, 0), 0, { durationSeconds: 2.5 });

  assertBroken(withSegment(live(0, 8, 0), 0, { durationSeconds: 2.499 }));
  assertBroken(longer, 'must 4.4.3.1');
  assert.match(checkMediaPlaylist(undefined, longer)[0]!.message, /segment 0 rounds to 3 s/);
});

test('what the server says of itself keeps its minimums', () => {
  const control = { canBlockReload: true, canSkipUntilSeconds: 12, partHoldBackSeconds: 1.5 };

  assertBroken(live(0, 3, 1, { serverControl: { ...control, canSkipUntilSeconds: 11.9 } }), 'must 4.4.3.8');
  assertBroken(live(0, 3, 1, { serverControl: { ...control, holdBackSeconds: 5.9 } }), 'must 4.4.3.8');
  assertBroken(live(0, 3, 1, { serverControl: { ...control, partHoldBackSeconds: 1 } }), 'should 4.4.3.8');
  assertBroken(
    live(0, 3, 1, { serverControl: { ...control, partHoldBackSeconds: 0.9 } }),
    'must 4.4.3.8',
    'should 4.4.3.8',
  );
  assertBroken(live(0, 3, 1, { serverControl: { canBlockReload: true } }), 'must 4.4.3.8');
  assertBroken(
    live(0, 3, 1, { serverControl: { canSkipDateRanges: true, partHoldBackSeconds: 1.5 } }),
    'must 4.4.3.8',
  );
});

test('parts are as long as the part target and no shorter than 85 % of it, with the exceptions of the standard', () => {
  const base = live(0, 3, 0);
  const withParts = (...durations: readonly (readonly [number, Partial<Part>?])[]): MediaPlaylist => {
    const parts = durations.map(([durationSeconds, more], index) => ({
      uri: `p${index}`,
      durationSeconds,
      ...more,
    }));
    const sum = durations.reduce((seconds, [duration]) => seconds + duration, 0);
    return withSegment(base, 2, { parts, durationSeconds: sum });
  };

  assertBroken(withParts([0.5], [0.425], [0.1]));
  assertBroken(withParts([0.5], [0.42], [0.5]), 'must 4.4.4.9');
  assertBroken(withParts([0.51], [0.5]), 'must 4.4.4.9');
  assertBroken(withParts([0.1, { independent: true }], [0.5]));
  assertBroken(withParts([0.1], [0.2, { gap: true }], [0.5]));
  assertBroken(live(0, 3, 0, { open: { parts: [{ uri: 'x', durationSeconds: 0.1 }] } }));
  assertBroken(live(0, 3, 0, { partTargetSeconds: undefined }), 'must 4.4.3.7');
});

test('the parts of a segment are the segment', () => {
  const ranged = (...offsets: readonly number[]): readonly Part[] =>
    offsets.map((offset) => ({ uri: '2.m4s', durationSeconds: 0.5, byteRange: { length: 100, offset } }));

  assertBroken(withSegment(live(0, 3, 0), 2, { parts: partsOf(2, 3) }), 'must 3.2');
  assertBroken(withSegment(live(0, 3, 0), 2, { parts: ranged(0, 100, 200, 300) }));
  assertBroken(withSegment(live(0, 3, 0), 2, { parts: ranged(0, 100, 250, 350) }), 'must 3.2');
  assertBroken(
    live(0, 3, 0, { open: { parts: [{ uri: 'x', durationSeconds: 0.5, byteRange: { length: 5 } }] } }),
    'must 4.4.4.9',
  );
});

test('parts far from the end are dropped', () => {
  const old = withSegment(live(0, 8, 1), 0, { parts: partsOf(0, 4) });

  assertBroken(old, 'should 6.2.2');
});

test('hints end with the playlist, and there is one of each type', () => {
  const hint = { type: 'PART', uri: 'x' } as const;
  const vod: MediaPlaylist = {
    version: 6,
    targetDurationSeconds: 2,
    mediaSequence: 0,
    playlistType: 'VOD',
    segments: [segment(0, { map: { uri: 'i' } })],
  };

  assertBroken({ ...vod, endList: true });
  assertBroken({ ...vod, endList: true, preloadHints: [hint] }, 'must 4.4.5.3');
  assertBroken(vod, 'must 6.2.1');
  assertBroken(live(0, 3, 1, { preloadHints: [hint, hint, { type: 'MAP', uri: 'm' }] }), 'should 6.2.6');
});

test('rendition reports are relative', () => {
  for (const uri of ['https://example.com/a.m3u8', '//example.com/a.m3u8']) {
    assertBroken(live(0, 3, 1, { renditionReports: [{ uri }] }), 'must 4.4.5.4');
  }
});

test('discontinuities have dates and, where segments leave, a sequence number', () => {
  const broken = withSegment(live(0, 3, 1), 1, { discontinuity: true, programDateTimeMs: undefined });

  assertBroken(broken, 'should 6.2.1');
  assertBroken(
    { ...withSegment(live(0, 3, 1), 1, { discontinuity: true }), discontinuitySequence: undefined },
    'must 6.2.2',
  );
});

test('dates run forward, with less than a second of overlap', () => {
  assertBroken(withSegment(live(0, 3, 1), 1, { programDateTimeMs: NOON + 1100 }));
  assertBroken(withSegment(live(0, 3, 1), 1, { programDateTimeMs: NOON + 900 }), 'must 6.2.1');
  assertBroken(withSegment(live(0, 3, 1), 1, { programDateTimeMs: NOON + 60_000 }), 'must 6.2.1');
});

test('a key that covers an init section has its IV, and formats are there once', () => {
  const key = { method: 'AES-128', uri: 'k' } as const;
  const base = live(0, 3, 1);

  assertBroken(withSegment(base, 0, { keys: [key] }));
  assertBroken(withSegment(base, 0, { keys: [key], keysCoverMap: true }), 'must 4.4.4.5');
  assertBroken(withSegment(withSegment(base, 0, { keys: [key] }), 1, { map: { uri: 'i2' } }), 'must 4.4.4.5');
  assertBroken(withSegment(base, 0, { keys: [key, key] }), 'must 4.4.4.4');
});

test('date ranges keep their rules', () => {
  const start = { id: 'a', startDateMs: NOON };
  const withRanges = (...dateRanges: NonNullable<MediaPlaylist['dateRanges']>): MediaPlaylist =>
    live(0, 3, 1, { dateRanges });

  assertBroken(withRanges(start, { id: 'a', durationSeconds: 5 }));
  assertBroken(withRanges({ id: 'a' }), 'must 4.4.5.1');
  assertBroken(withRanges({ ...start, endDateMs: NOON - 1 }), 'must 4.4.5.1');
  assertBroken(withRanges({ ...start, endDateMs: NOON + 5000, durationSeconds: 6 }), 'must 4.4.5.1');
  assertBroken(withRanges({ ...start, endDateMs: NOON + 5000, durationSeconds: 5 }));
  assertBroken(withRanges({ ...start, endOnNext: true }), 'must 4.4.5.1');
  assertBroken(withRanges({ ...start, endOnNext: true, class: 'c', durationSeconds: 1 }), 'must 4.4.5.1');
  assertBroken(withRanges({ ...start, cue: ['PRE', 'POST'] }), 'must 4.4.5.1');
  assertBroken(withRanges(start, { ...start, startDateMs: NOON + 1 }), 'must 4.4.5.1');
  assertBroken(
    {
      ...withRanges(start),
      segments: live(0, 3, 1).segments.map((one) => ({ ...one, programDateTimeMs: undefined })),
      open: { parts: [] },
    },
    'must 4.4.5.1',
  );
});

test('the media sequence number goes up by what was removed, and nothing else moves', () => {
  const before = live(5, 9, 0);

  assertBrokenUpdate(before, live(4, 10, 0), 'must 6.2.2');
  assertBrokenUpdate(before, live(5, 8, 0, { preloadHints: before.preloadHints }), 'must 6.2.1');
  const renumbered = clauses(before, { ...before, mediaSequence: 6, segments: before.segments.slice(0, 8) });
  assert.deepEqual([...new Set(renumbered)], ['must 8216bis 6.2.1']);
  assertBrokenUpdate(before, withSegment(live(5, 9, 0), 3, { durationSeconds: 1.9 }), 'must 6.2.1');
  assertBrokenUpdate(before, withSegment(live(5, 9, 0), 3, { programDateTimeMs: NOON + 16_500 }), 'must 6.2.1');
});

test('at least three target durations stay, and nothing leaves an EVENT', () => {
  const tiny = (first: number, count: number, changes: Partial<MediaPlaylist> = {}): MediaPlaylist => ({
    version: 6,
    targetDurationSeconds: 2,
    mediaSequence: first,
    segments: Array.from({ length: count }, (_, index) =>
      segment(first + index, index === 0 ? { map: { uri: 'init.mp4' } } : {}),
    ),
    ...changes,
  });

  assertBrokenUpdate(tiny(0, 4), tiny(2, 3));
  assertBrokenUpdate(tiny(0, 4), tiny(3, 2), 'must 6.2.2');
  assertBrokenUpdate(tiny(0, 4), tiny(2, 2, { endList: true }));
  assertBrokenUpdate(tiny(0, 4, { playlistType: 'EVENT' }), tiny(1, 4, { playlistType: 'EVENT' }), 'must 6.2.2');
  assertBrokenUpdate(
    tiny(0, 4, { playlistType: 'VOD', endList: true }),
    tiny(0, 5, { playlistType: 'VOD', endList: true }),
    'must 4.4.3.4',
    'must 6.2.1',
  );
  assertBrokenUpdate(tiny(0, 4, { endList: true }), tiny(0, 4), 'must 6.2.1');
});

test('what is constant for the life of a playlist stays', () => {
  const before = live(0, 3, 0);

  assertBrokenUpdate(before, live(0, 3, 0, { targetDurationSeconds: 3 }), 'must 4.4.3.8', 'must 6.2.1');
  assertBrokenUpdate(before, live(0, 3, 0, { playlistType: 'EVENT' }), 'must 6.2.1');
  assertBrokenUpdate(before, live(0, 3, 0, { independentSegments: true }), 'must 6.2.1');
  assertBrokenUpdate(
    before,
    live(0, 3, 0, { serverControl: { ...before.serverControl, canSkipUntilSeconds: 14 } }),
    'must 6.2.1',
  );
});

test('the discontinuity sequence number counts the breaks that left', () => {
  const before = withSegment(live(0, 9, 0), 1, { discontinuity: true });

  assertBrokenUpdate(before, withSegment(live(1, 9, 0), 0, { discontinuity: true }));
  assertBrokenUpdate(before, live(2, 9, 0, { discontinuitySequence: 1 }));
  assertBrokenUpdate(before, live(2, 9, 0, { discontinuitySequence: 0 }), 'must 6.2.2');
  assertBrokenUpdate(before, live(20, 9, 0, { discontinuitySequence: 5 }));
});

test('parts are added at the end and dropped from the beginning', () => {
  const before = live(0, 3, 2);
  const renamed = {
    ...live(0, 3, 3),
    open: { ...before.open, parts: [...partsOf(9, 1), ...partsOf(3, 2).slice(1)] },
  };

  assertBrokenUpdate(before, renamed, 'must 6.2.1');
  assertBrokenUpdate(before, { ...live(0, 3, 1), preloadHints: before.preloadHints }, 'must 6.2.1');
  assertBrokenUpdate(before, { ...live(0, 3, 2), open: undefined }, 'must 6.2.1');
});

test('the part that comes is the one that was hinted', () => {
  const before = live(0, 3, 3);
  const hinted = (hint: Partial<NonNullable<MediaPlaylist['preloadHints']>[0]>): MediaPlaylist => ({
    ...before,
    preloadHints: [{ type: 'PART', uri: '3.3.m4s', ...hint }],
  });
  const full = withSegment(live(0, 4, 0), 3, { parts: partsOf(3, 4) });

  assertBrokenUpdate(hinted({}), full);
  assertBrokenUpdate(hinted({ uri: 'other.m4s' }), full, 'must 4.4.5.3');
  assertBrokenUpdate(hinted({ byteRangeStart: 100 }), full, 'must 4.4.5.3');
  assertBrokenUpdate(hinted({ byteRangeLength: 100 }), full, 'must 4.4.5.3');
});

test('a hint may come true as the first part of the next segment', () => {
  const before = { ...live(0, 3, 3), preloadHints: [{ type: 'PART', uri: '3.3.m4s' } as const] };
  const cutShort = withSegment(live(0, 4, 1), 3, { parts: partsOf(3, 3), durationSeconds: 1.5 });

  const same = { ...cutShort, open: { parts: [{ uri: '3.3.m4s', durationSeconds: 0.5 }] } };

  assertBrokenUpdate(before, same);
  assertBrokenUpdate(before, cutShort, 'must 4.4.5.3');
});

test('segments and parts come in time', () => {
  const before = live(0, 3, 1);

  assert.deepEqual(clauses(before, live(0, 3, 2), { elapsedSeconds: 0.5 }), []);
  assert.deepEqual(clauses(before, before, { elapsedSeconds: 0.5 }), []);
  assert.deepEqual(clauses(before, before, { elapsedSeconds: 0.6 }), ['must 8216bis 6.2.1']);
  assert.deepEqual(clauses(before, live(0, 3, 3), { elapsedSeconds: 3.1 }), ['must 8216bis 6.2.1']);
});

test('date ranges are not changed, and not removed while their time is there', () => {
  const range = { id: 'a', startDateMs: NOON + 4000, durationSeconds: 2 };
  const before = live(0, 9, 0, { dateRanges: [range] });

  assertBrokenUpdate(before, live(0, 9, 1, { dateRanges: [{ ...range, class: 'new' }] }));
  assertBrokenUpdate(before, live(0, 9, 1, { dateRanges: [{ ...range, durationSeconds: 3 }] }), 'must 4.4.5.1');
  assertBrokenUpdate(before, live(0, 9, 1), 'must 6.2.1');
  assertBrokenUpdate(before, live(4, 9, 1));
});

test('a delta update leaves out what is beyond the boundary, no more and no less', () => {
  const before = live(0, 12, 0);
  const delta = (skippedSegments: number, changes: Partial<MediaPlaylist> = {}): MediaPlaylist => {
    const full = live(0, 12, 1);
    return {
      ...full,
      version: 9,
      skip: { skippedSegments },
      segments: full.segments.slice(skippedSegments),
      ...changes,
    };
  };

  assertBrokenUpdate(before, delta(5));
  assertBrokenUpdate(before, delta(6));
  assertBrokenUpdate(before, delta(7), 'must 6.2.5.1');
  assertBrokenUpdate(before, delta(3), 'must 6.2.5.1');
  assertBrokenUpdate(live(8, 4, 0), delta(5), 'must 6.3.7');
  assertBrokenUpdate(
    before,
    delta(5, { version: 10, skip: { skippedSegments: 5, recentlyRemovedDateRanges: [] } }),
    'must 6.2.5.1',
  );
});

test('the low-latency profile wants dates, blocking, deltas, hints and reports', () => {
  const options = { lowLatencyProfile: { otherRenditions: 2 } };
  const bare: MediaPlaylist = {
    version: 3,
    targetDurationSeconds: 2,
    mediaSequence: 0,
    segments: [{ durationSeconds: 1.9, uri: 'a' }],
  };

  assert.deepEqual(clauses(undefined, live(0, 3, 1), options), ['must 8216bis B.1']);
  assert.deepEqual(
    clauses(undefined, bare, options),
    Array.from({ length: 6 }, () => 'must 8216bis B.1'),
  );
});
