import type { Clock } from '../../base/clock.ts';
import type { StudioSession } from '../../shared/api/studio.ts';
import { AppError } from '../../shared/app-error.ts';
import { parseIsoDuration } from '../../shared/iso-duration.ts';
import type { LiveEvents } from '../live/live-events.ts';
import type { Presentation } from '../ports/presentation.ts';
import type { Publishing } from '../ports/publish.ts';
import type { AssetService, LocatorService, SettingsService } from '../ports/services.ts';
import { assetNameFor, liveEventNameFor } from './names.ts';

/** What stands behind one press of the button; nothing that the API could not have made call by call. */
export type Broadcast = Omit<StudioSession, 'undoUntil'> & {
  readonly presentation: Presentation;
  /** Whether its asset stays. */
  readonly record: boolean;
};

export type Broadcasts = {
  /**
   * A live event fed by the local encoder, a live output that archives it, a locator that publishes the archive, and the destinations. All or
   * nothing.
   */
  open(request: {
    readonly title: string;
    readonly record: boolean;
    readonly archiveWindowLength: string | undefined;
  }): Promise<Broadcast>;
  /** A live event with its preview and nothing else: there is no way out of the computer. */
  rehearse(title: string): Promise<Broadcast>;
  /** Ends it and what it recorded becomes on-demand at the same URLs. */
  close(broadcast: Broadcast): Promise<void>;
};

/** The archive of a broadcast that is not to be kept: long enough to go back a little. */
const UNRECORDED_WINDOW = 'PT10M';
const MANIFEST_NAME = 'live';
const OUTPUT_NAME = 'archive';

export function createBroadcasts(options: {
  readonly clock: Clock;
  readonly settings: SettingsService;
  readonly liveEvents: LiveEvents;
  readonly assets: AssetService;
  readonly locators: LocatorService;
  readonly destinations: Publishing;
  readonly originUrl: () => string;
}): Broadcasts {
  const { liveEvents, assets, locators, destinations } = options;

  function urlsOf(locatorId: string, manifestName: string): StudioSession['urls'] {
    const base = `${options.originUrl()}/${locatorId}`;
    return {
      hls: `${base}/${manifestName}.ism/manifest(format=m3u8-cmaf)`,
      dash: `${base}/${manifestName}.ism/manifest(format=mpd-time-cmaf)`,
      watch: `${options.originUrl()}/watch/${locatorId}`,
    };
  }

  async function startEvent(kind: 'live' | 'rehearsal', title: string, startMs: number): Promise<string> {
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
  }

  async function closeEvent(name: string): Promise<void> {
    await liveEvents.stop(name, { removeOutputsOnStop: true });
    await liveEvents.delete(name);
  }

  return {
    async open({ title, record, archiveWindowLength }) {
      const startMs = options.clock.wallMs();
      const { recording } = options.settings.get();
      const assetName = assetNameFor(title, startMs);
      const archive = record ? (archiveWindowLength ?? recording.archiveWindowLength) : UNRECORDED_WINDOW;
      const liveEvent = await startEvent('live', title, startMs);
      await using undo = new AsyncDisposableStack();
      undo.defer(() => closeEvent(liveEvent));
      await assets.create(assetName, { title: title === '' ? defaultTitle(startMs) : title });
      await liveEvents.createOutput(liveEvent, OUTPUT_NAME, {
        assetName,
        archiveWindowLength: archive,
        rewindWindowLength: shorter(archive, recording.rewindWindowLength),
        manifestName: MANIFEST_NAME,
      });
      const locator = await locators.create(assetName, {
        assetName,
        streamingPolicyName: 'Predefined_DownloadAndClearStreaming',
      });
      const presentation = liveEvents.presentationOf(liveEvent, OUTPUT_NAME);
      if (presentation === undefined) {
        throw new AppError('live/encoder-no-output', 'The broadcast ended before it began.');
      }
      destinations.begin(presentation);
      undo.move();
      return {
        liveEvent,
        liveOutput: OUTPUT_NAME,
        asset: assetName,
        locator: locator.name,
        urls: urlsOf(locator.streamingLocatorId, MANIFEST_NAME),
        startedAt: new Date(startMs).toISOString(),
        presentation,
        record,
      };
    },
    async rehearse(title) {
      const startMs = options.clock.wallMs();
      const liveEvent = await startEvent('rehearsal', title, startMs);
      const { previewLocator } = liveEvents.get(liveEvent).preview;
      const presentation = liveEvents.previewOf(previewLocator)?.presentation;
      if (presentation === undefined) {
        throw new AppError('live/encoder-no-output', 'The rehearsal ended before it began.');
      }
      return {
        liveEvent,
        urls: urlsOf(previewLocator, 'preview'),
        startedAt: new Date(startMs).toISOString(),
        presentation,
        record: false,
      };
    },
    async close({ liveEvent, liveOutput, asset, record }) {
      if (liveOutput !== undefined) {
        await destinations.end();
      }
      await closeEvent(liveEvent);
      if (asset !== undefined && !record) {
        await assets.delete(asset);
      }
    },
  };
}

function shorter(a: string, b: string): string {
  return (parseIsoDuration(a) ?? 0) <= (parseIsoDuration(b) ?? 0) ? a : b;
}

/** Of a broadcast that nobody named. */
function defaultTitle(startMs: number): string {
  return new Date(startMs).toISOString().slice(0, 16).replace('T', ' ');
}
