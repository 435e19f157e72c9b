import type { Clock } from '../../../base/clock.ts';
import { AppError } from '../../../shared/app-error.ts';

/**
 * How many cues the encoders of one event may send. Each costs an entry in every manifest and a message in every segment of the next 15 s, so
 * an encoder gone wild would make manifests that no player can read.
 */
export type CueLimit = {
  /** `first-dropped`: from here on they are too many; told once until they have been fewer for as long as the limit is measured. */
  take(): 'take' | 'first-dropped' | 'dropped';
};

const CUES_PER_SECOND = 10;
const MEASURED_SECONDS = 10;
/** A schedule that is sent at once. */
const BURST = 64;

export function createCueLimit(clock: Clock): CueLimit {
  let left = BURST;
  let filledMs = clock.monotonicMs();
  let droppedMs = Number.NEGATIVE_INFINITY;

  return {
    take() {
      const nowMs = clock.monotonicMs();
      left = Math.min(BURST, left + ((nowMs - filledMs) / 1000) * CUES_PER_SECOND);
      filledMs = nowMs;
      if (left >= 1) {
        left -= 1;
        return 'take';
      }
      const isFirst = nowMs - droppedMs > MEASURED_SECONDS * 1000;
      droppedMs = nowMs;
      return isFirst ? 'first-dropped' : 'dropped';
    },
  };
}

export function tooManyCues(): AppError {
  return new AppError(
    'ingest/cue-invalid',
    `The encoder sends more than ${CUES_PER_SECOND} cues a second. Those beyond it are dropped.`,
    { details: { limit: CUES_PER_SECOND } },
  );
}
