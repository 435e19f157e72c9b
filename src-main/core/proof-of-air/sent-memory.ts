import type { Clock } from '../../base/clock.ts';
import { distance, isBlack, type Signature, signatureOf } from './signature.ts';

/** What was sent, for as long as a service behind it may take to show it. */
export type SentMemory = {
  /** A picture of the programme: I420, or its first plane alone. `wallMs` is UTC. */
  readonly picture: (wallMs: number, luma: Uint8Array, width: number, height: number) => void;
  /** The level of the programme's sound, dBFS. */
  readonly level: (wallMs: number, peakDb: number) => void;
  /**
   * Pictures that somebody received, evenly `stepMs` apart: when the first of them was sent. Whether they were sent at all is another question than
   * when, because a slide that stays for a minute was sent all that time.
   */
  readonly find: (received: readonly Signature[], stepMs: number) => Found;
  /** Whether pictures changed between two instants; undefined when that is not remembered. */
  readonly hasMoved: (fromMs: number, toMs: number) => boolean | undefined;
  readonly wasBlack: (fromMs: number, toMs: number) => boolean | undefined;
  readonly wasSilent: (fromMs: number, toMs: number) => boolean | undefined;
  /** Since when it remembers; undefined while nothing was sent. */
  readonly sinceMs: () => number | undefined;
  readonly forget: () => void;
};

export type Found =
  /** Nothing is remembered to compare with. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'never-sent' }
  /** It was sent, and over a time in which it stayed the same. */
  | { readonly kind: 'sent'; readonly atMs: undefined }
  | { readonly kind: 'sent'; readonly atMs: number };

/** Platforms are up to a minute behind; what is further is not looked for. */
const KEPT_MS = 150_000;
const PICTURE_EVERY_MS = 90;
/** Two encoders and a change of size leave two or three levels of difference. */
const SAME = 6;
/** A whole picture that changes less than this, encoded, cannot be told from noise. */
const MOVED = 2.5;
/** Where a picture is looked for around the time that it should have been sent at: clocks of pictures are coarse on both sides. */
const JITTER_MS = 150;
/** Of so many of the pictures the fit is asked: a cut or a flash falls between two of those that are remembered. */
const COUNTED = 0.75;
/** Where a beginning is looked for. */
const CANDIDATE_EVERY_MS = 200;
/** Times that fit as well as the best one, within this, are one answer. */
const ONE_ANSWER_MS = 1200;
/** How much worse than the best fit another may be and still leave doubt. */
const DOUBT = 1.2;
/** Quieter than any room; a muted programme is all zeros. */
const SILENT_DB = -70;

type Sent = { readonly wallMs: number; readonly signature: Signature };
type Level = { readonly wallMs: number; readonly peakDb: number };

export function createSentMemory(clock: Clock): SentMemory {
  let pictures: Sent[] = [];
  let levels: Level[] = [];

  function prune<T extends { readonly wallMs: number }>(items: T[]): T[] {
    const sinceMs = clock.wallMs() - KEPT_MS;
    // The oldest go in lots.
    return (items[0]?.wallMs ?? Number.POSITIVE_INFINITY) < sinceMs - KEPT_MS / 10
      ? items.filter(({ wallMs }) => wallMs >= sinceMs)
      : items;
  }

  function within<T extends { readonly wallMs: number }>(
    items: readonly T[],
    fromMs: number,
    toMs: number,
  ): readonly T[] {
    return items.filter(({ wallMs }) => wallMs >= fromMs && wallMs <= toMs);
  }

  /** Index of the first picture that is not before an instant. */
  function indexAt(ms: number): number {
    let low = 0;
    let high = pictures.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((pictures[middle]?.wallMs ?? 0) < ms) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** How near the nearest picture around an instant is; undefined when none is remembered there. */
  function nearest(signature: Signature, ms: number): number | undefined {
    let least: number | undefined;
    for (let index = indexAt(ms - JITTER_MS); index < pictures.length; index += 1) {
      const sent = pictures[index];
      if (sent === undefined || sent.wallMs > ms + JITTER_MS) {
        break;
      }
      least = Math.min(least ?? Number.POSITIVE_INFINITY, distance(signature, sent.signature));
    }
    return least;
  }

  /** How well the received ones fit when the first was sent at `ms`; undefined when less than half of them can be compared. */
  function fit(received: readonly Signature[], stepMs: number, ms: number): number | undefined {
    const distances = received.flatMap((signature, index) => nearest(signature, ms + index * stepMs) ?? []);
    const counted = distances.toSorted((a, b) => a - b).slice(0, Math.ceil(distances.length * COUNTED));
    return distances.length * 2 >= received.length && counted.length > 0
      ? counted.reduce((sum, value) => sum + value, 0) / counted.length
      : undefined;
  }

  return {
    picture(wallMs, luma, width, height) {
      const last = pictures.at(-1)?.wallMs ?? Number.NEGATIVE_INFINITY;
      if (wallMs < last) {
        // The programme began anew.
        pictures = [];
      } else if (wallMs - last < PICTURE_EVERY_MS) {
        return;
      }
      pictures.push({ wallMs, signature: signatureOf(luma, width, height) });
      pictures = prune(pictures);
    },
    level(wallMs, peakDb) {
      levels.push({ wallMs, peakDb });
      levels = prune(levels);
    },
    find(received, stepMs) {
      if (pictures.length === 0 || received.length === 0) {
        return { kind: 'unknown' };
      }
      let lastMs = Number.NEGATIVE_INFINITY;
      const fits = pictures.flatMap(({ wallMs }) => {
        const isNext = wallMs - lastMs >= CANDIDATE_EVERY_MS;
        lastMs = isNext ? wallMs : lastMs;
        const value = isNext ? fit(received, stepMs, wallMs) : undefined;
        return value === undefined ? [] : [{ wallMs, value }];
      });
      const best = fits.reduce<(typeof fits)[number] | undefined>(
        (least, candidate) => (least === undefined || candidate.value < least.value ? candidate : least),
        undefined,
      );
      if (best === undefined) {
        return { kind: 'unknown' };
      }
      if (best.value > SAME) {
        return { kind: 'never-sent' };
      }
      const asGood = fits.filter(({ value }) => value <= best.value + DOUBT);
      const spread = (asGood.at(-1)?.wallMs ?? 0) - (asGood[0]?.wallMs ?? 0);
      return { kind: 'sent', atMs: spread <= ONE_ANSWER_MS ? best.wallMs : undefined };
    },
    hasMoved(fromMs, toMs) {
      const between = within(pictures, fromMs, toMs);
      const [first] = between;
      return first === undefined || between.length < 2
        ? undefined
        : between.some(({ signature }) => distance(signature, first.signature) > MOVED);
    },
    wasBlack(fromMs, toMs) {
      const between = within(pictures, fromMs, toMs);
      return between.length === 0 ? undefined : between.every(({ signature }) => isBlack(signature));
    },
    wasSilent(fromMs, toMs) {
      const between = within(levels, fromMs, toMs);
      return between.length === 0 ? undefined : between.every(({ peakDb }) => peakDb <= SILENT_DB);
    },
    sinceMs: () => pictures[0]?.wallMs,
    forget() {
      pictures = [];
      levels = [];
    },
  };
}
