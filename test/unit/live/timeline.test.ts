import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTimeline, type Timeline } from '../../../src-main/core/live/timeline.ts';
import type { Track } from '../../../src-main/core/ports/presentation.ts';
import type { ChunkPosition, ChunkStore } from '../../../src-main/core/ports/store.ts';
import type { Chunk } from '../../../src-main/media/cmaf/types.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { audioTrack, frames, pushBoth, sounds, videoTrack } from '../../support/broadcast-media.ts';
import { collectGarbage } from '../../support/collect-garbage.ts';

const VIDEO = videoTrack();
const AUDIO = audioTrack();

function openTimeline(tracks: readonly Track[] = [VIDEO, AUDIO]): Timeline {
  const timeline = createTimeline({
    partSeconds: 0.2,
    segmentSeconds: 2,
    firstSequence: 1,
    onGap: () => undefined,
    onDropped: () => undefined,
  });
  timeline.input.open(tracks);
  return timeline;
}

function trackOf(timeline: Timeline, id: string) {
  const found = timeline.tracks().find(({ track }) => track.id === id);
  assert.ok(found);
  return found;
}

function rowsOf(timeline: Timeline, id: string): readonly { sequence: number; size: number; seconds: number }[] {
  const { table, track } = trackOf(timeline, id);
  return Array.from({ length: table.length }, (_, index) => {
    const { sequence, size, duration } = table.at(index);
    return { sequence, size, seconds: duration / track.timescale };
  });
}

type Written = { readonly track: string; readonly chunk: Chunk; readonly position: ChunkPosition };

/** A store of no disk; takes what `takes` says and has what `holds` says. */
function fakeStore(
  options: { takes?: () => boolean; holds?: () => boolean } = {},
): ChunkStore & { readonly written: Written[] } {
  const written: Written[] = [];
  let offset = 0;
  return {
    written,
    addTrack: () => undefined,
    append(track, chunk, position) {
      if (options.takes?.() === false) {
        return undefined;
      }
      written.push({ track, chunk, position });
      const place = { file: 1, offset };
      offset += chunk.bytes.length;
      return place;
    },
    holds: () => options.holds?.() ?? true,
    count: () => ({ written: written.length, discarded: 0 }),
    openOutput: () => Promise.reject(new Error('not here')),
    remove: () => Promise.resolve(),
    flushed: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

describe('the timeline', () => {
  test('has a row for each complete segment and the open one beside them', () => {
    const timeline = openTimeline();

    pushBoth(timeline.input, [VIDEO, AUDIO], { from: 0, to: 150 });

    assert.deepEqual(
      rowsOf(timeline, VIDEO.id).map(({ sequence, seconds }) => [sequence, seconds]),
      [
        [1, 2],
        [2, 2],
      ],
    );
    assert.equal(trackOf(timeline, VIDEO.id).open()?.sequence, 3);
    assert.equal(timeline.newestSequence(), 3);
  });

  test('gives the bytes of a segment as its parts in a row', () => {
    const timeline = openTimeline();
    pushBoth(timeline.input, [VIDEO, AUDIO], { from: 0, to: 90 });

    const recent = trackOf(timeline, VIDEO.id).recent(1);

    assert.ok(recent);
    const parts = recent.parts.map(({ index }) => recent.part(index) ?? new Uint8Array());
    assert.deepEqual(Buffer.from(recent.bytes()), Buffer.concat(parts));
    assert.deepEqual(
      recent.parts.map(({ size }) => size),
      parts.map(({ length }) => length),
    );
  });

  test('gives a track rows without bytes where it had nothing', () => {
    const timeline = openTimeline();
    pushBoth(timeline.input, [VIDEO, AUDIO], { from: 0, to: 60 });

    timeline.input.push(VIDEO.id, frames({ from: 60, to: 240 }));
    pushBoth(timeline.input, [VIDEO, AUDIO], { from: 240, to: 360 });
    timeline.end();

    assert.deepEqual(
      rowsOf(timeline, AUDIO.id).map(({ sequence, size }) => [sequence, size > 0]),
      [
        [1, true],
        [2, false],
        [3, false],
        [4, false],
        [5, true],
        [6, true],
      ],
    );
    assert.deepEqual(rowsOf(timeline, AUDIO.id)[2]?.seconds, 2);
  });

  test('goes on at the same sequence numbers when the encoder begins again behind a gap', () => {
    const timeline = openTimeline();
    pushBoth(timeline.input, [VIDEO, AUDIO], { from: 0, to: 75 });

    pushBoth(timeline.input, [VIDEO, AUDIO], { from: 135, to: 260, run: 1 });
    timeline.end();

    assert.deepEqual(
      rowsOf(timeline, VIDEO.id).map(({ sequence }) => sequence),
      [1, 2, 3, 4, 5],
    );
    assert.deepEqual(timeline.discontinuities(), [3]);
    const { table } = trackOf(timeline, VIDEO.id);
    assert.deepEqual([table.at(2).discontinuity, table.at(3).discontinuity], [true, false]);
  });

  test('tells of every chunk by a higher revision', () => {
    const timeline = openTimeline();
    const seen: number[] = [];
    timeline.changed.on(() => void seen.push(timeline.revision()));

    pushBoth(timeline.input, [VIDEO, AUDIO], { from: 0, to: 60 });

    assert.ok(seen.length > 10);
    assert.deepEqual(
      seen,
      [...new Set(seen)].toSorted((a, b) => a - b),
    );
  });

  test('takes nothing more after its end, which comes once', () => {
    const timeline = openTimeline();
    pushBoth(timeline.input, [VIDEO, AUDIO], { from: 0, to: 60 });
    timeline.end();
    const revision = timeline.revision();

    timeline.end();
    pushBoth(timeline.input, [VIDEO, AUDIO], { from: 60, to: 120 });

    assert.equal(timeline.revision(), revision);
    assert.equal(rowsOf(timeline, VIDEO.id).length, 1);
  });
});

describe('a track that comes late', () => {
  test('stands where its bitrate puts it while no segment is complete, and behind those of its kind from then on', () => {
    const [best, small, last] = [videoTrack(900_000), videoTrack(300_000), videoTrack(1_800_000)];
    const timeline = openTimeline([small, AUDIO]);
    pushBoth(timeline.input, [small, AUDIO], { from: 0, to: 30 });
    timeline.input.open([best]);
    const early = timeline.tracks().map(({ track }) => track.id);
    pushBoth(timeline.input, [best, small, AUDIO], { from: 30, to: 150 });
    timeline.input.open([last]);

    assert.deepEqual(early, [best.id, small.id, AUDIO.id]);
    assert.deepEqual(
      timeline.tracks().map(({ track }) => track.id),
      [best.id, small.id, last.id, AUDIO.id],
    );
  });

  const SMALL = videoTrack(400_000);

  test('has rows from the segment on that it begins with, and stands behind its kind', () => {
    const timeline = openTimeline();
    pushBoth(timeline.input, [VIDEO, AUDIO], { from: 0, to: 150 });

    timeline.input.open([SMALL]);
    for (let from = 150; from < 330; from += 30) {
      pushBoth(timeline.input, [VIDEO, AUDIO], { from, to: from + 30, start: 0 });
      timeline.input.push(SMALL.id, frames({ from, to: from + 30, start: 0 }));
    }
    timeline.end();

    assert.deepEqual(
      timeline.tracks().map(({ track }) => track.id),
      [VIDEO.id, SMALL.id, AUDIO.id],
    );
    assert.deepEqual(
      rowsOf(timeline, SMALL.id).map(({ sequence, seconds }) => [sequence, seconds]),
      [
        [4, 2],
        [5, 2],
        [6, 1],
      ],
    );
    const { table } = trackOf(timeline, VIDEO.id);
    assert.equal(trackOf(timeline, SMALL.id).table.at(0).time, table.at(3).time);
  });

  test('is stored from its beginning', () => {
    const timeline = openTimeline([VIDEO]);
    const store = fakeStore();
    timeline.input.push(VIDEO.id, frames({ from: 0, to: 90 }));
    timeline.attachStore(store);

    timeline.input.open([AUDIO]);
    pushBoth(timeline.input, [VIDEO, AUDIO], { from: 90, to: 210, start: 0 });
    timeline.end();

    const [first] = store.written.filter(({ track }) => track === AUDIO.id);
    assert.deepEqual([first?.position.sequence, first?.position.part], [3, 0]);
  });

  test('holds up nobody when it never brings anything', () => {
    const timeline = openTimeline();
    pushBoth(timeline.input, [VIDEO, AUDIO], { from: 0, to: 60 });
    timeline.input.open([SMALL]);

    pushBoth(timeline.input, [VIDEO, AUDIO], { from: 60, to: 1806, start: 0 });

    assert.equal(timeline.firstWithin(10), 26);
    assert.equal(rowsOf(timeline, SMALL.id).length, 0);
  });
});

test('a track that has stopped gets rows without bytes, so that what waits for it goes on', () => {
  const timeline = openTimeline();
  pushBoth(timeline.input, [VIDEO, AUDIO], { from: 0, to: 150 });

  timeline.input.push(VIDEO.id, frames({ from: 150, to: 900, start: 0 }));

  assert.deepEqual(
    rowsOf(timeline, AUDIO.id).map(({ sequence, size }) => [sequence, size > 0]),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((sequence) => [sequence, sequence <= 3]),
  );
});

describe('the window of a timeline', () => {
  test('begins with the segment that is needed to show the last seconds', () => {
    const timeline = openTimeline();
    pushBoth(timeline.input, [VIDEO, AUDIO], { from: 0, to: 1806 });

    assert.equal(timeline.firstWithin(60), 1);
    assert.equal(timeline.firstWithin(10), 26);
    assert.equal(timeline.firstWithin(10.1), 25);
    assert.equal(timeline.firstWithin(1e6), 1);
  });

  test('moves on with the tracks that still come, when the first one has stopped for good', () => {
    const timeline = openTimeline();
    pushBoth(timeline.input, [VIDEO, AUDIO], { from: 0, to: 300 });

    for (let from = 300; from < 3000; from += 30) {
      timeline.input.push(AUDIO.id, sounds({ from, to: from + 30 }));
    }

    assert.ok(timeline.firstWithin(60) > 10, `${timeline.firstWithin(60)}`);
  });

  test('stays where it is when a track that came late is the one that has come furthest', () => {
    const late = videoTrack(300_000);
    const timeline = openTimeline();
    pushBoth(timeline.input, [VIDEO, AUDIO], { from: 0, to: 600 });
    timeline.input.open([late]);
    pushBoth(timeline.input, [VIDEO, late, AUDIO], { from: 600, to: 900, start: 0 });
    const before = timeline.firstWithin(20);

    pushBoth(timeline.input, [late], { from: 900, to: 1081, start: 0 });

    assert.deepEqual([before, timeline.firstWithin(20), timeline.firstWithin(1e6)], [5, 8, 1]);
  });

  test('keeps media of its length over an outage, but no more than players need', () => {
    const timeline = openTimeline();
    pushBoth(timeline.input, [VIDEO, AUDIO], { from: 0, to: 6000 });

    pushBoth(timeline.input, [VIDEO, AUDIO], { from: 30_000, to: 30_301 });

    const shown = (seconds: number): number =>
      rowsOf(timeline, VIDEO.id).filter(({ sequence }) => sequence >= timeline.firstWithin(seconds)).length;
    assert.deepEqual(timeline.discontinuities(), [101]);
    assert.deepEqual([10, 20, 40, 500, 1e6].map(shown), [5, 10, 20, 60, 104]);
  });

  test('is forgotten segment by segment, with the breaks in it', () => {
    const timeline = openTimeline();
    pushBoth(timeline.input, [VIDEO, AUDIO], { from: 0, to: 120 });
    pushBoth(timeline.input, [VIDEO, AUDIO], { from: 420, to: 781 });

    timeline.trim(6);

    assert.equal(rowsOf(timeline, VIDEO.id)[0]?.sequence, 6);
    assert.deepEqual(timeline.discontinuities(), []);
    assert.equal(timeline.discontinuitiesBefore(), 1);
  });

  test('can go on after a track had left it altogether', () => {
    const timeline = openTimeline();
    pushBoth(timeline.input, [VIDEO, AUDIO], { from: 0, to: 60 });
    for (let from = 60; from < 1200; from += 30) {
      timeline.input.push(VIDEO.id, frames({ from, to: from + 30 }));
    }
    timeline.trim(15);

    pushBoth(timeline.input, [VIDEO, AUDIO], { from: 1200, to: 1381 });
    timeline.end();

    const last = rowsOf(timeline, AUDIO.id).at(-1);
    assert.equal(last?.sequence, rowsOf(timeline, VIDEO.id).at(-1)?.sequence);
  });
});

describe('what a timeline stores', () => {
  test('begins with the whole of the segment that is open, and is each chunk once', () => {
    const timeline = openTimeline();
    pushBoth(timeline.input, [VIDEO, AUDIO], { from: 0, to: 90 });
    const store = fakeStore();

    const from = timeline.attachStore(store);
    pushBoth(timeline.input, [VIDEO, AUDIO], { from: 90, to: 180, start: 0 });
    timeline.end();

    assert.equal(from, 2);
    const of = (id: string) => store.written.filter(({ track }) => track === id);
    assert.deepEqual(
      of(VIDEO.id).map(({ position }) => [position.sequence, position.part]),
      [2, 3].flatMap((sequence) => Array.from({ length: 10 }, (_, part) => [sequence, part])),
    );
    assert.equal(of(VIDEO.id)[0]?.chunk.decodeTime, 180_000n);
    const { table } = trackOf(timeline, VIDEO.id);
    assert.deepEqual(table.placeOf(table.indexOfSequence(2)), { file: 1, offset: 0 });
  });

  test('is held in memory for as long as four of the longest take, where others are short', () => {
    const timeline = openTimeline();
    // Key frames 8 s apart, then every half a second.
    pushBoth(timeline.input, [VIDEO, AUDIO], { from: 0, to: 241, gop: 240 });
    pushBoth(timeline.input, [VIDEO, AUDIO], { from: 241, to: 2400, gop: 15, start: 240 });

    const video = trackOf(timeline, VIDEO.id);
    const { table, track } = video;
    const kept = Array.from({ length: table.length }, (_, index) => table.at(index)).filter(
      ({ sequence }) => video.recent(sequence) !== undefined,
    );
    const seconds = kept.reduce((sum, { duration }) => sum + duration, 0) / track.timescale;

    assert.deepEqual(timeline.lengths(), { usual: 8, longest: 8 });
    assert.ok(seconds >= 32 && seconds < 34, `${seconds} s`);
    assert.equal(timeline.inMemoryFrom(), kept[0]?.sequence);
  });

  test('is missing once memory has forgotten it, where the store took only a part', () => {
    const timeline = openTimeline([VIDEO]);
    let isFull = false;
    timeline.attachStore(fakeStore({ takes: () => !isFull }));
    timeline.input.push(VIDEO.id, frames({ from: 0, to: 150 }));
    isFull = true;
    timeline.input.push(VIDEO.id, frames({ from: 150, to: 300, start: 0 }));
    isFull = false;

    assert.ok(
      rowsOf(timeline, VIDEO.id).every(({ size }) => size > 0),
      'all can still be shown from memory',
    );
    timeline.input.push(VIDEO.id, frames({ from: 300, to: 1201 }));

    assert.deepEqual(
      rowsOf(timeline, VIDEO.id)
        .slice(0, 6)
        .map(({ size }) => size > 0),
      [true, true, false, false, false, true],
    );
  });

  test('is missing too where a write failed after the store had taken it', () => {
    const timeline = openTimeline([VIDEO]);
    timeline.attachStore(fakeStore({ holds: () => false }));

    timeline.input.push(VIDEO.id, frames({ from: 0, to: 906 }));

    assert.deepEqual(
      rowsOf(timeline, VIDEO.id).map(({ size }) => size > 0),
      [...Array.from({ length: 7 }, () => false), ...Array.from({ length: 8 }, () => true)],
    );
  });
});

test('a window of 25 hours of five tracks costs megabytes', (t) => {
  const qualities = [2_500_000, 1_200_000, 800_000, 400_000].map((bitrate) => videoTrack(bitrate));
  const all = [...qualities, AUDIO];
  const timeline = openTimeline(all);
  const before = memoryOf();

  // One frame and one frame of sound stand for each segment: the rows are the same.
  for (let second = 0; second < 25 * 3600; second += 2) {
    for (const { id } of qualities) {
      const [key] = frames({ from: second * 30, to: second * 30 + 1 });
      assert.ok(key);
      timeline.input.push(id, [{ ...key, duration: 180_000 }]);
    }
    const [sound] = sounds({ from: second * 30, to: second * 30 + 2 });
    assert.ok(sound);
    timeline.input.push(AUDIO.id, [{ ...sound, duration: 96_000 }]);
  }
  timeline.end();

  const megabytes = (memoryOf() - before) / 1024 ** 2;
  t.diagnostic(`25 h of five tracks: ${megabytes.toFixed(1)} MB`);
  assert.equal(rowsOf(timeline, AUDIO.id).length, 45_000);
  assert.ok(megabytes < 25, `${megabytes} MB`);
});

/** Typed arrays are outside of the heap. */
function memoryOf(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

test('a segment of which no more than a rounding is within a window is none of it', () => {
  // 60 pictures of 2998 ticks: 1.9987 s, as times in milliseconds make of two seconds.
  const timeline = openTimeline([VIDEO]);
  const pictures = frames({ from: 0, to: 301 }).map((sample, index) => ({
    ...sample,
    decodeTime: ticks(index * 2998),
    duration: 2998,
  }));
  timeline.input.push(VIDEO.id, pictures);
  timeline.end();

  assert.deepEqual(
    rowsOf(timeline, VIDEO.id).map(({ sequence }) => sequence),
    [1, 2, 3, 4, 5, 6],
  );
  // Back from the end of the sixth, which is one picture long: 6 s are three segments, and 4 ms of a fourth.
  assert.equal(timeline.firstWithin(6 + 2998 / 90_000), 3);
});
