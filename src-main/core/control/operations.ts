import { randomUUID } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { Operation } from '../../shared/api/common.ts';
import { AppError, toAppError } from '../../shared/app-error.ts';
import { problemOf } from '../../shared/problem.ts';
import type { Logger } from '../ports/logger.ts';
import type { OperationService } from '../ports/services.ts';

/** How long an ended operation can still be asked for, and how many are kept whatever their age. */
const KEPT_MS = 3_600_000;
const KEPT_OPERATIONS = 1000;

type Entry = { operation: Operation; endedAtMs: number | undefined; readonly waiters: Set<() => void> };

/**
 * Long operations: one at a time per key, remembered for an hour after their end. Disposing releases everybody who waits; the
 * operations themselves are their parts' to end.
 */
export function createOperations(options: {
  readonly clock: Clock;
  readonly logger: Logger;
}): OperationService & Disposable {
  const { clock, logger } = options;
  /** In the order of their starts, which a Map keeps. */
  const entries = new Map<string, Entry>();
  const running = new Map<string, string>();
  let closed = false;
  const isoNow = (): string => new Date(clock.wallMs()).toISOString();

  function find(id: string): Entry {
    forgetOld();
    const entry = entries.get(id);
    if (entry === undefined) {
      throw new AppError('resource/not-found', `There is no operation ${id}; they are kept for an hour.`, {
        details: { operation: id },
      });
    }
    return entry;
  }

  function forgetOld(): void {
    const tooOldMs = clock.monotonicMs() - KEPT_MS;
    let excess = entries.size - KEPT_OPERATIONS;
    for (const [id, { endedAtMs }] of entries) {
      if (endedAtMs !== undefined && (excess > 0 || endedAtMs < tooOldMs)) {
        entries.delete(id);
        excess -= 1;
      }
    }
  }

  async function follow(entry: Entry, key: string, run: () => Promise<unknown>): Promise<void> {
    const error = await failureOf(run);
    running.delete(key);
    entry.endedAtMs = clock.monotonicMs();
    entry.operation = {
      ...entry.operation,
      endTime: isoNow(),
      status: error === undefined ? 'Succeeded' : 'Failed',
      ...(error === undefined ? {} : { error: problemOf(error) }),
    };
    if (error !== undefined) {
      const { action, subject } = entry.operation;
      logger.warn({ action, subject, code: error.code, err: error }, 'a long operation failed');
    }
    release(entry);
  }

  return {
    start({ action, key, subject, result, run }) {
      const other = running.get(key);
      if (other !== undefined) {
        const busyWith = entries.get(other)?.operation.action ?? 'another operation';
        throw new AppError('resource/busy', `${subject} is busy with ${busyWith}; wait for it to end.`, {
          details: { operation: other, action: busyWith },
        });
      }
      forgetOld();
      const id = randomUUID();
      const operation: Operation = {
        id,
        action,
        subject,
        status: 'InProgress',
        startTime: isoNow(),
        ...(result === undefined ? {} : { result }),
      };
      const entry: Entry = { operation, endedAtMs: undefined, waiters: new Set() };
      entries.set(id, entry);
      running.set(key, id);
      // It owns its own end: every failure of `run` becomes the state of the operation.
      void follow(entry, key, run);
      return operation;
    },
    get: (id) => find(id).operation,
    async wait(id, timeoutMs) {
      const entry = find(id);
      if (entry.endedAtMs === undefined && timeoutMs > 0 && !closed) {
        const { promise, resolve } = Promise.withResolvers<undefined>();
        const wake = (): void => resolve(undefined);
        entry.waiters.add(wake);
        const timer = clock.after(timeoutMs, wake);
        await promise;
        timer[Symbol.dispose]();
        entry.waiters.delete(wake);
      }
      return entry.operation;
    },
    [Symbol.dispose]() {
      closed = true;
      for (const entry of entries.values()) {
        release(entry);
      }
    },
  };
}

function release(entry: Entry): void {
  for (const wake of entry.waiters) {
    wake();
  }
}

async function failureOf(run: () => Promise<unknown>): Promise<AppError | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return toAppError(error);
  }
}
