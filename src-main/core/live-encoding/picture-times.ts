/**
 * The times of the pictures that one decoder was given, in the order in which it gives them back: it gives each once, in the order of
 * presentation. For telling which incoming picture is on show from how many came out.
 */
export type PictureTimes = {
  /** In decode order. */
  add(showMs: number): void;
  /** Of the picture that came out as number `index`, from 0; undefined when it is too long ago or not there yet. */
  at(index: number): number | undefined;
};

/** Ten seconds of 60 a second: what is on show was decoded a moment ago. */
const MOST_KEPT = 600;

export function createPictureTimes(): PictureTimes {
  const times: number[] = [];
  let forgotten = 0;

  return {
    add(showMs) {
      let at = times.length;
      while (at > 0 && (times[at - 1] ?? 0) > showMs) {
        at -= 1;
      }
      times.splice(at, 0, showMs);
      if (times.length > MOST_KEPT) {
        times.shift();
        forgotten += 1;
      }
    },
    at: (index) => times[index - forgotten],
  };
}
