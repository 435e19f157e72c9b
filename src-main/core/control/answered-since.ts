import type { EndpointService, RequestCount } from '../ports/services.ts';

/** What was answered since it was asked last, by streaming endpoint; at first since the start of the service. Ways that did not occur are left out. */
export function createAnsweredSince(
  endpoints: Pick<EndpointService, 'list' | 'requests'>,
): () => ReadonlyMap<string, readonly RequestCount[]> {
  let before = new Map<string, ReadonlyMap<string, RequestCount>>();
  return () => {
    const counted = endpoints
      .list()
      .map(({ name }) => [name, new Map(endpoints.requests(name).map((count) => [keyOf(count), count]))] as const);
    const since = new Map(
      counted.map(([name, counts]) => [name, [...counts].flatMap(([key, count]) => lessOf(count, name, key))]),
    );
    before = new Map(counted);
    return since;
  };

  function lessOf(count: RequestCount, name: string, key: string): readonly RequestCount[] {
    const then = before.get(name)?.get(key);
    // An endpoint that was deleted and made again begins anew.
    if (then === undefined || then.requests > count.requests) {
      return count.requests === 0 ? [] : [count];
    }
    return then.requests === count.requests
      ? []
      : [
          {
            ...count,
            requests: count.requests - then.requests,
            bytes: count.bytes - then.bytes,
            serverMs: count.serverMs - then.serverMs,
          },
        ];
  }
}

function keyOf({ outputFormat, status, code }: RequestCount): string {
  return `${outputFormat} ${status} ${code ?? ''}`;
}
