import type { Clock } from '../../../base/clock.ts';
import { AppError } from '../../../shared/app-error.ts';

/** How often something may be asked for, by each caller: so many at once, and then so many in a second. */
export type Limit = {
  /** Throws `remote/slow-down`. */
  readonly take: (caller: string) => void;
};

/** Callers that are remembered; the others begin anew, which does them no harm. */
const MOST_CALLERS = 100;

export function createLimit(options: {
  readonly clock: Clock;
  readonly perSecond: number;
  readonly atOnce: number;
}): Limit {
  const { clock, perSecond, atOnce } = options;
  const callers = new Map<string, { readonly left: number; readonly atMs: number }>();
  return {
    take(caller) {
      const nowMs = clock.monotonicMs();
      const before = callers.get(caller) ?? { left: atOnce, atMs: nowMs };
      const left = Math.min(atOnce, before.left + ((nowMs - before.atMs) / 1000) * perSecond);
      callers.delete(caller);
      if (callers.size >= MOST_CALLERS) {
        callers.clear();
      }
      callers.set(caller, { left: Math.max(0, left - 1), atMs: nowMs });
      if (left < 1) {
        throw new AppError('remote/slow-down', 'That was asked for too often. Wait a moment.');
      }
    },
  };
}
