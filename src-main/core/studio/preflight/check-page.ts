import type { Clock } from '../../../base/clock.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { CheckResult } from './preflight.ts';

export const PAGE_LIMIT_MS = 4000;

/** Whether viewers would find one's own page, by asking for something of it as one of them. */
export async function checkPage(
  view: {
    readonly originUrl: () => string;
    readonly shared: () => boolean;
    readonly clock: Clock;
  },
  signal: AbortSignal,
): Promise<CheckResult> {
  const { clock } = view;
  const url = view.originUrl();
  const startedMs = clock.monotonicMs();
  let status: number;
  try {
    const answer = await fetch(`${url}/time`, { signal });
    await answer.arrayBuffer();
    ({ status } = answer);
  } catch (error) {
    signal.throwIfAborted();
    throw new AppError(
      'service/port-refused',
      `Your own page does not answer at ${url}, so viewers would not find it. The recording and other services are not touched by that.`,
      { details: { path: url }, cause: error },
    );
  }
  if (status >= 400) {
    throw new AppError('service/port-refused', `Your own page answers ${status} at ${url}.`, {
      details: { path: url },
    });
  }
  const milliseconds = clock.monotonicMs() - startedMs;
  return { state: 'good', finding: { code: 'page-answers', milliseconds, shared: view.shared() } };
}
