import { config } from 'zod';
import { type Operation, operation } from '../../src-main/shared/api/common.ts';
import type { Route } from '../../src-main/shared/api/route.ts';
import {
  type BodyInputOf,
  type ParamsOf,
  type QueryOf,
  type ResponseOf,
  ROUTES,
  type RouteName,
} from '../../src-main/shared/api/routes.ts';
import { ApiError, pageProblem, toProblem } from './problem.ts';
import type { ServerTime } from './server-time.ts';

// The page's content security policy forbids `eval`, which the validator would otherwise try for speed.
config({ jitless: true });

type ParamsPart<N extends RouteName> = keyof ParamsOf<N> extends never
  ? { readonly params?: never }
  : { readonly params: ParamsOf<N> };
type BodyPart<N extends RouteName> =
  undefined extends BodyInputOf<N>
    ? { readonly body?: BodyInputOf<N> | undefined }
    : { readonly body: BodyInputOf<N> };
export type CallOptions<N extends RouteName> = ParamsPart<N> &
  BodyPart<N> & {
    readonly query?: { readonly [K in keyof QueryOf<N>]?: QueryOf<N>[K] | undefined };
    readonly signal?: AbortSignal | undefined;
  };

export type CallArgs<N extends RouteName> =
  // What may be left out altogether: `{}` is what is meant.
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type
  {} extends CallOptions<N> ? [options?: CallOptions<N>] : [options: CallOptions<N>];

/** Calls one route and gives its validated answer. Throws `ApiError`; a call aborted by its signal throws the signal's reason. */
export type Call = <N extends RouteName>(name: N, ...args: CallArgs<N>) => Promise<ResponseOf<N>>;

export type Api = {
  readonly call: Call;
  /** The raw answer of a route that is no JSON, after its status was found good. */
  readonly open: (name: RouteName, options?: OpenOptions) => Promise<Response>;
  /** The address of a route, for showing; it works only with the token. */
  readonly urlOf: (name: RouteName, params?: Readonly<Record<string, string>>) => string;
};

export type OpenOptions = {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** For a route that takes no JSON; its type says which content it is. */
  readonly body?: Blob | undefined;
  readonly signal?: AbortSignal | undefined;
};

export type Access = {
  /** Origin of the control API, without a slash at the end; empty for the page's own. */
  readonly baseUrl: string;
  readonly token: string | undefined;
};

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** How long one answer to a long operation is waited for before it is asked about again. */
const OPERATION_WAIT = 'PT30S';

export function createApi(options: {
  readonly access: Access;
  readonly fetch: Fetch;
  readonly nowMs: () => number;
  readonly serverTime: ServerTime;
}): Api {
  const { access, nowMs, serverTime } = options;

  function urlOf(name: RouteName, params: Readonly<Record<string, string>> = {}): string {
    return `${access.baseUrl}/api/v1${fillPath(ROUTES[name].path, params)}`;
  }

  async function request(url: string, init: RequestInit): Promise<Response> {
    if (access.token === undefined) {
      throw new ApiError(pageProblem('page/no-token', 'This page was opened without its key.'));
    }
    const headers = new Headers(init.headers);
    headers.set('Authorization', `Bearer ${access.token}`);
    const sentMs = nowMs();
    let response: Response;
    try {
      response = await options.fetch(url, { ...init, headers, cache: 'no-store' });
    } catch (cause) {
      init.signal?.throwIfAborted();
      throw new ApiError(pageProblem('page/unreachable', 'The service cannot be reached.'), { cause });
    }
    const stamp = Date.parse(response.headers.get('Date') ?? '');
    if (!Number.isNaN(stamp)) {
      serverTime.sample(stamp, sentMs, nowMs(), 1000);
    }
    if (!response.ok) {
      throw new ApiError(toProblem(response.status, await jsonOrNothing(response)));
    }
    return response;
  }

  async function endOf(first: Operation, signal: AbortSignal | undefined): Promise<Operation> {
    let current = first;
    while (current.status === 'InProgress') {
      const url = `${urlOf('getOperation', { id: current.id })}?wait=${OPERATION_WAIT}`;
      const response = await request(url, signalOf(signal));
      current = understood(operation, await jsonOrNothing(response));
    }
    if (current.status === 'Failed') {
      throw new ApiError(current.error ?? pageProblem('page/bad-answer', `${current.action} failed.`));
    }
    return current;
  }

  const call: Call = async (name, ...[given]) => {
    const route: Route = ROUTES[name];
    // Inside of here it does not matter which route it is: every one's options have this shape.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
    const { params = {}, query = {}, body, signal } = (given ?? {}) as LooseOptions;
    const asked = route.kind === 'operation' ? { wait: OPERATION_WAIT, ...query } : query;
    const response = await request(`${urlOf(name, params)}${queryText(asked)}`, {
      method: route.method,
      ...signalOf(signal),
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    });
    let json = response.status === 204 ? undefined : await jsonOrNothing(response);
    if (route.kind === 'operation' && response.status === 202) {
      const ended = await endOf(understood(operation, json), signal);
      json =
        ended.result === undefined || route.response === undefined
          ? undefined
          : await jsonOrNothing(await request(`${access.baseUrl}${ended.result}`, signalOf(signal)));
    }
    const answer = route.response === undefined ? undefined : understood(route.response, json);
    // The schema that was just applied is the one that the type is made of; the compiler cannot follow it through the table.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
    return answer as ResponseOf<typeof name>;
  };

  return {
    call,
    urlOf,
    open: (name, { params, query, headers, body, signal } = {}) =>
      request(`${urlOf(name, params)}${queryText(query ?? {})}`, {
        method: ROUTES[name].method,
        ...(headers === undefined ? {} : { headers: { ...headers } }),
        ...(body === undefined ? {} : { body }),
        ...signalOf(signal),
      }),
  };
}

type LooseOptions = {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
};

function signalOf(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

export function fillPath(path: string, params: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined) {
      throw new Error(`${path} needs ${name}`);
    }
    return encodeURIComponent(value);
  });
}

function queryText(query: Readonly<Record<string, string | number | undefined>>): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  return pairs.length === 0
    ? ''
    : `?${new URLSearchParams(pairs.map(([key, value]) => [key, String(value)])).toString()}`;
}

async function jsonOrNothing(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}

function understood<T>(
  schema: { safeParse(value: unknown): { success: true; data: T } | { success: false; error: Error } },
  value: unknown,
): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    throw new ApiError(
      pageProblem('page/bad-answer', 'The service answered something this page does not understand.'),
      {
        cause: parsed.error,
      },
    );
  }
  return parsed.data;
}
