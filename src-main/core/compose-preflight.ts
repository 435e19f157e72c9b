import type { Clock } from '../base/clock.ts';
import { AppError } from '../shared/app-error.ts';
import type { Archive } from './compose-archive.ts';
import { RTMP_ENTRY } from './compose-ingest.ts';
import type { Programme } from './compose-studio.ts';
import type { LiveEvents } from './live/live-events.ts';
import type { MediaTools } from './media-tools.ts';
import { readPower } from './platform/power.ts';
import type { Logger } from './ports/logger.ts';
import type { LaunchNode, RunToEnd } from './ports/process.ts';
import type {
  DestinationService,
  EventLog,
  FireDrillService,
  PreflightService,
  StudioService,
} from './ports/services.ts';
import type { PushTools } from './publish/push.ts';
import { reachDestination } from './publish/reach.ts';
import { openOutside } from './studio/fire-drill/cable.ts';
import type { DiskDrill } from './studio/fire-drill/disk-drill.ts';
import { createFireDrills } from './studio/fire-drill/fire-drill.ts';
import { isOnAir } from './studio/phase.ts';
import { planChecks } from './studio/preflight/plan.ts';
import { createPreflights } from './studio/preflight/preflight.ts';
import { throughput, watchThroughput } from './studio/preflight/throughput.ts';
import type { Rehearsals } from './studio/rehearsal.ts';

export type Preflights = PreflightService &
  AsyncDisposable & {
    /** Somebody goes live, who comes first. */
    giveWay(): void;
  };

type Parts = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventLog;
  readonly programme: Programme;
  readonly studio: Pick<StudioService, 'state' | 'preview'>;
};

/** The checks before a broadcast. */
export function openPreflights(
  options: Parts & {
    readonly tools: MediaTools;
    readonly archive: Archive;
    readonly liveEvents: LiveEvents;
    readonly destinations: DestinationService;
    readonly originUrl: () => string;
    readonly authorities: () => readonly string[];
    readonly run: RunToEnd;
  },
): Preflights {
  const { clock, events, programme, studio, tools, archive } = options;
  const { ladder } = programme;
  const memory = watchThroughput({ events, rows: archive.rows('throughputs', throughput), clock });
  const runs = createPreflights({
    clock,
    logger: options.logger,
    onChange: (preflight) => events.publish('Lectern.PreflightChanged', 'studio/preflight', preflight),
    plan: () =>
      planChecks({
        clock,
        state: () => studio.state(),
        preview: (wanted, sink) => studio.preview(wanted, sink),
        send: (command) => programme.mixer.send(command),
        plan: () => ladder.plan(),
        measuredSpeed: () => ladder.measuredSpeed(),
        idle: () => ladder.idle(),
        measure: (plan, signal) => tools.speedOf(plan, ladder.preset(), signal),
        busyWith: () =>
          options.liveEvents
            .list()
            .find(
              ({ resourceState, input }) => resourceState === 'Running' && input.streamingProtocol !== 'Studio',
            )?.name,
        lookAtDisk: () => archive.disk.check(),
        isDiskFull: () => archive.disk.level() === 'full',
        readPower: (signal) => readPower({ platform: process.platform, run: options.run, signal }),
        originUrl: options.originUrl,
        destinations: () => options.destinations.list(),
        throughput: memory,
        reach: (url, signal) => reachDestination({ url, authorities: options.authorities, clock, signal }),
      }),
  });

  const newest: PreflightService['get'] = () => runs.newest() ?? notYet('pre-flight');

  return {
    async start({ waitMs }) {
      const { phase } = studio.state();
      if (isOnAir(phase)) {
        throw new AppError(
          'live/already-live',
          'The checks load the computer; they are made before a broadcast, not in one.',
          { details: { phase } },
        );
      }
      const begun = runs.start();
      if (waitMs === 0) {
        return begun;
      }
      const { promise: late, resolve } = Promise.withResolvers<undefined>();
      using _timer = clock.after(waitMs, () => resolve(undefined));
      await Promise.race([runs.ended(), late]);
      return newest();
    },
    get: newest,
    cancel() {
      runs.cancel('somebody cancelled it');
      return newest();
    },
    giveWay: () => runs.cancel('somebody goes live'),
    async [Symbol.asyncDispose]() {
      memory[Symbol.dispose]();
      await runs[Symbol.asyncDispose]();
    },
  };
}

/** Faults made on purpose, in a rehearsal. */
export function openFireDrill(
  options: Parts & {
    readonly rehearsals: Rehearsals;
    readonly disk: DiskDrill;
    readonly originUrl: string;
    readonly launchNode: LaunchNode;
    readonly pushTools: Omit<PushTools, 'clock' | 'logger'>;
  },
): FireDrillService & AsyncDisposable {
  const { clock, logger, events, programme, studio, disk, originUrl, launchNode } = options;
  const push = { ...options.pushTools, clock, logger };
  const drills = createFireDrills({
    clock,
    logger,
    disk,
    rehearsal: () => options.rehearsals.current(),
    state: () => studio.state(),
    onAir: () => programme.board.onAir(),
    send: (command) => programme.mixer.send(command),
    openOutside: (rehearsal) => openOutside(rehearsal, { push, launchNode, rtmpEntry: RTMP_ENTRY, originUrl }),
    onChange: (drill) => events.publish('Lectern.FireDrillChanged', 'studio/fire-drill', drill),
  });
  return {
    start: (request) => drills.start(request),
    get: () => drills.newest() ?? notYet('fire drill'),
    stop: async () => (await drills.stop()) ?? notYet('fire drill'),
    [Symbol.asyncDispose]: () => drills[Symbol.asyncDispose](),
  };
}

function notYet(what: string): never {
  throw new AppError('resource/not-found', `There has been no ${what} since Lectern was started.`);
}
