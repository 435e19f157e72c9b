import type { Clock } from '../../../base/clock.ts';
import type { DrillFault } from '../../../shared/api/fire-drill.ts';
import type { StudioState } from '../../../shared/api/studio.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { MixerCommand } from '../../ports/mixer.ts';
import type { Rehearsal } from '../rehearsal.ts';
import { cableOut, type OpenOutside } from './cable.ts';
import type { DiskDrill } from './disk-drill.ts';
import { type Fault, NOTHING } from './fault.ts';
import { VIEWER_HOLDS_SECONDS } from './trial-viewer.ts';
import type { TimelineWatch } from './watch-timeline.ts';

export type FaultTools = {
  readonly clock: Clock;
  readonly rehearsal: Rehearsal;
  readonly timeline: TimelineWatch;
  readonly state: () => StudioState;
  /** Sources whose picture or sound is on air. */
  readonly onAir: () => ReadonlySet<string>;
  readonly send: (command: MixerCommand) => Promise<void>;
  readonly disk: DiskDrill;
  readonly openOutside: OpenOutside;
};

export function createFault(fault: DrillFault, tools: FaultTools): Fault {
  switch (fault) {
    case 'cable':
      return cableOut({ ...tools, open: () => tools.openOutside(tools.rehearsal) });
    case 'camera':
      return cameraFrozen(tools);
    case 'disk':
      return diskFull(tools);
    case 'encoder':
      return encoderKilled(tools);
  }
}

function cameraFrozen({ clock, state, onAir, send }: FaultTools): Fault {
  const shown = onAir();
  const subject = state().sources.find(({ spec, hasVideo }) => hasVideo && shown.has(spec.id))?.spec.id;
  if (subject === undefined) {
    throw new AppError('live/no-source', 'No source with a picture is on show, so that none can freeze.');
  }
  const frozenMs = clock.monotonicMs();
  let lostMs: number | undefined;
  let backMs: number | undefined;
  let undoneMs: number | undefined;
  const status = (): string | undefined => state().sources.find(({ spec }) => spec.id === subject)?.state;
  return {
    subject,
    begin: () => send({ type: 'drill', fault: { kind: 'freeze', source: subject } }),
    async undo() {
      undoneMs ??= clock.monotonicMs();
      await send({ type: 'drill', fault: { kind: 'none' } });
    },
    look() {
      const now = status();
      if (now === 'lost' || now === 'failed') {
        lostMs ??= clock.monotonicMs();
      } else if (now === 'live' && undoneMs !== undefined) {
        backMs ??= clock.monotonicMs();
      }
    },
    isWell: () => backMs !== undefined,
    report() {
      const endMs = backMs ?? clock.monotonicMs();
      return {
        ...NOTHING,
        stillSeconds: ((lostMs ?? endMs) - frozenMs) / 1000,
        slateSeconds: lostMs === undefined ? 0 : (endMs - lostMs) / 1000,
        recoverySeconds: (endMs - (undoneMs ?? endMs)) / 1000,
      };
    },
  };
}

function diskFull({ clock, rehearsal, timeline, disk }: FaultTools): Fault {
  let undoneMs: number | undefined;
  let wellMs: number | undefined;
  return {
    begin: () => {
      disk.fill(rehearsal.liveEvent);
      return Promise.resolve();
    },
    undo: () => {
      undoneMs ??= clock.monotonicMs();
      disk.free();
      return Promise.resolve();
    },
    look() {
      if (undoneMs !== undefined && !disk.isRefusing()) {
        wellMs ??= clock.monotonicMs();
      }
    },
    isWell: () => wellMs !== undefined,
    report: () => ({
      ...NOTHING,
      stillSeconds: stillFor(timeline),
      unrecordedSeconds: disk.refusedSeconds(),
      recoverySeconds: ((wellMs ?? clock.monotonicMs()) - (undoneMs ?? clock.monotonicMs())) / 1000,
    }),
  };
}

function encoderKilled({ state, timeline, send, clock }: FaultTools): Fault {
  const restartsBefore = state().encoder?.restarts ?? 0;
  const killedMs = clock.monotonicMs();
  let restartedMs: number | undefined;
  return {
    begin: () => send({ type: 'drill', fault: { kind: 'crash-encoder' } }),
    undo: () => send({ type: 'drill', fault: { kind: 'none' } }),
    look() {
      if ((state().encoder?.restarts ?? 0) > restartsBefore) {
        restartedMs ??= clock.monotonicMs();
      }
    },
    isWell: () => restartedMs !== undefined && timeline.lastMs() > restartedMs,
    report: () => ({
      ...NOTHING,
      stillSeconds: stillFor(timeline),
      lostSeconds: timeline.lostSeconds(),
      unrecordedSeconds: timeline.lostSeconds(),
      recoverySeconds: Math.max(0, timeline.longestPause().toMs - killedMs) / 1000,
    }),
  };
}

/** How long the picture of a viewer stands still, for the longest time without anything new. */
function stillFor(timeline: TimelineWatch): number {
  const { fromMs, toMs } = timeline.longestPause();
  return Math.max(0, (toMs - fromMs) / 1000 - VIEWER_HOLDS_SECONDS);
}
