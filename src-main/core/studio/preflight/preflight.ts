import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../base/clock.ts';
import type { CheckKind, Preflight, PreflightCheck, PreflightFinding } from '../../../shared/api/preflight.ts';
import { type AppError, toAppError } from '../../../shared/app-error.ts';
import { problemOf } from '../../../shared/problem.ts';
import type { Logger } from '../../ports/logger.ts';
import { sentenceOf, summaryOf } from './words.ts';

/** What a check found out. */
export type CheckResult = {
  readonly state: 'good' | 'tight' | 'bad' | 'unknown';
  readonly finding: PreflightFinding;
  /** How much there is for what is comfortable; 1 is just comfortable. */
  readonly margin?: number | undefined;
  readonly error?: AppError | undefined;
};

/** One line of the list, before it is known what comes of it. */
export type PlannedCheck = {
  readonly id: string;
  readonly kind: CheckKind;
  readonly subject?: string | undefined;
  readonly label: string;
  /** Begins when all checks of that kind have ended: encoding at full speed would make a camera look slow. */
  readonly after?: CheckKind | undefined;
  /** It is not waited for any longer than this, whatever it does. */
  readonly limitMs: number;
  readonly run: (signal: AbortSignal) => Promise<CheckResult>;
};

/** The checks before a broadcast: one run at a time, of which the newest is remembered. */
export type PreflightRuns = AsyncDisposable & {
  /** Begins one; one that runs already goes on. */
  start(): Preflight;
  newest(): Preflight | undefined;
  /** At once, and without waiting: somebody goes live. What was found stays. */
  cancel(why: string): void;
  /** Resolves with the newest when it has ended. */
  ended(): Promise<Preflight | undefined>;
};

type Run = {
  readonly id: string;
  readonly startedAt: string;
  readonly stop: AbortController;
  readonly checks: Map<string, PreflightCheck>;
  state: Preflight['state'];
  endedAt: string | undefined;
  readonly ended: Promise<void>;
};

export function createPreflights(options: {
  readonly clock: Clock;
  readonly logger: Logger;
  /** What is to be checked now. */
  readonly plan: () => readonly PlannedCheck[];
  readonly onChange: (preflight: Preflight) => void;
}): PreflightRuns {
  const { clock, logger } = options;
  let current: Run | undefined;

  const now = (): string => new Date(clock.wallMs()).toISOString();

  function shown(run: Run): Preflight {
    const checks = [...run.checks.values()];
    const weakest = weakestOf(checks);
    return {
      id: run.id,
      state: run.state,
      startedAt: run.startedAt,
      ...(run.endedAt === undefined ? {} : { endedAt: run.endedAt }),
      checks,
      ...(weakest === undefined ? {} : { weakest: weakest.id }),
      summary: summaryOf(checks, weakest),
    };
  }

  function tell(run: Run): void {
    if (run === current) {
      options.onChange(shown(run));
    }
  }

  function begin(): Run {
    const planned = options.plan();
    const { promise: ended, resolve } = Promise.withResolvers<undefined>();
    const run: Run = {
      id: randomUUID(),
      startedAt: now(),
      stop: new AbortController(),
      checks: new Map(planned.map((check) => [check.id, waitingCheck(check)])),
      state: 'running',
      endedAt: undefined,
      ended,
    };
    void carryOut(run, planned, () => resolve(undefined));
    return run;
  }

  async function carryOut(run: Run, planned: readonly PlannedCheck[], onEnd: () => void): Promise<void> {
    const done = new Map<string, Promise<void>>();
    for (const check of planned.filter(({ after }) => after === undefined)) {
      done.set(check.id, carryOutOne(run, check));
    }
    for (const check of planned.filter(({ after }) => after !== undefined)) {
      const before = planned.filter(({ kind, id }) => kind === check.after && id !== check.id);
      done.set(check.id, inOrder(run, check, Promise.all(before.flatMap(({ id }) => done.get(id) ?? []))));
    }
    await Promise.all(done.values());
    // A run that was cancelled has said so.
    if (run.state === 'running') {
      run.state = 'done';
      run.endedAt = now();
      tell(run);
    }
    onEnd();
  }

  async function inOrder(run: Run, check: PlannedCheck, before: Promise<unknown>): Promise<void> {
    await before;
    await carryOutOne(run, check);
  }

  async function carryOutOne(run: Run, check: PlannedCheck): Promise<void> {
    const stopped = run.stop.signal;
    // A function, so that what happened while something was awaited is seen.
    const isStopped = (): boolean => stopped.aborted;
    if (isStopped()) {
      return;
    }
    settle(run, check, { state: 'running', detail: '' });
    const limit = new AbortController();
    using _timer = clock.after(check.limitMs, () => limit.abort(new Error('the check takes too long')));
    const signal = AbortSignal.any([stopped, limit.signal]);
    try {
      const { state, finding, margin, error } = await firstOf(check.run, signal);
      settle(run, check, {
        state,
        finding,
        ...(margin === undefined ? {} : { margin: Math.max(0, margin) }),
        ...(error === undefined ? {} : { problem: problemOf(error) }),
        detail: sentenceOf(finding, error),
      });
    } catch (failure) {
      if (isStopped()) {
        return;
      }
      if (limit.signal.aborted) {
        const finding = { code: 'too-long', seconds: check.limitMs / 1000 } as const;
        settle(run, check, { state: 'unknown', finding, detail: sentenceOf(finding, undefined) });
        return;
      }
      // Whatever a check meets is a finding about that one thing, never the end of the others.
      const error = toAppError(failure);
      logger.warn({ check: check.id, error }, 'a check of the pre-flight failed');
      const finding = { code: 'failed' } as const;
      settle(run, check, {
        state: 'bad',
        finding,
        problem: problemOf(error),
        detail: sentenceOf(finding, error),
      });
    }
  }

  function settle(
    run: Run,
    check: PlannedCheck,
    result: Pick<PreflightCheck, 'state' | 'detail'> & Partial<PreflightCheck>,
  ): void {
    if (run.state === 'running') {
      run.checks.set(check.id, { ...waitingCheck(check), ...result });
      tell(run);
    }
  }

  function cancel(why: string): void {
    const run = current;
    if (run?.state !== 'running') {
      return;
    }
    logger.info({ why }, 'the pre-flight was cancelled');
    run.state = 'cancelled';
    run.endedAt = now();
    for (const [id, check] of run.checks) {
      if (check.state === 'waiting' || check.state === 'running') {
        run.checks.set(id, { ...check, state: 'skipped' });
      }
    }
    run.stop.abort(new Error(why));
    tell(run);
  }

  return {
    start() {
      if (current?.state !== 'running') {
        current = begin();
        tell(current);
      }
      return shown(current);
    },
    newest: () => (current === undefined ? undefined : shown(current)),
    cancel,
    async ended() {
      const run = current;
      await run?.ended;
      return run === undefined ? undefined : shown(run);
    },
    async [Symbol.asyncDispose]() {
      cancel('the service closes');
      await current?.ended;
    },
  };
}

function waitingCheck({ id, kind, subject, label }: PlannedCheck): PreflightCheck {
  return { id, kind, ...(subject === undefined ? {} : { subject }), label, state: 'waiting', detail: '' };
}

/** What the check says, or the end of the signal, whichever comes first: one that does not listen to the signal is not waited for. */
async function firstOf<T>(run: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: gone, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([run(signal), gone]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

const RANK: Readonly<Partial<Record<PreflightCheck['state'], number>>> = { bad: 0, tight: 1, unknown: 2, good: 3 };

/** The worst, and among those the one with the least to spare. One that is good and has nothing to measure is no weakness. */
function weakestOf(checks: readonly PreflightCheck[]): PreflightCheck | undefined {
  return checks
    .filter(({ state, margin }) => RANK[state] !== undefined && (state !== 'good' || margin !== undefined))
    .toSorted(
      (a, b) =>
        (RANK[a.state] ?? 0) - (RANK[b.state] ?? 0) || (a.margin ?? Infinity) - (b.margin ?? Infinity) || 0,
    )[0];
}
