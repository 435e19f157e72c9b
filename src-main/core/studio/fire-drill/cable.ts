import type { Clock } from '../../../base/clock.ts';
import type { Rehearsal } from '../rehearsal.ts';
import type { Arrivals } from './arrivals.ts';
import { type Fault, NOTHING } from './fault.ts';
import { openTrialService, type TrialServiceTools } from './trial-service.ts';
import { openTrialViewer, VIEWER_HOLDS_SECONDS } from './trial-viewer.ts';
import type { TimelineWatch } from './watch-timeline.ts';

/** What is behind the cable of this computer, on trial: a service that is sent to and a viewer. */
export type Outside = AsyncDisposable & {
  readonly service: Arrivals;
  readonly viewer: Arrivals;
  cut(): void;
  mend(): void;
};
export type OpenOutside = (rehearsal: Rehearsal) => Promise<Outside>;

/**
 * A rehearsal can reach nobody, so there is no cable in it that could be pulled. What is cut is the line to a service and a viewer that are opened
 * for it, and what is told is what came to them.
 */
export function cableOut(options: {
  readonly clock: Clock;
  readonly timeline: TimelineWatch;
  readonly open: () => Promise<Outside>;
}): Fault {
  const { clock, timeline } = options;
  let outside: Outside | undefined;
  let cutMs: number | undefined;
  let mendedMs: number | undefined;
  let lostBefore = 0;

  /** When both had something again. */
  function backMs(): number | undefined {
    const sinceMs = mendedMs ?? Infinity;
    const service = outside?.service.firstAfter(sinceMs);
    const viewer = outside?.viewer.firstAfter(sinceMs);
    return service === undefined || viewer === undefined ? undefined : Math.max(service, viewer);
  }

  return {
    preparation: {
      async open() {
        outside = await options.open();
      },
      isReady: () =>
        [outside?.service, outside?.viewer].every((arrivals) => arrivals?.firstAfter(-Infinity) !== undefined),
      async close() {
        await outside?.[Symbol.asyncDispose]();
        outside = undefined;
      },
    },
    begin() {
      lostBefore = timeline.lostSeconds();
      cutMs = clock.monotonicMs();
      outside?.cut();
      return Promise.resolve();
    },
    undo() {
      mendedMs ??= clock.monotonicMs();
      outside?.mend();
      return Promise.resolve();
    },
    look: () => undefined,
    isWell: () => backMs() !== undefined,
    report() {
      const nowMs = clock.monotonicMs();
      const sinceMs = cutMs ?? nowMs;
      return {
        ...NOTHING,
        stillSeconds: outside?.viewer.stillSince(sinceMs, VIEWER_HOLDS_SECONDS) ?? 0,
        lostSeconds: outside?.service.missingSince(sinceMs) ?? 0,
        unrecordedSeconds: timeline.lostSeconds() - lostBefore,
        recoverySeconds: ((backMs() ?? nowMs) - (mendedMs ?? nowMs)) / 1000,
      };
    },
  };
}

/** The service and the viewer of one drill, all of it on this computer. */
export async function openOutside(
  { presentation, urls }: Rehearsal,
  tools: TrialServiceTools & { readonly originUrl: string },
): Promise<Outside> {
  await using opened = new AsyncDisposableStack();
  const { clock } = tools.push;
  const viewer = opened.use(await openTrialViewer({ originUrl: tools.originUrl, hlsUrl: urls.hls, clock }));
  const service = opened.use(await openTrialService(presentation, tools));
  const owned = opened.move();
  return {
    service: service.arrivals,
    viewer: viewer.arrivals,
    cut() {
      service.line.cut();
      viewer.line.cut();
    },
    mend() {
      service.line.mend();
      viewer.line.mend();
      // A computer whose cable is plugged in again has its address back, and its destinations are told.
      service.networkReturned();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
