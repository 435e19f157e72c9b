/**
 * How an encoder's clock runs against ours, by how much later than its media each sample comes. The network only ever adds to that, so the
 * least of a while is near the truth.
 */
export type DriftMeter = {
  /** `lagSeconds`: arrival less media time. */
  add(nowMs: number, lagSeconds: number): void;
  /** The times began anew. */
  reset(): void;
  /** Seconds lost per minute; `0` while it is within what can be told, `n/a` without data of late (spec 2.16). */
  value(nowMs: number): string;
};

/** Length of a while. */
const SPAN_MS = 20_000;
/** Compared are the newest while and the oldest of the last five minutes. */
const KEPT_SPANS = 16;
/** Less than this may as well be jitter. */
const TELLABLE_SECONDS = 0.1;

type Span = { readonly number: number; atMs: number; lagSeconds: number };

export function createDriftMeter(): DriftMeter {
  let spans: Span[] = [];

  return {
    add(nowMs, lagSeconds) {
      const number = Math.floor(nowMs / SPAN_MS);
      const newest = spans.at(-1);
      if (newest?.number !== number) {
        spans = [...spans.slice(1 - KEPT_SPANS), { number, atMs: nowMs, lagSeconds }];
      } else if (lagSeconds < newest.lagSeconds) {
        newest.atMs = nowMs;
        newest.lagSeconds = lagSeconds;
      }
    },
    reset() {
      spans = [];
    },
    value(nowMs) {
      const newest = spans.at(-1);
      if (newest === undefined || newest.number < Math.floor(nowMs / SPAN_MS) - 1) {
        return 'n/a';
      }
      const [oldest = newest] = spans;
      const lost = newest.lagSeconds - oldest.lagSeconds;
      const minutes = (newest.atMs - oldest.atMs) / 60_000;
      return Math.abs(lost) < TELLABLE_SECONDS || minutes < 0.5
        ? '0'
        : String(Number((lost / minutes).toFixed(3)));
    },
  };
}
