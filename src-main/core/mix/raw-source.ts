import { type Picture, pictureBytes } from './picture.ts';

/** A frame of a source with the time it came. */
export type SourceFrame = Picture & {
  readonly arrivedMs: number;
  /** Counts up with each frame kept, so that a compositor knows an unchanged picture. */
  readonly sequence: number;
};

export type RawSourceOptions = {
  readonly width: number;
  readonly height: number;
  /** Frames are shown this long after they came. */
  readonly delayMs: number;
  /** Length of a programme frame. */
  readonly periodMs: number;
  /**
   * The source has the programme's rate and was meant to be shown at it: a frame that came a little early or late still has its turn, so that
   * jitter around the beginning of a programme frame does not show one twice and leave the next out.
   */
  readonly inTurn?: boolean;
};

/**
 * Cuts a stream of raw I420 into frames and keeps the few that the presentation delay needs. Never asks the stream to wait and never holds more
 * than two frames for each period of the delay and a few: a flood replaces the newest one.
 */
export type RawSource = {
  /** Takes the next bytes of the stream; tells how many frames they completed. */
  push(bytes: Uint8Array, nowMs: number): number;
  /**
   * The frame to show at `nowMs`: the newest that came at or before `nowMs - delayMs`. Undefined while there is none. Later calls must not
   * ask for an earlier time by more than the delay. The picture stays as it is until the next call of `push` or `at`.
   */
  at(nowMs: number): SourceFrame | undefined;
  /** When the newest frame was completed; undefined before the first. */
  newestMs(): number | undefined;
  /** The frame completed last, for looking at its contents. */
  newest(): SourceFrame | undefined;
  /** Forgets a half-read frame: the stream begins anew with another process. */
  restart(): void;
  /** Frames per second over the last seconds. */
  rate(nowMs: number): number;
};

const RATE_WINDOW_MS = 2000;

/** Frames that may follow each other at any distance, so that one late frame and its punctual successor are both shown. */
const JITTER_FRAMES = 3;

type Slot = { readonly picture: Picture; arrivedMs: number; sequence: number };

export function createRawSource(options: RawSourceOptions): RawSource {
  const { width, height, delayMs, periodMs, inTurn = false } = options;
  const frameBytes = pictureBytes(width, height);
  const leastDistanceMs = periodMs / 2;
  const most = Math.ceil(delayMs / leastDistanceMs) + JITTER_FRAMES;
  const spare: Slot[] = [];
  // Oldest first; the first one may be on show.
  const kept: Slot[] = [];
  let filling = takeSlot();
  let fill = 0;
  let sequence = 0;
  let hasShown = false;
  /** The time of the last answer: asked for it again, the answer is the same. */
  let askedMs = -Infinity;
  let newestMs: number | undefined;
  let newest: Slot | undefined;
  const arrivals: number[] = [];

  function takeSlot(): Slot {
    return (
      spare.pop() ?? {
        picture: { bytes: Buffer.allocUnsafeSlow(frameBytes), width, height },
        arrivedMs: 0,
        sequence: 0,
      }
    );
  }

  /** Gives back what is older than the frame to show at that time. */
  function prune(untilMs: number): void {
    while (kept.length > 1 && (kept[1]?.arrivedMs ?? Infinity) <= untilMs) {
      giveBack();
    }
  }

  function giveBack(): void {
    const old = kept.shift();
    if (old !== undefined) {
      spare.push(old);
      hasShown = true;
    }
  }

  /**
   * The same for frames that take turns. Shown once each for as long as they come within one period and a half of when they are due: wide
   * enough that after one correction the jitter is in the middle of it.
   */
  function advance(showMs: number): void {
    for (let steps = 0; kept.length > 1; steps += 1) {
      const overdueMs = showMs - (kept[1]?.arrivedMs ?? Infinity);
      if (overdueMs < (steps === 0 ? -periodMs / 2 : periodMs / 2)) {
        return;
      }
      giveBack();
    }
  }

  function complete(nowMs: number): void {
    newestMs = nowMs;
    arrivals.push(nowMs);
    sequence += 1;
    filling.sequence = sequence;
    filling.arrivedMs = nowMs;
    // A frame is on show for at most one period after the delay; what is older than that by now nobody asks for.
    prune(nowMs - delayMs - periodMs * (inTurn ? 2 : 1));
    const last = kept.at(-1);
    const isFlood = kept.length >= JITTER_FRAMES && nowMs - (last?.arrivedMs ?? 0) < leastDistanceMs;
    if (last !== undefined && (isFlood || kept.length >= most)) {
      // Faster than can be shown: the newer picture takes the place, and the time, of the one before, so that a flood
      // cannot keep pushing its own newest frame out of reach of the delay.
      filling.arrivedMs = last.arrivedMs;
      kept[kept.length - 1] = filling;
      newest = filling;
      filling = last;
      return;
    }
    kept.push(filling);
    newest = filling;
    filling = takeSlot();
  }

  function view(slot: Slot): SourceFrame {
    return { ...slot.picture, arrivedMs: slot.arrivedMs, sequence: slot.sequence };
  }

  return {
    push(bytes, nowMs) {
      let completed = 0;
      for (let offset = 0; offset < bytes.length; ) {
        const length = Math.min(frameBytes - fill, bytes.length - offset);
        filling.picture.bytes.set(bytes.subarray(offset, offset + length), fill);
        offset += length;
        fill += length;
        if (fill === frameBytes) {
          fill = 0;
          complete(nowMs);
          completed += 1;
        }
      }
      return completed;
    },
    at(nowMs) {
      const showMs = nowMs - delayMs;
      if (!inTurn) {
        prune(showMs);
      } else if (hasShown && showMs > askedMs) {
        advance(showMs);
      }
      askedMs = showMs;
      const first = kept[0];
      if (first === undefined || (first.arrivedMs > showMs && !hasShown)) {
        return undefined;
      }
      hasShown = true;
      return view(first);
    },
    newestMs: () => newestMs,
    newest: () => (newest === undefined ? undefined : view(newest)),
    restart() {
      fill = 0;
    },
    rate(nowMs) {
      while (arrivals.length > 0 && (arrivals[0] ?? 0) < nowMs - RATE_WINDOW_MS) {
        arrivals.shift();
      }
      return (arrivals.length * 1000) / RATE_WINDOW_MS;
    },
  };
}
