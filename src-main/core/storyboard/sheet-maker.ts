import type { Clock } from '../../base/clock.ts';
import { createSerial } from '../../base/serial.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Logger } from '../ports/logger.ts';
import { createBound } from './bound.ts';
import type { PictureStore } from './picture-store.ts';

/**
 * Gives sheets of pictures: those that have been made, or makes them, once for all who ask at the same time, one after the other. Rejects with
 * `storyboard/busy` when too many are waited for or the computer has enough to do, and with `storyboard/not-made`.
 */
export type SheetMaker = {
  /** `make` is not called when there is one of that name; what it gives is kept when it is `isWhole`. */
  get(name: string, make: () => Promise<MadeSheet>): Promise<MadeSheet>;
};

/** Not whole: something that belongs in it could not be read. */
export type MadeSheet = { readonly picture: Uint8Array; readonly isWhole: boolean };

/** Sheets that are made or wait for it. Each takes less than half a second, and nobody waits longer for a preview. */
const MOST_WAITING = 12;
/** What has failed is not tried again at once by everybody who asks for it. */
const RETRY_AFTER_MS = 15_000;
const MOST_FAILURES = 1000;

export function createSheetMaker(options: {
  readonly store: PictureStore;
  /** Not while an encoder cannot keep up. */
  readonly mayMake: () => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}): SheetMaker {
  const { store, clock, logger } = options;
  const serial = createSerial();
  const underWay = new Map<string, Promise<MadeSheet>>();
  let waiting = 0;
  const failures = createBound<{ readonly atMs: number }>(MOST_FAILURES, () => 1);

  async function findOrMake(name: string, make: () => Promise<MadeSheet>): Promise<MadeSheet> {
    const kept = await store.get(name);
    if (kept !== undefined) {
      return { picture: kept, isWhole: true };
    }
    const failed = failures.use(name);
    if (failed !== undefined && clock.monotonicMs() < failed.atMs + RETRY_AFTER_MS) {
      throw notMade();
    }
    if (!options.mayMake()) {
      throw new AppError('storyboard/busy', 'This computer has enough to do at the moment. Try again in a while.');
    }
    if (waiting >= MOST_WAITING) {
      throw new AppError('storyboard/busy', 'Too many pictures are asked for at once. Try again in a second.');
    }
    waiting += 1;
    const timesCleared = store.timesCleared();
    const made = await serial.run(async () => await makeOne(name, make));
    // What it was made of may have been deleted meanwhile.
    if (made.isWhole && store.timesCleared() === timesCleared) {
      await store.put(name, made.picture);
    }
    return made;
  }

  async function makeOne(name: string, make: () => Promise<MadeSheet>): Promise<MadeSheet> {
    try {
      const made = await make();
      failures.remove(name);
      return made;
    } catch (error) {
      if (error instanceof AppError && error.code.startsWith('MPE_')) {
        throw error;
      }
      failures.add(name, { atMs: clock.monotonicMs() });
      logger.warn({ error }, 'pictures for viewers could not be made');
      throw notMade(error);
    } finally {
      waiting -= 1;
    }
  }

  async function follow(name: string, make: () => Promise<MadeSheet>): Promise<MadeSheet> {
    try {
      return await findOrMake(name, make);
    } finally {
      underWay.delete(name);
    }
  }

  return {
    async get(name, make) {
      const following = underWay.get(name) ?? follow(name, make);
      underWay.set(name, following);
      return await following;
    },
  };
}

function notMade(cause?: unknown): AppError {
  return new AppError('storyboard/not-made', 'The pictures cannot be made at the moment.', { cause });
}
