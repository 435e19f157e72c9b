import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import type { StudioSession } from '../../shared/api/studio.ts';
import type { LiveEvents } from '../live/live-events.ts';
import type { Repository } from '../ports/catalogue.ts';
import type { Logger } from '../ports/logger.ts';
import type { AssetService } from '../ports/services.ts';
import { liveEventNameFor } from './names.ts';

/** The archive of what is not to be kept: long enough to go back a little. */
export const UNRECORDED_WINDOW = 'PT10M';
export const OUTPUT_NAME = 'archive';

/** What goes when a press of the button ends, noted when it begins: whoever is killed meanwhile sees to it at the next start. */
export const openStudioEvent = z.strictObject({
  liveEvent: z.string(),
  /** What is recorded but not to be kept. */
  asset: z.string().optional(),
});
type OpenStudioEvent = z.infer<typeof openStudioEvent>;

/** The live event that is fed by the encoder of this computer: on air, and in a rehearsal. */
type StudioEvents = {
  /** Creates and starts one; nothing is left of it when it throws. */
  start(
    kind: 'live' | 'rehearsal',
    title: string,
    startMs: number,
    /** Goes with it: the recording that is not to be kept. */
    passing: string | undefined,
  ): Promise<string>;
  /** Ends it, finalises what its outputs recorded, and deletes it. */
  close(name: string): Promise<void>;
  /** What was to go with it has gone, or is nobody's business any more. */
  settle(name: string): void;
  urlsOf(locatorId: string, manifestName: string): StudioSession['urls'];
};

export type StudioEventOptions = {
  readonly clock: Clock;
  readonly liveEvents: LiveEvents;
  readonly originUrl: () => string;
  /** Those that are open, by live event. */
  readonly openEvents: Repository<OpenStudioEvent>;
};

export function createStudioEvents({ liveEvents, originUrl, openEvents }: StudioEventOptions): StudioEvents {
  return {
    async start(kind, title, startMs, passing) {
      const name = liveEventNameFor(kind, startMs);
      // Before there is anything; a full disk refuses nothing here.
      openEvents.keep(name, { liveEvent: name, ...(passing === undefined ? {} : { asset: passing }) });
      await using undo = new AsyncDisposableStack();
      undo.defer(() => void openEvents.delete(name));
      await liveEvents.create(
        name,
        { description: title, input: { streamingProtocol: 'Studio' }, streamOptions: ['LowLatency'] },
        { autoStart: false },
      );
      undo.defer(() => liveEvents.delete(name));
      await liveEvents.start(name);
      undo.move();
      return name;
    },
    async close(name) {
      await liveEvents.stop(name, { removeOutputsOnStop: true });
      await liveEvents.delete(name);
    },
    settle: (name) => void openEvents.delete(name),
    urlsOf(locatorId, manifestName) {
      const base = `${originUrl()}/${locatorId}`;
      return {
        hls: `${base}/${manifestName}.ism/manifest(format=m3u8-cmaf)`,
        dash: `${base}/${manifestName}.ism/manifest(format=mpd-time-cmaf)`,
        watch: `${originUrl()}/watch/${locatorId}`,
      };
    },
  };
}

/**
 * Before anything is begun: takes away what was open when the last run was cut off. Its live events would count against the quota until nobody can go
 * live, and a recording that was not to be kept would be in the archive. Never throws: what is left is tried again at the next start.
 */
export async function clearStudioEvents(options: {
  readonly openEvents: Repository<OpenStudioEvent>;
  readonly liveEvents: Pick<LiveEvents, 'list' | 'delete'>;
  readonly assets: Pick<AssetService, 'list' | 'delete'>;
  readonly logger: Logger;
}): Promise<void> {
  const { openEvents, liveEvents, assets, logger } = options;
  for (const { liveEvent, asset } of openEvents.list()) {
    try {
      if (liveEvents.list().some(({ name }) => name === liveEvent)) {
        await liveEvents.delete(liveEvent);
      }
      if (asset !== undefined && assets.list().some(({ name }) => name === asset)) {
        await assets.delete(asset);
      }
      openEvents.delete(liveEvent);
      logger.warn(
        { liveEvent, asset },
        'a broadcast or rehearsal was cut off by the end of the last run; it is cleared away',
      );
    } catch (error) {
      logger.error(
        { liveEvent, asset, error },
        'what a cut-off broadcast or rehearsal left could not be cleared away',
      );
    }
  }
}
