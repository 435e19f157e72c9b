import { assert, assertNever } from '../../base/assert.ts';
import { AppError } from '../../shared/app-error.ts';
import type { RestartPolicy, SupervisionState } from '../ports/process.ts';

export type SupervisionEvent =
  /** The wait is over, or cut short. */
  | { readonly kind: 'retry' }
  | { readonly kind: 'spawned'; readonly pid: number }
  /** It has worked for `healthyAfterMs`: earlier failures count no more. */
  | { readonly kind: 'healthy' }
  /** No child was started, or the child is gone, and nobody had asked for it. */
  | { readonly kind: 'failed'; readonly error: AppError }
  | { readonly kind: 'stop-requested' }
  /** No child is left and none will be started. */
  | { readonly kind: 'ended' };

export type SupervisionContext = {
  readonly policy: RestartPolicy;
  readonly nowMs: number;
  /** 0..1, for the jitter. */
  readonly chance: number;
};

export const FIRST_ATTEMPT: SupervisionState = { kind: 'starting', attempt: 1 };

/**
 * The whole life of a supervised child, as one pure function.
 *
 *              ┌───────────── retry: next attempt ─────────────┐
 *              ▼                                               │
 *     ──▶ starting ──spawned──▶ running ──────failed─────▶ backing-off
 *          ▲   │                 │   ↺ healthy: attempt 1 again
 *          │   └────failed───────┤   (to either place, from both)
 *          │                     └──failed: severity stop without a delay for it, or attempts used up──▶ gave-up
 *          └───────────────── retry: attempt 1 ──────────────────────────────────────┘
 *
 *     starting, running ──stop-requested──▶ stopping ──ended──▶ stopped ◀──stop-requested── backing-off, gave-up
 *
 * While it is stopping, whatever the child still does changes nothing; `stopped` is for good.
 */
export function transition(
  state: SupervisionState,
  event: SupervisionEvent,
  context: SupervisionContext,
): SupervisionState {
  if (state.kind === 'stopped') {
    return state;
  }
  if (state.kind === 'stopping') {
    return event.kind === 'ended' ? { kind: 'stopped' } : state;
  }
  switch (event.kind) {
    case 'retry':
      return retried(state);
    case 'spawned':
      assert(state.kind === 'starting', 'one child at a time');
      return { kind: 'running', pid: event.pid, attempt: state.attempt };
    case 'healthy':
      return state.kind === 'running' && state.attempt > 1 ? { ...state, attempt: 1 } : state;
    case 'failed':
      assert(state.kind === 'starting' || state.kind === 'running', 'only what runs can fail');
      return failed(state.attempt, event.error, context);
    case 'stop-requested':
      return state.kind === 'starting' || state.kind === 'running' ? { kind: 'stopping' } : { kind: 'stopped' };
    case 'ended':
      throw new Error('assertion failed: a supervision ends only when it was asked to stop');
    default:
      return assertNever(event, 'supervision event');
  }
}

function retried(state: SupervisionState): SupervisionState {
  switch (state.kind) {
    case 'backing-off':
      return { kind: 'starting', attempt: state.attempt + 1 };
    case 'gave-up':
      return FIRST_ATTEMPT;
    default:
      return state;
  }
}

function failed(
  attempt: number,
  error: AppError,
  { policy, nowMs, chance }: SupervisionContext,
): SupervisionState {
  const delaysMs = error.severity === 'stop' ? policy.stopDelaysMs : policy.delaysMs;
  if (delaysMs === undefined) {
    return { kind: 'gave-up', attempt, error };
  }
  if (attempt >= policy.maxAttempts) {
    return { kind: 'gave-up', attempt, error: attemptsUsedUp(attempt, error) };
  }
  return {
    kind: 'backing-off',
    attempt,
    retryAtMs: nowMs + backoffMs(attempt, { ...policy, delaysMs }, chance),
    error,
  };
}

/** The wait before the restart that follows the given attempt. */
export function backoffMs(attempt: number, policy: RestartPolicy, chance: number): number {
  const delayMs = policy.delaysMs[attempt - 1] ?? policy.delaysMs.at(-1) ?? 0;
  return delayMs * (1 + policy.jitter * (2 * chance - 1));
}

function attemptsUsedUp(attempts: number, error: AppError): AppError {
  return new AppError(
    'process/gave-up',
    `${error.message} It failed ${attempts} times in a row and is left alone now.`,
    {
      details: { ...error.details, attempts, code: error.code },
      cause: error,
    },
  );
}
