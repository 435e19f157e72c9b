import type { LiveEventState } from '../../shared/api/live-events.ts';
import { AppError } from '../../shared/app-error.ts';

/** What an operator can ask of a live event. */
export type LiveEventAction = 'allocate' | 'start' | 'stop' | 'reset' | 'delete';

type Step = { readonly from: readonly LiveEventState[]; readonly through: LiveEventState };

/**
 * From which states an action is allowed, and through which state it leads where (spec 2.4).
 *
 *     Stopped ──allocate──▶ Allocating ──▶ StandBy ──start──▶ Starting ──▶ Running ──reset──▶ Stopping ──▶ Starting ──▶ Running
 *        │ └──────────────────start────────────────────────────▲              └──stop──▶ Stopping ──▶ Stopped
 *        │                                    StandBy ──stop──▶ Stopping ──▶ Stopped
 *        └──delete──▶ Deleting ──▶ gone;      StandBy ──delete──▶ Deleting ──▶ gone
 *
 * Whatever fails on the way to StandBy or Running ends in Stopped.
 */
const ACTIONS: Readonly<Record<LiveEventAction, Step>> = {
  allocate: { from: ['Stopped'], through: 'Allocating' },
  start: { from: ['Stopped', 'StandBy'], through: 'Starting' },
  stop: { from: ['Running', 'StandBy'], through: 'Stopping' },
  reset: { from: ['Running'], through: 'Stopping' },
  delete: { from: ['Stopped', 'StandBy'], through: 'Deleting' },
};

/** The state an action passes through. Throws `resource/wrong-state` naming the present state when it is not allowed there. */
export function beginAction(name: string, state: LiveEventState, action: LiveEventAction): LiveEventState {
  const { from, through } = ACTIONS[action];
  if (!from.includes(state)) {
    throw new AppError(
      'resource/wrong-state',
      `The live event ${name} is ${state}; ${action} is possible only while it is ${from.join(' or ')}. Nothing was changed.`,
      { details: { liveEvent: name, state, action } },
    );
  }
  return through;
}

/** In passing from one state to another nothing can be changed (spec 2.4). Throws `resource/wrong-state`. */
export function checkUpdatable(name: string, state: LiveEventState): void {
  if (!['Stopped', 'StandBy', 'Running'].includes(state)) {
    throw new AppError(
      'resource/wrong-state',
      `The live event ${name} is ${state} and cannot be changed just now. Nothing was changed.`,
      { details: { liveEvent: name, state, action: 'update' } },
    );
  }
}

/** For what makes sense only while media come in: outputs, slates, cues, pictures. Throws `resource/wrong-state`. */
export function checkRunning(name: string, state: LiveEventState, action: string): void {
  if (state !== 'Running') {
    throw new AppError(
      'resource/wrong-state',
      `The live event ${name} is ${state}; ${action} is possible only while it is Running. Nothing was changed.`,
      { details: { liveEvent: name, state, action } },
    );
  }
}
