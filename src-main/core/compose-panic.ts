import type { Clock } from '../base/clock.ts';
import type { Asset, ExportJob } from '../shared/api/assets.ts';
import type { PanicRemains } from '../shared/api/panic.ts';
import type { StudioState } from '../shared/api/studio.ts';
import type { Clips } from './archive/clips.ts';
import type { Archive } from './compose-archive.ts';
import type { LiveEvents } from './live/live-events.ts';
import type { Logger } from './ports/logger.ts';
import type { RemovedMedia } from './ports/removed-media.ts';
import type {
  DestinationService,
  EventLog,
  ExportService,
  SettingsService,
  UploadService,
} from './ports/services.ts';
import type { MixerDesk } from './studio/mixer-desk.ts';
import { createPanicDesk, type PanicDesk } from './studio/panic.ts';

const SENT: ReadonlySet<string> = new Set(['live', 'reconnecting']);
const UNFINISHED: ReadonlySet<ExportJob['state']> = new Set<ExportJob['state']>(['queued', 'writing', 'checking']);

/** Panic, and everything that has to forget what was taken back. */
export function composePanic(options: {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventLog;
  readonly settings: SettingsService;
  readonly mixer: MixerDesk;
  readonly liveEvents: LiveEvents;
  readonly archive: Archive;
  readonly clips: Clips;
  readonly exports: ExportService;
  readonly uploads: UploadService;
  readonly destinations: DestinationService;
  readonly viewers: () => number;
  readonly studio: () => StudioState;
}): PanicDesk {
  const { archive, exports, events } = options;
  const { assets, locators } = archive;

  /** Exports that may have some of it: cancelled, or taken off the list with their file where that is ours. */
  async function forgetExports(asset: Asset, { fromMs }: RemovedMedia): Promise<void> {
    for (const { id, state } of exports.list(asset.name).filter((job) => reaches(asset, job, fromMs))) {
      if (UNFINISHED.has(state)) {
        await exports.cancel(asset.name, id);
      }
      await exports.cancel(asset.name, id);
    }
  }

  async function forget(name: string, removed: RemovedMedia): Promise<void> {
    assets.forgetMedia(name, removed);
    if (assets.get(name).state !== 'recording') {
      // Its output has just ended: the store lets go of it, and it is a recording like any other.
      await assets.removeMedia(name, removed);
    }
    for (const asset of assets.list().filter((one) => one.name === name || one.clipOf === name)) {
      await forgetExports(asset, removed);
    }
    const clips = await options.clips.remove(name, removed);
    events.publish('Lectern.MediaRemoved', `asset/${name}`, {
      asset: name,
      clips: [...clips],
      from: new Date(removed.fromMs).toISOString(),
      to: new Date(removed.toMs).toISOString(),
    });
  }

  function remains(names: readonly string[]): readonly PanicRemains[] {
    const viewers = options.viewers();
    const ofAssets = locators.list().filter(({ assetName }) => names.includes(assetName));
    return [
      ...options.destinations
        .list()
        .filter(({ state }) => SENT.has(state))
        .map(({ name }) => ({ kind: 'destination' as const, name })),
      ...(viewers > 0 ? [{ kind: 'viewers' as const, count: viewers }] : []),
      ...options.uploads
        .list()
        .filter(({ streamingLocatorName }) => ofAssets.some(({ name }) => name === streamingLocatorName))
        .map(({ name }) => ({ kind: 'storage' as const, name })),
      ...names
        .flatMap((name) => exports.list(name))
        .flatMap(({ path, state }) =>
          path === undefined || state !== 'done' ? [] : [{ kind: 'file' as const, path }],
        ),
    ];
  }

  return createPanicDesk({
    clock: options.clock,
    logger: options.logger,
    mixer: options.mixer,
    defaultSeconds: () => options.settings.get().recording.panicSeconds,
    isOn: () => options.studio().phase !== 'off-air',
    liveEvent: () => options.studio().session?.liveEvent,
    take: (liveEvent, fromMs) => options.liveEvents.removeSince(liveEvent, fromMs),
    forget,
    remains,
  });
}

/** Whether an export goes on behind a time in UTC ms, as far as is known. */
function reaches({ recordedAt }: Asset, { end }: ExportJob, fromMs: number): boolean {
  return recordedAt === undefined || end === undefined || Date.parse(recordedAt) + end * 1000 > fromMs;
}
