import type { Clock } from '../../../base/clock.ts';

/** A full disk for one rehearsal: the recordings of other live events are written on. */
export type DiskDrill = {
  /** Asked by the store at each segment. */
  mayRecord(liveEvent: string): boolean;
  fill(liveEvent: string): void;
  free(): void;
  /** Seconds from the first segment that was refused to the first that was taken again, or to now. */
  refusedSeconds(): number;
  /** Whether a segment was refused and none has been taken since. */
  isRefusing(): boolean;
};

export function createDiskDrill(clock: Clock): DiskDrill {
  let drilled: string | undefined;
  let isFull = false;
  let refusedMs: number | undefined;
  let takenMs: number | undefined;

  return {
    mayRecord(liveEvent) {
      if (liveEvent !== drilled) {
        return true;
      }
      if (isFull) {
        refusedMs ??= clock.monotonicMs();
      } else if (refusedMs !== undefined) {
        takenMs ??= clock.monotonicMs();
      }
      return !isFull;
    },
    fill(liveEvent) {
      drilled = liveEvent;
      isFull = true;
      refusedMs = undefined;
      takenMs = undefined;
    },
    free() {
      isFull = false;
    },
    refusedSeconds: () => (refusedMs === undefined ? 0 : ((takenMs ?? clock.monotonicMs()) - refusedMs) / 1000),
    isRefusing: () => refusedMs !== undefined && takenMs === undefined,
  };
}
