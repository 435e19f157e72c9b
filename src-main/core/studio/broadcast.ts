import type { StudioSession } from '../../shared/api/studio.ts';
import { AppError } from '../../shared/app-error.ts';
import { parseIsoDuration } from '../../shared/iso-duration.ts';
import type { Presentation } from '../ports/presentation.ts';
import type { Publishing } from '../ports/publish.ts';
import type { AssetService, LocatorService, SettingsService } from '../ports/services.ts';
import { assetNameFor } from './names.ts';
import { createStudioEvents, OUTPUT_NAME, type StudioEventOptions, UNRECORDED_WINDOW } from './studio-event.ts';

/** What stands behind one press of the button; nothing that the API could not have made call by call. */
export type Broadcast = Omit<StudioSession, 'undoUntil'> & {
  readonly kind: 'broadcast';
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
  /** Ends it and what it recorded becomes on-demand at the same URLs. */
  close(broadcast: Broadcast): Promise<void>;
};

const MANIFEST_NAME = 'live';

export function createBroadcasts(
  options: StudioEventOptions & {
    readonly settings: SettingsService;
    readonly assets: AssetService;
    readonly locators: LocatorService;
    readonly destinations: Publishing;
  },
): Broadcasts {
  const { liveEvents, assets, locators, destinations } = options;

  const studioEvents = createStudioEvents(options);

  return {
    async open({ title, record, archiveWindowLength }) {
      const startMs = options.clock.wallMs();
      const { recording } = options.settings.get();
      const assetName = assetNameFor(title, startMs);
      const archive = record ? (archiveWindowLength ?? recording.archiveWindowLength) : UNRECORDED_WINDOW;
      const liveEvent = await studioEvents.start('live', title, startMs, record ? undefined : assetName);
      await using undo = new AsyncDisposableStack();
      undo.defer(() => studioEvents.settle(liveEvent));
      undo.defer(() => studioEvents.close(liveEvent));
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
        kind: 'broadcast',
        liveEvent,
        liveOutput: OUTPUT_NAME,
        asset: assetName,
        locator: locator.name,
        urls: studioEvents.urlsOf(locator.streamingLocatorId, MANIFEST_NAME),
        startedAt: new Date(startMs).toISOString(),
        presentation,
        record,
      };
    },
    async close({ liveEvent, asset, record }) {
      await destinations.end();
      await studioEvents.close(liveEvent);
      if (asset !== undefined && !record) {
        await assets.delete(asset);
      }
      studioEvents.settle(liveEvent);
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
