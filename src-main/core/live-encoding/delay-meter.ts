/**
 * From an incoming picture to the same in the programme: what the pacing takes, which is known, and what decoding and mixing take on top,
 * which is measured on the pictures that are seen on show.
 */
export type DelayMeter = {
  /** Another decoder began: until it is seen on show, reports are of the one before. */
  restart(): void;
  /** A picture of the decoder with that process id is shown `delayMs` after its time, of which pacing took `pacedMs`. */
  shown(picture: { readonly pid: number; readonly delayMs: number; readonly pacedMs: number }): void;
  /** `pacedMs` is what pacing takes now. */
  milliseconds(pacedMs: number): number;
};

/** Before anything has been seen: a frame to decode, one to be shown with, and the mixer's own delay. */
const USUAL_MS = 120;
/**
 * Outside of these it was counted wrongly, behind a picture that could not be decoded. Below zero because pacing goes by decode times, and a
 * picture that others refer to is decoded some frames before it is shown.
 */
const LEAST_MS = -1000;
const MOST_MS = 1500;

export function createDelayMeter(): DelayMeter {
  let extraMs = USUAL_MS;
  let pid: number | undefined;
  let stalePid: number | undefined;

  return {
    restart() {
      stalePid = pid;
    },
    shown(picture) {
      pid = picture.pid;
      const measured = picture.delayMs - picture.pacedMs;
      if (pid !== stalePid && measured > LEAST_MS && measured < MOST_MS) {
        extraMs = measured;
      }
    },
    milliseconds: (pacedMs) => pacedMs + extraMs,
  };
}
