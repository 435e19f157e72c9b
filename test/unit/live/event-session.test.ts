import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createEventSession,
  type EventSession,
  type OutputOptions,
} from '../../../src-main/core/live/event-session.ts';
import type { RecordingClaim } from '../../../src-main/core/ports/archive.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { ChunkStore, SegmentReader } from '../../../src-main/core/ports/store.ts';
import { audioTrack, pushBoth, videoTrack } from '../../support/broadcast-media.ts';
import { manualClock } from '../../support/manual-clock.ts';

const VIDEO = videoTrack();
const AUDIO = audioTrack();
const FRAMES = 30;
const HOUR = 3600;

type Stage = {
  readonly session: EventSession;
  /** Lengths of files that the output asked for, in their order. */
  readonly rolls: number[];
  /** The first segment that has to stay on the disk, each time that it was said. */
  readonly trims: number[];
  /** Sequence numbers of the segments that are on the disk, by what was written and trimmed. */
  readonly onDisk: () => readonly number[];
  readonly push: (from: number, to: number) => void;
};

/** A run that cuts every two seconds, with one output. */
async function openStage(output: Partial<OutputOptions>): Promise<Stage> {
  const rolls: number[] = [];
  const trims: number[] = [];
  const written = new Set<number>();
  const store: ChunkStore = {
    addTrack: () => undefined,
    append(_track, _chunk, { sequence }) {
      written.add(sequence);
      return { file: 1, offset: 0 };
    },
    holds: () => true,
    count: () => ({ written: written.size, discarded: 0 }),
    openOutput(_folder, rollSeconds = -1) {
      rolls.push(rollSeconds);
      return Promise.resolve({
        setRoll: (seconds) => void rolls.push(seconds),
        trim: (sequence) => trims.push(sequence) > 0,
        close: () => Promise.resolve(),
      });
    },
    remove: () => Promise.resolve(),
    flushed: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const reader: SegmentReader = {
    read: () => Promise.reject(new Error('nobody asks')),
    release: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const claim: RecordingClaim = {
    folder: 'tape',
    describe: () => Promise.resolve(),
    keepCues: () => undefined,
    keepText: () => undefined,
    removeText: () => Promise.resolve(),
    present: () => undefined,
    finish: () => Promise.resolve(undefined),
    abandon: () => Promise.resolve(),
  };
  const session = createEventSession({
    eventId: 'news',
    segmentSeconds: 2,
    partSeconds: undefined,
    epochOffsetMs: 0,
    clock: manualClock(0),
    logger: silentLogger,
    openStore: () => store,
    reader,
    assets: { beginRecording: () => Promise.resolve(claim) },
    onGap: () => undefined,
    onDropped: () => undefined,
  });
  session.input.open([VIDEO, AUDIO]);
  await session.addOutput({
    name: 'tape',
    assetName: 'tape',
    manifestName: 'manifest',
    archiveSeconds: 6,
    rewindSeconds: 6,
    ...output,
  });
  return {
    session,
    rolls,
    trims,
    onDisk: () => [...written].filter((sequence) => sequence >= (trims.at(-1) ?? 0)),
    push: (from, to) =>
      pushBoth(session.input, [VIDEO, AUDIO], {
        from: Math.round(from * FRAMES),
        to: Math.round(to * FRAMES),
        gop: 2 * FRAMES,
        start: 0,
      }),
  };
}

test('47: what a segment pushes out of the window goes when that segment is complete, not with the one behind it', async () => {
  const { trims, onDisk, push } = await openStage({ archiveSeconds: 6 });
  push(0, 20);

  for (let seconds = 20; seconds < 30; seconds += 2) {
    // Into the next segment: with its first part the one before it is complete.
    push(seconds, seconds + 0.5);
    const complete = seconds / 2;

    assert.equal(trims.at(-1), complete - 2, 'three segments of two seconds stay');
    assert.deepEqual(onDisk(), [complete - 2, complete - 1, complete, complete + 1]);
    push(seconds + 0.5, seconds + 2);
  }
});

test('47: at no moment is more on the disk than the window and two segments', async () => {
  const { onDisk, push } = await openStage({ archiveSeconds: 6 });
  for (let frame = 0; frame < 30 * FRAMES; frame += 1) {
    push(frame / FRAMES, (frame + 1) / FRAMES);

    assert.ok(onDisk().length <= 3 + 2, `${onDisk().join()} after frame ${frame}`);
  }
});

test('47: the files of a window of up to an hour or so are a segment each, longer ones a three-hundredth of theirs', async () => {
  const short = await openStage({ archiveSeconds: HOUR });
  const long = await openStage({ archiveSeconds: 25 * HOUR });

  assert.deepEqual([short.rolls.at(-1), long.rolls.at(-1)], [0, 300]);
});

test('49: with a snap time nothing that comes before it stays on the disk, however long the window is', async () => {
  const { onDisk, trims, rolls, push } = await openStage({
    archiveSeconds: 25 * HOUR,
    rewindSeconds: HOUR,
    snapTicks10MHz: 90_000_000n,
  });
  push(0, 12.5);

  // Segments begin at 0, 2, … 10 s.
  assert.deepEqual([trims.at(-1), onDisk()], [6, [6, 7]]);
  assert.deepEqual(rolls, [0], 'and each is a file until all tracks have begun');
  push(12.5, 20);
  assert.deepEqual(rolls, [0, 300]);
});

test('a preview shows as much as three target durations, and all of it can be read, however far apart key frames are', async () => {
  for (const gops of [Array.from({ length: 6 }, () => 250), [250, ...Array.from({ length: 100 }, () => 15)]]) {
    const { session } = await openStage({ archiveSeconds: 600, rewindSeconds: 600 });
    let from = 0;
    for (const gop of gops) {
      pushBoth(session.input, [VIDEO, AUDIO], { from, to: from + gop, gop, start: from });
      from += gop;
    }
    const { preview } = session;
    const [window] = preview.tracks();
    assert.ok(window !== undefined);
    const { segments, track } = window;
    const rows = Array.from({ length: segments.length }, (_, index) => segments.at(index));
    const seconds = rows.reduce((sum, { duration }) => sum + duration, 0) / track.timescale;

    assert.ok(seconds >= 3 * 9, `${rows.length} segments of ${seconds} s`);
    for (const { sequence } of rows) {
      assert.ok((await preview.readSegment(window, sequence)).length > 0);
    }
  }
});
