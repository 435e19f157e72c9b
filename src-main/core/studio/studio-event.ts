import type { Clock } from '../../base/clock.ts';
import type { StudioSession } from '../../shared/api/studio.ts';
import type { LiveEvents } from '../live/live-events.ts';
import { liveEventNameFor } from './names.ts';

/** The archive of what is not to be kept: long enough to go back a little. */
export const UNRECORDED_WINDOW = 'PT10M';
export const OUTPUT_NAME = 'archive';

/** The live event that is fed by the encoder of this computer: on air, and in a rehearsal. */
type StudioEvents = {
  /** Creates and starts one; nothing is left of it when it throws. */
  start(kind: 'live' | 'rehearsal', title: string, startMs: number): Promise<string>;
  /** Ends it, finalises what its outputs recorded, and deletes it. */
  close(name: string): Promise<void>;
  urlsOf(locatorId: string, manifestName: string): StudioSession['urls'];
};

export type StudioEventOptions = {
  readonly clock: Clock;
  readonly liveEvents: LiveEvents;
  readonly originUrl: () => string;
};

export function createStudioEvents({ liveEvents, originUrl }: StudioEventOptions): StudioEvents {
  return {
    async start(kind, title, startMs) {
      const name = liveEventNameFor(kind, startMs);
      await liveEvents.create(
        name,
        { description: title, input: { streamingProtocol: 'Studio' }, streamOptions: ['LowLatency'] },
        { autoStart: false },
      );
      try {
        await liveEvents.start(name);
      } catch (error) {
        await liveEvents.delete(name);
        throw error;
      }
      return name;
    },
    async close(name) {
      await liveEvents.stop(name, { removeOutputsOnStop: true });
      await liveEvents.delete(name);
    },
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
