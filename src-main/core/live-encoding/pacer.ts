import type { Sample } from '../../media/cmaf/types.ts';
import { ticksToSeconds } from '../../media/time.ts';

/** A sample of the feed with its times in ms of media time. */
export type FeedSample = {
  readonly kind: 'video' | 'audio';
  readonly sample: Sample;
  /** When it is to be decoded. */
  readonly decodeMs: number;
  /** When it is to be shown. */
  readonly showMs: number;
};

/**
 * Hands samples on at the pace of their times, however they come: an fMP4 push brings seconds at once, a network nothing and then much. The
 * mixer shows what it gets when it gets it, so this is where a feed becomes smooth.
 *
 * Every sample is due at its decode time plus one delay for all: the latest that a sample has come lately, plus a margin. A sample that comes
 * later still raises the delay at once; otherwise it follows what is needed in steps too small to be seen or heard, so that an encoder whose
 * clock runs differently from ours neither starves the mixer nor falls behind. What a burst after an outage raised falls at once when it has
 * not been needed for two periods: then what is too old comes in one go, and the newest of it is shown.
 */
export type Pacer = {
  /** Samples of one track in decode order; what lies before the last one's end is dropped. */
  push(kind: 'video' | 'audio', samples: readonly Sample[], timescale: number, nowMs: number): void;
  /** What is due, in the order of decode times. */
  take(nowMs: number): readonly FeedSample[];
  /** When something will be due; undefined while nothing is held. */
  nextDueMs(): number | undefined;
  /** From the decode time of a sample to when it is due; undefined before the first. */
  delayMs(): number | undefined;
};

/** More than the jitter of a good network, less than anybody notices in a live stream. */
const MARGIN_MS = 100;
/** How often the delay is looked at, and the most it is changed by then: half a per cent, which the mixer's sound makes up for. */
const PERIOD_MS = 5000;
const STEP_MS = 25;
/** Too much to be worked off in steps. */
const FAR_MS = 1500;
/** The longest fragment that anybody sends is 20 s (spec 2.7); times that lie farther ahead are on another clock. */
const MOST_HELD_MS = 30_000;
const MOST_HELD_BYTES = 64 * 1024 * 1024;
/** A step back in time larger than any repetition is a new beginning. */
const NEW_BEGINNING_MS = 30_000;

type Lane = { readonly samples: FeedSample[]; endMs: number };

export function createPacer(): Pacer {
  const lanes = {
    video: { samples: [], endMs: -Infinity } as Lane,
    audio: { samples: [], endMs: -Infinity } as Lane,
  };
  let heldBytes = 0;
  let delayMs: number | undefined;
  /** Everything until then goes at once, due or not. */
  let isFlushing = false;
  /** The latest that samples came, behind their decode times, in this period and the one before. */
  let latestMs = -Infinity;
  let latestBeforeMs = -Infinity;
  let periodEndsMs = -Infinity;

  function beginAnew(): void {
    isFlushing = true;
    delayMs = undefined;
    latestMs = -Infinity;
    latestBeforeMs = -Infinity;
    periodEndsMs = -Infinity;
  }

  function noteArrival(lateMs: number, nowMs: number): void {
    if (delayMs !== undefined && lateMs < delayMs - MOST_HELD_MS) {
      beginAnew();
    }
    if (nowMs >= periodEndsMs) {
      settle();
      periodEndsMs = nowMs + PERIOD_MS;
      latestBeforeMs = latestMs;
      latestMs = -Infinity;
    }
    latestMs = Math.max(latestMs, lateMs);
    if (delayMs === undefined || lateMs > delayMs) {
      delayMs = lateMs + MARGIN_MS;
    }
  }

  function settle(): void {
    if (delayMs === undefined || latestMs === -Infinity || latestBeforeMs === -Infinity) {
      return;
    }
    const excessMs = delayMs - MARGIN_MS - Math.max(latestMs, latestBeforeMs);
    delayMs -= excessMs > FAR_MS ? excessMs : Math.max(-STEP_MS, Math.min(STEP_MS, excessMs));
  }

  function next(): Lane | undefined {
    const { video, audio } = lanes;
    const [picture, sound] = [video.samples[0], audio.samples[0]];
    if (picture === undefined || sound === undefined) {
      return picture === undefined ? (sound === undefined ? undefined : audio) : video;
    }
    return sound.decodeMs < picture.decodeMs ? audio : video;
  }

  return {
    push(kind, samples, timescale, nowMs) {
      const lane = lanes[kind];
      for (const sample of samples) {
        const decodeMs = 1000 * ticksToSeconds(sample.decodeTime, timescale);
        const msOf = (count: number): number => (1000 * count) / timescale;
        // Half a frame of rounding is no overlap.
        const overlapMs = lane.endMs - decodeMs;
        if (overlapMs > NEW_BEGINNING_MS) {
          beginAnew();
        } else if (overlapMs > msOf(sample.duration) / 2) {
          continue;
        }
        noteArrival(nowMs - decodeMs, nowMs);
        lane.endMs = decodeMs + msOf(sample.duration);
        lane.samples.push({ kind, sample, decodeMs, showMs: decodeMs + msOf(sample.compositionOffset) });
        heldBytes += sample.data.length;
      }
      if (heldBytes > MOST_HELD_BYTES) {
        beginAnew();
      }
    },

    take(nowMs) {
      const due: FeedSample[] = [];
      for (let lane = next(); lane !== undefined; lane = next()) {
        const dueMs = (lane.samples[0]?.decodeMs ?? 0) + (delayMs ?? 0);
        if (!isFlushing && dueMs > nowMs) {
          break;
        }
        const sample = lane.samples.shift();
        if (sample !== undefined) {
          heldBytes -= sample.sample.data.length;
          due.push(sample);
        }
      }
      isFlushing = false;
      return due;
    },

    nextDueMs() {
      const first = next()?.samples[0];
      if (first === undefined) {
        return undefined;
      }
      return isFlushing ? -Infinity : first.decodeMs + (delayMs ?? 0);
    },

    delayMs: () => delayMs,
  };
}
