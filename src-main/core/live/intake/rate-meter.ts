import type { Clock } from '../../../base/clock.ts';

/** Bytes of the last seconds, in steps of one second. */
export type RateMeter = {
  add(bytes: number): void;
  /** Bits of the last `seconds`, at most 30. */
  bitsWithin(seconds: number): number;
  /** The mean of them per second, or since the first byte if that is less; 0 before it. */
  bitsPerSecond(seconds: number): number;
  reset(): void;
  /** Seconds since the first byte; 0 before it. */
  age(): number;
};

/** More than the longest span asked for. */
const SLOTS = 32;

export function createRateMeter(clock: Clock): RateMeter {
  const slots = new Float64Array(SLOTS);
  let newest = 0;
  let firstMs: number | undefined;

  /** Clears what has gone by since the last byte. */
  function slotNow(): number {
    const second = Math.floor(clock.monotonicMs() / 1000);
    for (let passed = Math.max(newest + 1, second - SLOTS + 1); passed <= second; passed += 1) {
      slots[passed % SLOTS] = 0;
    }
    newest = Math.max(newest, second);
    return newest;
  }

  function age(): number {
    return firstMs === undefined ? 0 : (clock.monotonicMs() - firstMs) / 1000;
  }

  function bitsWithin(seconds: number): number {
    const now = slotNow();
    // The second that is running, and as much of the oldest one as makes the span whole.
    const running = clock.monotonicMs() / 1000 - now;
    let bytes = (slots[(now - seconds + SLOTS) % SLOTS] ?? 0) * (1 - running);
    for (let back = 0; back < seconds; back += 1) {
      bytes += slots[(now - back + SLOTS) % SLOTS] ?? 0;
    }
    return bytes * 8;
  }

  return {
    add(bytes) {
      firstMs ??= clock.monotonicMs();
      const slot = slotNow() % SLOTS;
      slots[slot] = (slots[slot] ?? 0) + bytes;
    },
    bitsWithin,
    // What comes in the first moments is a burst.
    bitsPerSecond: (seconds) => bitsWithin(seconds) / Math.max(1, Math.min(seconds, age())),
    reset() {
      slots.fill(0);
      firstMs = undefined;
    },
    age,
  };
}
