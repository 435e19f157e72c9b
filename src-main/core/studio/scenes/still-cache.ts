import { createSerial } from '../../../base/serial.ts';
import type { Logger } from '../../ports/logger.ts';
import type { MixerImage } from '../../ports/mixer.ts';
import { type StillSpec, stillId } from './compile-scene.ts';
import type { DrawStill } from './draw-still.ts';

/** Stills that have been drawn, so that a scene that goes on air has them at once. */
export type StillCache = {
  get(still: StillSpec): MixerImage | undefined;
  /** Draws those that are not there yet, one after the other. Never rejects: what cannot be drawn is told to the log and left out. */
  ready(stills: readonly StillSpec[]): Promise<void>;
  /** Forgets all others. */
  keep(stills: readonly StillSpec[]): void;
};

export function createStillCache(options: { readonly draw: DrawStill; readonly logger: Logger }): StillCache {
  const serial = createSerial();
  const drawn = new Map<string, MixerImage>();

  async function add(still: StillSpec): Promise<void> {
    const id = stillId(still);
    if (drawn.has(id)) {
      return;
    }
    try {
      drawn.set(id, await options.draw(still));
    } catch (error) {
      options.logger.error({ error, still: still.kind }, 'something of a scene cannot be drawn and is left out');
    }
  }

  return {
    get: (still) => drawn.get(stillId(still)),
    async ready(stills) {
      for (const still of stills) {
        if (!drawn.has(stillId(still))) {
          await serial.run(() => add(still));
        }
      }
    },
    keep(stills) {
      const kept = new Set(stills.map(stillId));
      for (const id of drawn.keys()) {
        if (!kept.has(id)) {
          drawn.delete(id);
        }
      }
    },
  };
}
