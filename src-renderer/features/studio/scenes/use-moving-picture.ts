import { type RefObject, useEffect, useState } from 'react';
import type { Problem } from '../../../../src-main/shared/api/common.ts';
import { problemOf } from '../../../api/problem.ts';
import { useVisible } from '../../../ui/use-visible.ts';

/** Asks for a picture again and again while it can be seen, one at a time; `load` must stay the same for as long as the picture does. */
export function useMovingPicture(
  element: RefObject<HTMLElement | null>,
  load: ((signal: AbortSignal) => Promise<Blob>) | undefined,
  everyMs: number,
): { readonly url: string | undefined; readonly problem: Problem | undefined } {
  const isVisible = useVisible(element);
  const [shown, setShown] = useState<{ readonly url: string }>();
  const [problem, setProblem] = useState<Problem>();

  useEffect(() => {
    if (!isVisible || load === undefined) {
      return undefined;
    }
    const gone = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;

    async function ask(step: (signal: AbortSignal) => Promise<Blob>): Promise<void> {
      try {
        const url = URL.createObjectURL(await step(gone.signal));
        if (gone.signal.aborted) {
          URL.revokeObjectURL(url);
          return;
        }
        setShown({ url });
        setProblem(undefined);
      } catch (error) {
        if (gone.signal.aborted) {
          return;
        }
        setProblem(problemOf(error));
      }
      timer = setTimeout(() => void ask(step), everyMs);
    }

    void ask(load);
    return () => {
      gone.abort();
      clearTimeout(timer);
    };
  }, [load, isVisible, everyMs]);

  // The picture before is kept until the next one is there.
  useEffect(
    () => () => {
      if (shown !== undefined) {
        URL.revokeObjectURL(shown.url);
      }
    },
    [shown],
  );
  return { url: shown?.url, problem };
}
