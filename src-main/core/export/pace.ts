import { dirname } from 'node:path';
import { type Clock, sleep } from '../../base/clock.ts';
import { checkSpace, type Space } from './space.ts';

/** How much is written between two looks at the room on the disk. */
const LOOK_EVERY_BYTES = 64 * 1024 * 1024;
/** While live: how much may wait in memory for the disk. More, and the recording waits behind it when it is flushed. */
const FLUSH_EVERY_BYTES = 16 * 1024 * 1024;
/** While live: for each second of work so many of rest. */
const REST_FACTOR = 2;
const MAX_REST_MS = 2000;

/** What an export that is being written gives way to. */
export type Paced = {
  readonly target: string;
  readonly clock: Clock;
  readonly space: Space;
  readonly isLive: () => boolean;
  readonly signal: AbortSignal;
};

/** `sync` waits until everything is on the disk. Between two writes: stops when told to or before the disk is full, and while live leaves the disk to the recording most of the time. */
export function createPace(
  { clock, space, target, isLive, signal }: Paced,
  sync: () => Promise<void>,
): (bytesWritten: number) => Promise<void> {
  let unlooked = 0;
  let unflushed = 0;
  let workingSinceMs = clock.monotonicMs();

  return async (bytesWritten) => {
    signal.throwIfAborted();
    unlooked += bytesWritten;
    unflushed += bytesWritten;
    if (unlooked >= LOOK_EVERY_BYTES) {
      unlooked = 0;
      await checkSpace(space, dirname(target), 0);
    }
    if (isLive()) {
      if (unflushed >= FLUSH_EVERY_BYTES) {
        unflushed = 0;
        await sync();
      }
      const workedMs = clock.monotonicMs() - workingSinceMs;
      await sleep(clock, Math.min(MAX_REST_MS, REST_FACTOR * workedMs), signal);
    }
    workingSinceMs = clock.monotonicMs();
  };
}
