import { useEffect, useState } from 'react';
import type { Problem } from '../../src-main/shared/api/common.ts';
import { problemOf } from '../api/problem.ts';

/** What `load` gave, and what went wrong; undefined both until it has answered. Asks again when `load` is another one. */
export function useLoaded<T>(load: () => Promise<T>): {
  readonly value: T | undefined;
  readonly problem: Problem | undefined;
} {
  const [value, setValue] = useState<T>();
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => {
    const gone = new AbortController();
    void (async () => {
      try {
        const found = await load();
        if (!gone.signal.aborted) {
          setValue(() => found);
          setProblem(undefined);
        }
      } catch (error) {
        if (!gone.signal.aborted) {
          setProblem(problemOf(error));
        }
      }
    })();
    return () => gone.abort();
  }, [load]);
  return { value, problem };
}
