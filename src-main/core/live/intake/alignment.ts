import { rescale, ticks, ticksToSeconds } from '../../../media/time.ts';
import type { KeyFrame, TrackMonitor } from './track-monitor.ts';

/** Pictures and sound that have come this much further than each other are out of step (spec 2.16 gives no figure). */
const OUT_OF_SYNC_SECONDS = 10;
/** A key frame is looked for in other qualities once they have come this far past it. */
const PASSED_SECONDS = 1;

export type Edges = { readonly least: TrackMonitor; readonly most: TrackMonitor };

/** The track that has come least far and the one that has come furthest, when one is sound, the other pictures, and they are far apart. */
export function findOutOfSync(monitors: readonly TrackMonitor[]): Edges | undefined {
  const begun = monitors.filter((monitor) => monitor.edge() !== undefined);
  for (const least of begun) {
    const most = begun.find(
      (other) =>
        other.track.kind !== least.track.kind && edgeSeconds(other) - edgeSeconds(least) > OUT_OF_SYNC_SECONDS,
    );
    if (most !== undefined) {
      return { least, most };
    }
  }
  return undefined;
}

export type Unaligned = { readonly first: KeyFrame; readonly second: KeyFrame; readonly timescale: number };

/**
 * The newest key frame of the first video quality for which another has no key frame at the same instant, with the nearest one it has.
 * Undefined while they are aligned. Both times are in the first one's timescale.
 */
export function findUnaligned(monitors: readonly TrackMonitor[]): Unaligned | undefined {
  const [first, ...others] = monitors.filter(({ track }) => track.kind === 'video');
  if (first === undefined) {
    return undefined;
  }
  const { timescale } = first.track;
  for (const other of others) {
    const theirs = other.keyFrames().map((frame) => inTimescale(frame, other.track.timescale, timescale));
    const edge = other.edge();
    const [oldest] = theirs;
    const ours = first
      .keyFrames()
      .findLast(
        ({ time }) =>
          edge !== undefined &&
          oldest !== undefined &&
          time >= oldest.time &&
          ticksToSeconds(time, timescale) + PASSED_SECONDS <= ticksToSeconds(edge, other.track.timescale),
      );
    if (ours === undefined) {
      continue;
    }
    const nearest = theirs.reduce<KeyFrame | undefined>(
      (best, frame) => (best !== undefined && distance(best, ours) <= distance(frame, ours) ? best : frame),
      undefined,
    );
    if (nearest !== undefined && distance(nearest, ours) > ours.duration / 2) {
      return { first: ours, second: nearest, timescale };
    }
  }
  return undefined;
}

function edgeSeconds(monitor: TrackMonitor): number {
  return ticksToSeconds(monitor.edge() ?? ticks(0n), monitor.track.timescale);
}

function inTimescale({ time, duration, distance: gop }: KeyFrame, from: number, to: number): KeyFrame {
  return { time: rescale(time, from, to), duration, distance: Math.round((gop * to) / from) };
}

function distance(a: KeyFrame, b: KeyFrame): number {
  return Math.abs(Number(a.time - b.time));
}
