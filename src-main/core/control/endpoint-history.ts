import type { Clock } from '../../base/clock.ts';
import type { EndpointMinute } from '../../shared/api/endpoint-metrics.ts';
import type { EndpointService, RequestCount } from '../ports/services.ts';
import { createAnsweredSince } from './answered-since.ts';

/** What streaming endpoints answered, minute by minute: the last hour of this run, so that a page that is opened later shows the past. */
export type EndpointHistory = Disposable & {
  /** Newest first. */
  of(name: string): readonly EndpointMinute[];
};

const MINUTE_MS = 60_000;
const MINUTES = 60;

export function openEndpointHistory(
  endpoints: Pick<EndpointService, 'list' | 'requests'>,
  clock: Clock,
): EndpointHistory {
  const answered = createAnsweredSince(endpoints);
  let minutes: ReadonlyMap<string, readonly EndpointMinute[]> = new Map();
  let timer = clock.after(MINUTE_MS, look);

  function look(): void {
    timer = clock.after(MINUTE_MS, look);
    const time = new Date(clock.wallMs()).toISOString();
    minutes = new Map(
      [...answered()].map(([name, counts]) => [
        name,
        [minuteOf(time, counts), ...(minutes.get(name) ?? [])].slice(0, MINUTES),
      ]),
    );
  }

  return {
    of: (name) => minutes.get(name) ?? [],
    [Symbol.dispose]: () => timer[Symbol.dispose](),
  };
}

function minuteOf(time: string, counts: readonly RequestCount[]): EndpointMinute {
  const good = counts.filter(({ status }) => status < 400);
  const goodRequests = sum(good, ({ requests }) => requests);
  return {
    time,
    egressBytes: sum(counts, ({ bytes }) => bytes),
    ...(goodRequests === 0 ? {} : { latencyMs: sum(good, ({ serverMs }) => serverMs) / goodRequests }),
    requests: counts.map(({ outputFormat, status, code, requests }) => ({
      outputFormat,
      httpStatusCode: status,
      ...(code === undefined ? {} : { errorCode: code }),
      count: requests,
    })),
  };
}

function sum(counts: readonly RequestCount[], value: (count: RequestCount) => number): number {
  return counts.reduce((total, count) => total + value(count), 0);
}
