import { useState } from 'react';
import type { Problem } from '../../src-main/shared/api/common.ts';
import { problemOf } from '../api/problem.ts';

export type Action = {
  /** Which one is under way, by the name it was given. */
  readonly pending: string | undefined;
  /** What the last one was refused with, until it is dismissed or another begins. */
  readonly problem: Problem | undefined;
  /** Begins nothing while one is under way. */
  readonly run: (name: string, step: () => Promise<unknown>) => void;
  readonly dismiss: () => void;
};

/** Buttons that ask the service for something, and say beside themselves what it answered when it refused. */
export function useAction(): Action {
  const [pending, setPending] = useState<string>();
  const [problem, setProblem] = useState<Problem>();

  async function begin(name: string, step: () => Promise<unknown>): Promise<void> {
    setPending(name);
    setProblem(undefined);
    try {
      await step();
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setPending(undefined);
    }
  }

  return {
    pending,
    problem,
    run(name, step) {
      if (pending === undefined) {
        void begin(name, step);
      }
    },
    dismiss: () => setProblem(undefined),
  };
}
