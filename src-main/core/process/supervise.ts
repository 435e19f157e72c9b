import { assert } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import { createEmitter } from '../../base/emitter.ts';
import { AppError, toAppError } from '../../shared/app-error.ts';
import type { Logger } from '../ports/logger.ts';
import type {
  Child,
  ChildExit,
  SpawnChild,
  Supervise,
  Supervised,
  SuperviseOptions,
  SupervisionState,
} from '../ports/process.ts';
import { exitError, withLastLines } from './exit-error.ts';
import { FIRST_ATTEMPT, type SupervisionEvent, transition } from './supervision.ts';
import { createChildWatch } from './watch-child.ts';

export type SuperviseSurroundings = {
  readonly spawn: SpawnChild;
  readonly clock: Clock;
  /** 0..1, for the jitter. */
  readonly random: () => number;
  readonly logger: Logger;
};

/** What is running at the moment, as far as those outside of its life may touch it. */
type Life = { readonly child: Child; readonly watch: { readonly progress: () => void } & Disposable };

export function createSupervise(around: SuperviseSurroundings): Supervise {
  return (options) => supervise(options, around);
}

/**
 * One loop owns the child: it starts one, waits for its end, waits for the next attempt. That there are never two follows from there being
 * one loop. The others only change the state or cut its waits short.
 */
function supervise(options: SuperviseOptions, around: SuperviseSurroundings): Supervised {
  const { clock, logger } = around;
  assert(options.policy.delaysMs.length > 0, 'a restart policy has at least one delay');
  const changed = createEmitter<SupervisionState>();
  const stopRequest = Promise.withResolvers<undefined>();
  let state: SupervisionState = FIRST_ATTEMPT;
  let life: Life | undefined;
  let cutShort: (() => void) | undefined;
  let stopped: Promise<void> | undefined;

  // A function, so that what callbacks did to the state while something was awaited is seen as it is.
  const kind = (): SupervisionState['kind'] => state.kind;

  function dispatch(event: SupervisionEvent): void {
    const next = transition(state, event, {
      policy: options.policy,
      nowMs: clock.wallMs(),
      chance: around.random(),
    });
    if (next === state) {
      return;
    }
    state = next;
    report(next);
    try {
      changed.emit(next);
    } catch (error) {
      logger.error({ error }, 'a listener failed on a change of a supervised child');
    }
  }

  function report(next: SupervisionState): void {
    if (next.kind === 'backing-off') {
      const { attempt, error } = next;
      logger.warn(
        { ...error.details, code: error.code, attempt, retryInMs: next.retryAtMs - clock.wallMs() },
        error.message,
      );
    } else if (next.kind === 'gave-up') {
      const { attempt, error } = next;
      logger.error({ ...error.details, code: error.code, attempt }, error.message);
    }
  }

  async function live(): Promise<void> {
    while (kind() === 'starting') {
      const error = await oneLife();
      if (error !== undefined) {
        dispatch({ kind: 'failed', error });
      }
      while (kind() === 'backing-off' || kind() === 'gave-up') {
        await pause();
      }
    }
    dispatch({ kind: 'ended' });
  }

  /** Resolves when no child is left, with why; with nothing when it was stopped before there was one. */
  async function oneLife(): Promise<AppError | undefined> {
    let child: Child;
    let name: string;
    try {
      // Whoever makes the command line may take its time; a stop does not wait for it.
      const spec = await Promise.race([options.spec(), stopRequest.promise]);
      if (spec === undefined || kind() !== 'starting') {
        return undefined;
      }
      name = spec.name;
      child = await around.spawn(spec);
    } catch (error) {
      return toAppError(error);
    }
    dispatch({ kind: 'spawned', pid: child.pid });

    let fault: AppError | undefined;
    using watch = createChildWatch({
      clock,
      policy: options.policy,
      onHealthy: () => dispatch({ kind: 'healthy' }),
      onStalled(silentMs, hadStarted) {
        fault = stalled(name, silentMs, hadStarted);
        child.kill();
      },
    });
    life = { child, watch };
    if (kind() === 'stopping') {
      stopLife();
    } else {
      try {
        options.onStart(child);
      } catch (error) {
        fault = toAppError(error);
        child.kill();
      }
    }
    const exit = await child.exited;
    life = undefined;
    return fault === undefined ? classified(name, exit) : withLastLines(fault, exit.lastLines);
  }

  function classified(name: string, exit: ChildExit): AppError {
    try {
      return options.classify?.(exit) ?? exitError(name, exit);
    } catch (error) {
      return toAppError(error);
    }
  }

  /** Until the next attempt is due, when there is one, or somebody cuts it short. */
  async function pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    cutShort = () => resolve(undefined);
    const timer =
      state.kind === 'backing-off'
        ? clock.after(state.retryAtMs - clock.wallMs(), () => {
            dispatch({ kind: 'retry' });
            resolve(undefined);
          })
        : undefined;
    await promise;
    timer?.[Symbol.dispose]();
  }

  function stopLife(): void {
    // It may take its grace to end without being called stalled.
    life?.watch[Symbol.dispose]();
    void life?.child.stop();
  }

  const lived = live();

  async function stop(): Promise<void> {
    dispatch({ kind: 'stop-requested' });
    stopRequest.resolve(undefined);
    stopLife();
    cutShort?.();
    await lived;
  }
  const stopOnce = (): Promise<void> => (stopped ??= stop());

  return {
    state: () => state,
    changed,
    progress: () => life?.watch.progress(),
    retryNow() {
      dispatch({ kind: 'retry' });
      cutShort?.();
    },
    stop: stopOnce,
    [Symbol.asyncDispose]: stopOnce,
  };
}

function stalled(name: string, silentMs: number, hadStarted: boolean): AppError {
  const seconds = Math.round(silentMs / 100) / 10;
  return new AppError(
    'process/stalled',
    hadStarted
      ? `${name} made no progress for ${seconds} s and was ended.`
      : `${name} did not begin to work within ${seconds} s and was ended.`,
    { details: { name, silentMs: Math.round(silentMs), hadStarted } },
  );
}
