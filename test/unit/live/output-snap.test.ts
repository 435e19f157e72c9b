import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LivePresentation } from '../../../src-main/core/live/live-presentation.ts';
import { createOutputSnap, type OutputSnap } from '../../../src-main/core/live/output-snap.ts';
import { createTimeline, type Timeline } from '../../../src-main/core/live/timeline.ts';
import { audioTrack, pushBoth, videoTrack } from '../../support/broadcast-media.ts';

const TRACKS = [videoTrack(), audioTrack()];
const SECOND = 10_000_000n;
const FRAMES = 30;

type Stage = {
  readonly timeline: Timeline;
  readonly snap: OutputSnap;
  /** Where the output's window was made to begin. */
  readonly moved: number[];
  /** The newest segment when longer files were allowed. */
  readonly begunAt: number[];
  /** Pushes seconds of pictures and sound, cut every two. */
  readonly push: (from: number, to: number) => void;
};

function openStage(snapSeconds: bigint | undefined): Stage {
  const timeline = createTimeline({
    partSeconds: 0.2,
    segmentSeconds: 2,
    firstSequence: 1,
    onGap: () => undefined,
    onDropped: () => undefined,
  });
  timeline.input.open(TRACKS);
  const moved: number[] = [];
  const begunAt: number[] = [];
  const window: Pick<LivePresentation, 'moveArchive'> = { moveArchive: (first) => void moved.push(first) };
  const snap = createOutputSnap({
    timeline,
    // All that it asks of a window.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
    window: window as LivePresentation,
    fromSequence: 1,
    snapTicks10MHz: snapSeconds === undefined ? undefined : snapSeconds * SECOND,
    onBegun: () => void begunAt.push(timeline.newestSequence()),
  });
  timeline.changed.on(() => snap.follow());
  const push: Stage['push'] = (from, to) =>
    pushBoth(timeline.input, TRACKS, { from: from * FRAMES, to: to * FRAMES, gop: 2 * FRAMES });
  return { timeline, snap, moved, begunAt, push };
}

test('an output without a snap time begins where it was made, and its files may be long at once', () => {
  const { snap, moved, begunAt, push } = openStage(undefined);
  push(0, 6);

  assert.deepEqual([snap.firstSequence(), moved, begunAt], [1, [], [0]]);
});

test('one with a snap time begins with the first segment that begins then or later', () => {
  const inside = openStage(5n);
  const exactly = openStage(4n);
  for (const { push } of [inside, exactly]) {
    push(0, 12);
  }

  // Segments begin at 0, 2, 4, 6 s.
  assert.deepEqual([inside.snap.firstSequence(), inside.moved.at(-1)], [4, 4]);
  assert.deepEqual([exactly.snap.firstSequence(), exactly.moved.at(-1)], [3, 3]);
});

test('while it has not begun its window is behind everything that there is', () => {
  const { timeline, snap, push } = openStage(100n);
  for (let second = 0; second < 10; second += 2) {
    push(second, second + 2);

    assert.ok(snap.firstSequence() > timeline.newestSequence());
  }
});

test('its files are a segment each until every track has begun, so that none holds anything from before', () => {
  const { snap, begunAt, push } = openStage(5n);
  push(0, 12.5);
  assert.deepEqual([snap.firstSequence(), begunAt], [4, []]);

  push(12.5, 20);

  assert.deepEqual(begunAt, [8]);
});
