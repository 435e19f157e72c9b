import type { Clock } from '../../base/clock.ts';
import type { LiveEvent } from '../../shared/api/live-events.ts';
import type { EventRun } from './event-run.ts';

/** What calls have put over and into the programme of each run, for as long as it is there. */
export type OnAir = {
  /** `cueId`: of the break for which the slate shows; undefined when it was asked for by itself. */
  showSlate(run: EventRun, seconds: number, cueId: number | undefined): void;
  hideSlate(run: EventRun): void;
  /** Whether the slate shows for that break. */
  isSlated(run: EventRun, cueId: number): boolean;
  beginBreak(run: EventRun, cueId: number, seconds: number): void;
  endBreak(run: EventRun, cueId: number): void;
  /** Undefined when there is nothing. */
  now(run: EventRun): LiveEvent['onAir'];
};

type State = {
  readonly slate?: { readonly untilMs: number; readonly cueId: number | undefined } | undefined;
  /** The one that was begun last. */
  readonly advertisement?: { readonly untilMs: number; readonly cueId: number } | undefined;
};

export function createOnAir(clock: Clock): OnAir {
  const states = new WeakMap<EventRun, State>();

  function change(run: EventRun, changes: State): void {
    states.set(run, { ...states.get(run), ...changes });
  }

  const after = (seconds: number): number => clock.wallMs() + 1000 * seconds;

  return {
    showSlate: (run, seconds, cueId) => change(run, { slate: { untilMs: after(seconds), cueId } }),
    hideSlate: (run) => change(run, { slate: undefined }),
    isSlated: (run, cueId) => states.get(run)?.slate?.cueId === cueId,
    beginBreak: (run, cueId, seconds) => change(run, { advertisement: { untilMs: after(seconds), cueId } }),
    endBreak(run, cueId) {
      if (states.get(run)?.advertisement?.cueId === cueId) {
        change(run, { advertisement: undefined });
      }
    },
    now(run) {
      const { slate, advertisement } = states.get(run) ?? {};
      const nowMs = clock.wallMs();
      const shown: LiveEvent['onAir'] = {
        ...(slate !== undefined && slate.untilMs > nowMs && { slate: { until: isoOf(slate.untilMs) } }),
        ...(advertisement !== undefined &&
          advertisement.untilMs > nowMs && {
            advertisement: { cueId: advertisement.cueId, until: isoOf(advertisement.untilMs) },
          }),
      };
      return Object.keys(shown).length === 0 ? undefined : shown;
    },
  };
}

function isoOf(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
