import type { LiveEventState } from '../../shared/api/live-events.ts';
import { AppError } from '../../shared/app-error.ts';

/** What an operator can ask of a live event. */
export type LiveEventAction = 'start' | 'stop' | 'reset' | 'delete';

/**
 * From which states an action is allowed, and through which state it leads where.
 *
 *     Stopped ──start──▶ Starting ──▶ Running ──stop──▶ Stopping ──▶ Stopped ──delete──▶ Deleting ──▶ gone
 *                           │            └──reset──▶ Stopping ──▶ Starting ──▶ Running
 *                           └──(failed)──▶ Stopped
 */
const ACTIONS: Readonly<
  Record<LiveEventAction, { readonly from: readonly LiveEventState[]; readonly through: LiveEventState }>
> = {
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
