import type { Clock } from '../base/clock.ts';
import type { StudioState } from '../shared/api/studio.ts';
import { createClips } from './archive/clips.ts';
import type { Archive } from './compose-archive.ts';
import type { PublicOrigin } from './compose-origin.ts';
import { composePanic } from './compose-panic.ts';
import { openFireDrill, openPreflights, type Preflights } from './compose-preflight.ts';
import { openStudio, type Programme } from './compose-studio.ts';
import type { LiveEvents } from './live/live-events.ts';
import type { MediaTools } from './media-tools.ts';
import type { Logger } from './ports/logger.ts';
import type { LaunchNode, RunToEnd } from './ports/process.ts';
import type { Publishing } from './ports/publish.ts';
import type {
  DestinationService,
  EventLog,
  ExportService,
  FireDrillService,
  SettingsService,
  UploadService,
} from './ports/services.ts';
import type { PushTools } from './publish/push.ts';
import type { DiskDrill } from './studio/fire-drill/disk-drill.ts';
import { createRehearsals } from './studio/rehearsal.ts';
import type { Studio } from './studio/studio.ts';
import { clearStudioEvents, openStudioEvent } from './studio/studio-event.ts';

type Presenter = AsyncDisposable & {
  readonly studio: Studio;
  readonly clips: ReturnType<typeof createClips>;
  readonly panic: ReturnType<typeof composePanic>;
  readonly preflight: Preflights;
  readonly fireDrill: FireDrillService;
};

/** All that a presenter does: the session, and the checks, drills, clips and panic around it. */
export async function openPresenter(options: {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventLog;
  readonly settings: SettingsService;
  readonly tools: MediaTools;
  readonly programme: Programme;
  readonly archive: Archive;
  readonly liveEvents: LiveEvents;
  readonly exports: ExportService;
  readonly uploads: UploadService;
  readonly destinations: DestinationService & Publishing;
  readonly published: PublicOrigin;
  readonly diskDrill: DiskDrill;
  readonly authorities: () => readonly string[];
  readonly run: RunToEnd;
  readonly launchNode: LaunchNode;
  readonly pushTools: Omit<PushTools, 'clock' | 'logger'>;
}): Promise<Presenter> {
  const { clock, events, programme, archive, liveEvents, published } = options;
  const opened = new AsyncDisposableStack();
  const named = (part: string): Logger => options.logger.child({ part });
  const openEvents = archive.rows('studio_events', openStudioEvent);
  await clearStudioEvents({ openEvents, liveEvents, assets: archive.assets, logger: named('studio') });
  const rehearsals = createRehearsals({
    clock,
    liveEvents,
    assets: archive.assets,
    originUrl: published.url,
    openEvents,
    logger: named('rehearsal'),
  });
  const clips = createClips({ assets: archive.assets, clock, mayWrite: () => archive.disk.level() !== 'full' });
  const panic = composePanic({
    ...options,
    logger: named('panic'),
    mixer: programme.mixer,
    clips,
    viewers: published.viewers,
    studio: (): StudioState => studio.state(),
  });
  const studio: Studio = opened.use(
    openStudio({
      ...options,
      logger: named('studio'),
      rehearsals,
      openEvents,
      stopChecks: (): void => preflight.giveWay(),
      originUrl: published.url,
      viewers: published.viewers,
      panic,
    }),
  );
  const drillParts = { clock, logger: named('pre-flight'), events, programme, studio };
  const preflight: Preflights = opened.use(
    openPreflights({ ...options, ...drillParts, originUrl: published.url }),
  );
  const fireDrill = opened.use(
    openFireDrill({
      ...options,
      ...drillParts,
      rehearsals,
      disk: options.diskDrill,
      originUrl: published.localUrl,
    }),
  );
  return { studio, clips, panic, preflight, fireDrill, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
