import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Logger } from './ports/logger.ts';
import type { FfmpegTools, RunToEnd } from './ports/process.ts';
import type { EventLog } from './ports/services.ts';
import type { Storyboards } from './ports/storyboard.ts';
import { createDrawSheet } from './storyboard/draw.ts';
import { createPictureStore } from './storyboard/picture-store.ts';
import { createStoryboards } from './storyboard/storyboards.ts';

/** All pictures of some thirty long recordings. */
const MAX_DISK_BYTES = 128 * 1024 * 1024;
const MAX_MEMORY_BYTES = 16 * 1024 * 1024;

/** Pictures for seeking, made when viewers ask for them, kept in the cache until a recording is deleted. */
export function openStoryboards(options: {
  readonly folder: string;
  readonly tools: () => Promise<FfmpegTools>;
  readonly run: RunToEnd;
  readonly events: EventLog;
  /** Whether an encoder cannot keep up. */
  readonly isOverloaded: () => boolean;
  /** Whether the disk takes more than recordings. */
  readonly hasRoom: () => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}): Storyboards & Disposable {
  const { events, clock, logger } = options;
  const store = createPictureStore({
    folder: join(options.folder, 'storyboards'),
    maxDiskBytes: MAX_DISK_BYTES,
    maxMemoryBytes: MAX_MEMORY_BYTES,
    mayWrite: options.hasRoom,
    logger,
  });
  // Nobody knows any more which pictures were of what is gone, and none of it may stay.
  const following = events.published.on(({ eventType }) => {
    if (eventType === 'Lectern.AssetDeleted' || eventType === 'Lectern.MediaRemoved') {
      void store.clear();
    }
  });
  return {
    ...createStoryboards({
      store,
      draw: createDrawSheet({ run: options.run, ffmpeg: async () => (await options.tools()).ffmpeg.path }),
      mayMake: () => !options.isOverloaded(),
      clock,
      logger,
    }),
    [Symbol.dispose]: () => following[Symbol.dispose](),
  };
}
