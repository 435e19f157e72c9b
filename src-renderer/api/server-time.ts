/**
 * What the service's clock says, as far as answers have shown it. Each sample bounds the difference between the two clocks: a stamp was
 * made at or before it arrived, and not earlier than the request left. The bounds are intersected, so the estimate only gets better; on one
 * computer it is exactly 0.
 */
export type ServerTime = {
  /** The service made `stampMs` (rounded down by at most `resolutionMs`) between these two instants of this device. */
  readonly sample: (stampMs: number, sentMs: number, receivedMs: number, resolutionMs: number) => void;
  /** Milliseconds to add to this device's clock. */
  readonly offsetMs: () => number;
};

export function createServerTime(): ServerTime {
  let least = -Infinity;
  let most = Infinity;

  return {
    sample(stampMs, sentMs, receivedMs, resolutionMs) {
      const low = stampMs - receivedMs;
      const high = stampMs + resolutionMs - sentMs;
      if (low > most || high < least) {
        // One of the clocks was set meanwhile: what was known before is no longer true.
        least = low;
        most = high;
        return;
      }
      least = Math.max(least, low);
      most = Math.min(most, high);
    },
    offsetMs() {
      if (least <= 0 && most >= 0) {
        return 0;
      }
      if (least === -Infinity || most === Infinity) {
        return least === -Infinity ? most : least;
      }
      return (least + most) / 2;
    },
  };
}
