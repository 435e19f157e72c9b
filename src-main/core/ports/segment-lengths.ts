/** How long the segments of a presentation are, in seconds: outside encoders set their key frames as they like (`decisions/0035`). */
export type SegmentLengths = {
  /** What the event says, or the length of the first segment where that is longer: never changes once a segment is complete. */
  readonly usual: number;
  /** No segment is longer by half a second or more. Goes up only. */
  readonly longest: number;
};

/** What a segment may have more than is told of it: it then still rounds to what ceil() makes of that. */
const ROOM_SECONDS = 0.5;

/** Follows the segments of a presentation as they are completed. */
export type LengthWatch = {
  /** Whether it is longer than anything that was told. */
  add(seconds: number): boolean;
  now(): SegmentLengths;
};

export function createLengthWatch(wantedSeconds: number): LengthWatch {
  let usual: number | undefined;
  let longest = wantedSeconds;
  return {
    add(seconds) {
      const isLonger = seconds >= longest + ROOM_SECONDS;
      if (isLonger) {
        // Times in milliseconds do not add up: 4.001 s are 4 s, or the target duration would be 5.
        longest = Math.round(10 * seconds) / 10;
      }
      usual ??= longest;
      return isLonger;
    },
    now: () => ({ usual: usual ?? longest, longest }),
  };
}

/** Of a presentation. */
export function lengthsOf(presentation: {
  readonly segmentSeconds: number;
  lengths?(): SegmentLengths;
}): SegmentLengths {
  const { segmentSeconds } = presentation;
  return presentation.lengths?.() ?? { usual: segmentSeconds, longest: segmentSeconds };
}
