import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createEmitter } from '../../../src-main/base/emitter.ts';
import { createLivePresentation } from '../../../src-main/core/live/live-presentation.ts';
import { createTimeline, type Timeline } from '../../../src-main/core/live/timeline.ts';
import type { Presentation } from '../../../src-main/core/ports/presentation.ts';
import type { ChunkPosition, ChunkStore } from '../../../src-main/core/ports/store.ts';
import { audioTrack, pushBoth, videoTrack } from '../../support/broadcast-media.ts';

const VIDEO = videoTrack();
const AUDIO = audioTrack();
const FPS = 30;
const GOP = 60;

type Rig = {
  readonly timeline: Timeline;
  readonly presentation: Presentation;
  /** What went into the store, by track and sequence number. */
  readonly stored: readonly (ChunkPosition & { readonly track: string })[];
  readonly push: (fromSeconds: number, toSeconds: number) => void;
};

/** A broadcast whose media time begins at 0; key frames every 2 s. */
function openRig(): Rig {
  const timeline = createTimeline({
    partSeconds: 0.2,
    segmentSeconds: 2,
    firstSequence: 1,
    onGap: () => undefined,
    onDropped: () => undefined,
  });
  timeline.input.open([VIDEO, AUDIO]);
  const stored: (ChunkPosition & { readonly track: string })[] = [];
  const store: ChunkStore = {
    addTrack: () => undefined,
    append(track, _chunk, position) {
      stored.push({ track, ...position });
      return { file: 1, offset: 0 };
    },
    holds: () => true,
    count: () => ({ written: 0, discarded: 0 }),
    openOutput: () => Promise.reject(new Error('not here')),
    remove: () => Promise.resolve(),
    flushed: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  timeline.attachStore(store);
  const presentation = createLivePresentation({
    id: 'rig',
    timeline,
    notes: { cues: () => [], captionsOf: () => [], revision: () => 0, changed: createEmitter<undefined>() },
    files: undefined,
    fromSequence: 1,
    rewindSeconds: 3600,
    segmentSeconds: 2,
    partSeconds: 0.2134,
    epochOffsetMs: 0,
    startedAtMs: 0,
  });
  return {
    timeline,
    presentation,
    stored,
    push: (from, to) =>
      pushBoth(timeline.input, [VIDEO, AUDIO], {
        from: Math.round(from * FPS),
        to: Math.round(to * FPS),
        gop: GOP,
        start: 0,
      }),
  };
}

/** Sequence numbers of the rows that have bytes, of each track. */
function whole({ presentation }: Rig): readonly (readonly number[])[] {
  return presentation.tracks().map(({ segments }) =>
    Array.from({ length: segments.length }, (_, index) => segments.at(index))
      .filter(({ size }) => size > 0)
      .map(({ sequence }) => sequence),
  );
}

test('what is taken back is in no segment, part or open segment, in any track', async () => {
  const rig = openRig();
  rig.push(0, 9);

  rig.timeline.removeSince(5000);

  assert.deepEqual(whole(rig), [
    [1, 2],
    [1, 2],
  ]);
  for (const window of rig.presentation.tracks()) {
    assert.equal(window.open, undefined);
    for (const sequence of [3, 4, 5]) {
      assert.deepEqual(window.partsOf(sequence), []);
      assert.equal(rig.presentation.readPart(window, sequence, 0), undefined);
      await assert.rejects(rig.presentation.readSegment(window, sequence), {
        code: 'MPE_FRAGMENT_TIMESTAMP_NOT_FOUND',
      });
    }
  }
});

test('until it is told where the slate begins, nothing that comes is shown or stored', () => {
  const rig = openRig();
  rig.push(0, 5);
  rig.timeline.removeSince(3000);
  const storedBefore = rig.stored.length;

  rig.push(5, 21);

  assert.deepEqual(whole(rig), [[1], [1]]);
  assert.equal(rig.stored.length, storedBefore);
  assert.deepEqual(
    rig.presentation.tracks().map(({ segments }) => segments.length),
    [10, 10],
    'its time stays, so that nobody waits for it',
  );
});

test('with the first key frame of the slate it goes on, and sound and picture begin there together', () => {
  const rig = openRig();
  rig.push(0, 5);
  rig.timeline.removeSince(3000);
  rig.timeline.endRemovalAt(6500);

  rig.push(5, 13);

  assert.deepEqual(whole(rig), [
    [1, 5, 6],
    [1, 5, 6],
  ]);
  assert.deepEqual(
    rig.timeline.removed().map(({ fromSequence, toSequence, toMs }) => [fromSequence, toSequence, toMs]),
    [[2, 4, 8000]],
  );
  assert.deepEqual(
    rig.stored.filter(({ sequence }) => sequence >= 5).map(({ part }) => part)[0],
    0,
    'the first that is stored begins a segment',
  );
});

test('the rows keep their times, so a timeline that had something taken back has no break', () => {
  const rig = openRig();
  const other = openRig();
  for (const { push } of [rig, other]) {
    push(0, 7);
  }
  rig.timeline.removeSince(4500);
  rig.timeline.endRemovalAt(7100);
  for (const { push } of [rig, other]) {
    push(7, 13);
  }

  const times = ({ presentation }: Rig) =>
    presentation
      .tracks()
      .map(({ segments }) =>
        Array.from({ length: segments.length }, (_, index) => segments.at(index)).map(({ time, duration }) => [
          time,
          duration,
        ]),
      );
  assert.deepEqual(times(rig), times(other));
  assert.deepEqual(rig.presentation.discontinuities(), []);
});

test('when all there is is taken back, the window begins with the slate and not with gaps', () => {
  const rig = openRig();
  rig.push(0, 5);

  rig.timeline.removeSince(-60_000);
  const during = rig.presentation.tracks().map(({ segments }) => segments.length);
  rig.timeline.endRemovalAt(5100);
  rig.push(5, 9);

  assert.deepEqual(during, [0, 0]);
  assert.deepEqual(
    rig.presentation.tracks().map(({ segments }) => [segments.firstSequence, segments.length]),
    [
      [4, 1],
      [4, 1],
    ],
  );
});

test('before anything has come there is nothing to take back, and what comes then waits for the slate', () => {
  const rig = openRig();
  rig.timeline.removeSince(0);

  rig.push(0, 5);
  assert.deepEqual(whole(rig), [[], []]);
  rig.timeline.endRemovalAt(5000);
  rig.push(5, 9);

  assert.deepEqual(whole(rig), [[4], [4]]);
});

test('property: outside of what is taken back every byte is what it was, and inside there is none', async () => {
  const seconds = fc.integer({ min: 3, max: 30 }).map((tenths) => tenths / 2);
  await fc.assert(
    fc.asyncProperty(seconds, fc.integer({ min: 0, max: 16_000 }), seconds, async (length, backMs, more) => {
      const rig = openRig();
      const untouched = openRig();
      for (const { push } of [rig, untouched]) {
        push(0, length);
      }
      const fromMs = length * 1000 - backMs;

      rig.timeline.removeSince(fromMs);
      rig.timeline.endRemovalAt(length * 1000 + 100);
      for (const { push } of [rig, untouched]) {
        push(length, length + more);
      }

      for (const [index, window] of rig.presentation.tracks().entries()) {
        const original = untouched.presentation.tracks()[index]!;
        for (let at = 0; at < window.segments.length; at += 1) {
          const row = window.segments.at(at);
          const same = original.segments.at(row.sequence - original.segments.firstSequence);
          const endMs = (1000 * (Number(row.time) + row.duration)) / window.track.timescale;
          const startMs = (1000 * Number(row.time)) / window.track.timescale;
          const isShown = row.size > 0;
          // A frame of sound may reach over the cut of the picture, and what it reaches into goes from every track.
          assert(
            isShown ? endMs <= fromMs + 43 || startMs >= length * 1000 + 100 - 1 : endMs > fromMs - 43,
            `${startMs}-${endMs}`,
          );
          if (isShown && untouched.timeline.tracks()[index]?.recent(row.sequence) !== undefined) {
            assert.deepEqual(
              await rig.presentation.readSegment(window, row.sequence),
              await untouched.presentation.readSegment(original, row.sequence),
            );
            assert.deepEqual(row, same);
          }
        }
      }
    }),
    { numRuns: 30 },
  );
});
