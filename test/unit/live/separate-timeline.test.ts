import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTimeline } from '../../../src-main/core/live/timeline.ts';
import type { Track } from '../../../src-main/core/ports/presentation.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { audioTrack, frames, pushBoth, sounds, videoTrack } from '../../support/broadcast-media.ts';

const VIDEO = videoTrack();
const AUDIO = audioTrack();
const APART: Track = {
  ...audioTrack(192_000),
  id: 'separate_1',
  separate: { input: 'mic', label: 'Microphone' },
};

function openWorld() {
  const gaps: { readonly track: string; readonly seconds: number }[] = [];
  const timeline = createTimeline({
    partSeconds: 0.2,
    segmentSeconds: 2,
    firstSequence: 1,
    onGap: ({ id, timescale }, expected, found) =>
      gaps.push({ track: id, seconds: Math.round(Number(found - expected) / timescale) }),
    onDropped: () => undefined,
  });
  const rows = (): readonly (readonly [number, boolean])[] => {
    const table = timeline.separate()[0]?.table;
    return Array.from({ length: table?.length ?? 0 }, (_, index) => {
      const { sequence = 0, size = 0 } = table?.at(index) ?? {};
      return [sequence, size > 0] as const;
    });
  };
  return { timeline, gaps, rows };
}

test('a separate track has the segments of the programme and is none of its tracks, also when it is there first', () => {
  const { timeline, rows } = openWorld();

  timeline.input.open([APART]);
  timeline.input.push(APART.id, sounds({ from: 0, to: 10 }));
  timeline.input.open([VIDEO, AUDIO]);
  pushBoth(timeline.input, [VIDEO, AUDIO], { from: 0, to: 150 });
  const before = timeline.revision();
  timeline.input.push(APART.id, sounds({ from: 0, to: 150 }));

  assert.deepEqual(
    timeline.tracks().map(({ track }) => track.id),
    [VIDEO.id, AUDIO.id],
  );
  assert.deepEqual(rows(), [
    [1, true],
    [2, true],
  ]);
  assert.equal(timeline.revision(), before, 'nobody who watches is woken by it');
});

test('a separate track that goes on while the programme is silent cuts nothing and fails nothing', () => {
  const { timeline, rows } = openWorld();
  timeline.input.open([VIDEO, AUDIO, APART]);
  pushBoth(timeline.input, [VIDEO, AUDIO], { from: 0, to: 30 });

  for (let from = 0; from < 3000; from += 30) {
    timeline.input.push(APART.id, sounds({ from, to: from + 30 }));
  }

  assert.equal(timeline.newestSequence(), 1);
  pushBoth(timeline.input, [VIDEO, AUDIO], { from: 3000, to: 3150 });
  timeline.input.push(APART.id, sounds({ from: 3000, to: 3150 }));
  timeline.end();
  assert.equal(rows().at(-1)?.[1], true);
});

test('a separate track may begin and be away at any time; its gap is told, and the programme has none', () => {
  const { timeline, gaps, rows } = openWorld();
  timeline.input.open([VIDEO, AUDIO]);
  pushBoth(timeline.input, [VIDEO, AUDIO], { from: 0, to: 90 });
  timeline.input.open([APART]);
  timeline.input.push(APART.id, sounds({ from: 75, to: 90 }));

  pushBoth(timeline.input, [VIDEO, AUDIO], { from: 90, to: 900 });
  timeline.input.push(APART.id, sounds({ from: 690, to: 900 }));
  timeline.end();

  assert.deepEqual(gaps, [{ track: APART.id, seconds: 20 }]);
  // From the middle of the second segment on.
  assert.deepEqual(rows()[0], [2, true]);
  assert.equal(timeline.separate()[0]?.table.at(0).time, ticks(118 * 1024));
  assert.deepEqual(
    rows()
      .filter(([, isThere]) => !isThere)
      .map(([sequence]) => sequence),
    [3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
  );
});

test('what is taken back is taken back of a separate track too, and one that has stopped makes that no longer', () => {
  const { timeline, rows } = openWorld();
  timeline.input.open([VIDEO, AUDIO, APART]);
  timeline.input.push(VIDEO.id, frames({ from: 0, to: 300 }));
  timeline.input.push(AUDIO.id, sounds({ from: 0, to: 300 }));
  timeline.input.push(APART.id, sounds({ from: 0, to: 120 }));

  const { fromSequence } = timeline.removeSince(7000);
  timeline.input.push(APART.id, sounds({ from: 120, to: 300 }));

  assert.equal(fromSequence, 4);
  timeline.end();
  assert.deepEqual(rows().slice(0, 5), [
    [1, true],
    [2, true],
    [3, true],
    [4, false],
    [5, false],
  ]);
});
