import type { EndpointMinute } from '../../../src-main/shared/api/endpoint-metrics.ts';

/** One value a minute. */
type EndpointCurves = {
  /** Seconds since 1970, rising. */
  readonly times: readonly number[];
  /** Mbit/s. */
  readonly egress: readonly number[];
  readonly requests: readonly number[];
  /** Of them, those that were refused or failed. */
  readonly refused: readonly number[];
  /** In ms; undefined where nothing was answered. */
  readonly latency: readonly (number | undefined)[];
};

/** How often, the most frequent first. */
type Totals = readonly (readonly [key: string, count: number])[];

type Requests = EndpointMinute['requests'];

/** Of minutes, oldest first. */
export function curvesOf(minutes: readonly EndpointMinute[]): EndpointCurves {
  return {
    times: minutes.map(({ time }) => Date.parse(time) / 1000),
    egress: minutes.map(({ egressBytes }) => (egressBytes * 8) / 60 / 1e6),
    requests: minutes.map(({ requests }) => countOf(requests)),
    refused: minutes.map(({ requests }) =>
      countOf(requests.filter(({ httpStatusCode }) => httpStatusCode >= 400)),
    ),
    latency: minutes.map(({ latencyMs }) => latencyMs),
  };
}

/** Over all minutes: by format, and by status with the code of a refusal. */
export function totalsOf(minutes: readonly EndpointMinute[]): {
  readonly formats: Totals;
  readonly answers: Totals;
} {
  const requests = minutes.flatMap((minute) => minute.requests);
  return {
    formats: totalsBy(requests, ({ outputFormat }) => outputFormat),
    answers: totalsBy(requests, ({ httpStatusCode, errorCode }) =>
      errorCode === undefined ? String(httpStatusCode) : `${httpStatusCode} ${errorCode}`,
    ),
  };
}

function totalsBy(requests: Requests, keyOf: (request: Requests[number]) => string): Totals {
  const totals = new Map<string, number>();
  for (const request of requests) {
    const key = keyOf(request);
    totals.set(key, (totals.get(key) ?? 0) + request.count);
  }
  return [...totals].sort(([, one], [, other]) => other - one);
}

function countOf(requests: Requests): number {
  return requests.reduce((sum, { count }) => sum + count, 0);
}
