/** Which media time the sound had that a recogniser was given: it counts by itself, and sound has holes. */
export type MediaTimes = {
  /** Sound of a media time is given next, `atMs` behind the first that was given. */
  mark(atMs: number, mediaMs: number): void;
  /** Media time in ms of what was given at a time; undefined before anything was. */
  at(atMs: number): number | undefined;
};

/** Sound runs on as long as it is not further off: less than what a decoder rounds by. */
const SLACK_MS = 20;
/** Nothing is said of sound that lies so many holes back. */
const KEPT_MARKS = 1000;

export function createMediaTimes(): MediaTimes {
  /** By `atMs`. */
  const marks: { readonly atMs: number; readonly mediaMs: number }[] = [];
  return {
    mark(atMs, mediaMs) {
      const last = marks.at(-1);
      if (last !== undefined && Math.abs(last.mediaMs + (atMs - last.atMs) - mediaMs) <= SLACK_MS) {
        return;
      }
      marks.push({ atMs, mediaMs });
      marks.splice(0, marks.length - KEPT_MARKS);
    },
    at(atMs) {
      const mark = marks.findLast((one) => one.atMs <= atMs) ?? marks[0];
      return mark === undefined ? undefined : mark.mediaMs + Math.max(0, atMs - mark.atMs);
    },
  };
}
