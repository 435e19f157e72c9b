/**
 * The captions of the incoming pictures, on their way around the decoder: it gives raw pictures, which have none. In the order in which the
 * pictures are shown, each given out once however often its picture is decoded.
 */
export type CaptionLine = {
  /** In decode order. `showMs` is the time of the picture; a time that has been given out already is a repetition, and dropped. */
  add(showMs: number, pairs: Uint8Array): void;
  /** All that belong to pictures up to `untilMs`, but none that are so old that nobody could read them any more. */
  take(untilMs: number): readonly Uint8Array[];
};

/** What is older than that when its turn comes lay behind a slate or an outage. */
const OLDEST_MS = 2000;
/** A step back in time larger than any repetition is a new beginning: see `pacer.ts`. */
const NEW_BEGINNING_MS = 30_000;
/** Half a minute of 60 a second: as long as the pacer holds pictures. */
const MOST_KEPT = 1800;

export function createCaptionLine(): CaptionLine {
  let waiting: { readonly showMs: number; readonly pairs: Uint8Array }[] = [];
  let takenMs = -Infinity;

  return {
    add(showMs, pairs) {
      if (showMs < takenMs - NEW_BEGINNING_MS) {
        waiting = [];
        takenMs = -Infinity;
      }
      let at = waiting.length;
      while (at > 0 && (waiting[at - 1]?.showMs ?? 0) > showMs) {
        at -= 1;
      }
      if (showMs <= takenMs || waiting[at - 1]?.showMs === showMs) {
        return;
      }
      waiting.splice(at, 0, { showMs, pairs });
      if (waiting.length > MOST_KEPT) {
        waiting.shift();
      }
    },
    take(untilMs) {
      const first = waiting.findIndex(({ showMs }) => showMs > untilMs);
      const due = waiting.splice(0, first < 0 ? waiting.length : first);
      takenMs = Math.max(takenMs, due.at(-1)?.showMs ?? takenMs);
      return due.filter(({ showMs }) => showMs > untilMs - OLDEST_MS).map(({ pairs }) => pairs);
    },
  };
}
