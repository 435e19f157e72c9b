import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createFragmentRuns } from '../../../src-main/core/packaging/hds/fragment-runs.ts';
import type { SegmentRef } from '../../../src-main/media/cmaf/segment-table.ts';
import type { FragmentEntry } from '../../../src-main/media/hds/bootstrap.ts';
import { ticks } from '../../../src-main/media/time.ts';

const TIMESCALE = 48_000;

/** Begin and length of each fragment in ms, by its number, as players reckon. */
function expand(entries: readonly FragmentEntry[], last: number): ReadonlyMap<number, readonly [number, number]> {
  const found = new Map<number, readonly [number, number]>();
  for (const [index, entry] of entries.entries()) {
    if ('ends' in entry) {
      continue;
    }
    const next = entries[index + 1];
    for (let number = entry.first; number < (next?.first ?? last + 1); number += 1) {
      found.set(number, [entry.timeMs + (number - entry.first) * entry.durationMs, entry.durationMs]);
    }
  }
  return found;
}

test('players find every fragment of a window that moves at its time, over gaps, and none that is not there', () => {
  const step = fc.record({
    frames: fc.integer({ min: 90, max: 96 }),
    gapFrames: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.integer({ min: 50, max: 500 })),
    isLost: fc.boolean(),
    leaves: fc.nat(2),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      const rows: SegmentRef[] = [];
      let time = 0n;
      let first = 0;
      const runs = createFragmentRuns({
        rowAt: (sequence) => rows[sequence],
        timescale: TIMESCALE,
        numberOf: (sequence) => sequence + 1,
        beginSeconds: 0,
      });
      for (const [sequence, { frames, gapFrames, isLost, leaves }] of steps.entries()) {
        time += BigInt(gapFrames * 1024);
        const size = isLost && sequence % 5 === 4 ? 0 : 1000;
        rows.push({ sequence, time: ticks(time), duration: frames * 1024, size, discontinuity: gapFrames > 0 });
        time += BigInt(frames * 1024);
        first = Math.min(sequence, first + leaves);
        const entries = runs.entries(first, sequence);

        const there = rows.slice(first).filter((row) => row.size > 0);
        const found = expand(entries, (there.at(-1)?.sequence ?? -1) + 1);
        assert.deepEqual(
          [...found.keys()],
          there.map((row) => row.sequence + 1),
        );
        for (const row of there) {
          const [timeMs = 0, durationMs = 0] = found.get(row.sequence + 1) ?? [];
          // Along a run of any length players are never further off than the rounding of a ms or two.
          assert.ok(Math.abs(timeMs - (Number(row.time) * 1000) / TIMESCALE) < 2, `${timeMs}`);
          assert.ok(Math.abs(durationMs - (row.duration * 1000) / TIMESCALE) < 2);
        }
      }
    }),
  );
});
