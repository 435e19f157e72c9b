import { type Operation, operation, problem } from '../../../shared/api/common.ts';
import type { Route } from '../../../shared/api/route.ts';
import { type BodyInputOf, type ParamsOf, type ResponseOf, ROUTES } from '../../../shared/api/routes.ts';
import { AppError, type ErrorDetails } from '../../../shared/app-error.ts';
import { isErrorCode } from '../../../shared/error-codes.ts';
import type { JsonRoute, OperationRoute } from '../call.ts';
import { API_PREFIX } from '../routing.ts';
import { type RunningService, readRunFiles } from '../run-files.ts';

/** How long a service may take to say that it is there. */
const FIND_MS = 3000;
/** How long one question holds for the end of a long operation. */
const FOLLOW = 'PT1M';

type ClientRoute = JsonRoute | OperationRoute;

/** What a call needs: the names in its path, its body, its query, each only where the route has it. */
type ClientRequest<N extends ClientRoute> = (keyof ParamsOf<N> extends never
  ? { readonly params?: undefined }
  : { readonly params: ParamsOf<N> }) &
  (undefined extends BodyInputOf<N> ? { readonly body?: BodyInputOf<N> } : { readonly body: BodyInputOf<N> }) & {
    readonly query?: Readonly<Record<string, string | number>>;
    readonly signal?: AbortSignal;
  };

export type ControlClient = {
  /**
   * One call, checked against its schema; of a long operation its outcome, however long that takes. Throws what the service answered, and
   * `service/not-running` when nothing answers.
   */
  readonly call: <N extends ClientRoute>(name: N, request: ClientRequest<N>) => Promise<ResponseOf<N>>;
};

type AnyRequest = {
  readonly params?: Readonly<Record<string, string>> | undefined;
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly signal?: AbortSignal;
};

/** Speaks to a service over its control API. */
export function createControlClient(service: Pick<RunningService, 'controlUrl' | 'token'>): ControlClient {
  /** `path`: from the root, with its names filled in. Throws what the service refuses. */
  async function send(method: Route['method'], path: string, { query = {}, body, signal }: AnyRequest) {
    const url = new URL(`${service.controlUrl}${path}`);
    for (const [name, value] of Object.entries(query)) {
      url.searchParams.set(name, String(value));
    }
    const { ok, status, text } = await attempt(async () => {
      const response = await fetch(url, {
        method,
        headers: { Authorization: `Bearer ${service.token}`, 'Content-Type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
      return { ok: response.ok, status: response.status, text: await response.text() };
    });
    if (!ok) {
      throw errorOf(status, parseJson(text));
    }
    const value: unknown = text === '' ? undefined : parseJson(text);
    return { status, value };
  }

  async function attempt<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw new AppError('service/not-running', `No Lectern answers at ${service.controlUrl}.`, { cause: error });
    }
  }

  /** What a long operation that has only begun came to: the resource that it is about, as it then is. */
  async function outcomeOf(begun: unknown, signal: AbortSignal | undefined): Promise<unknown> {
    const request = { query: { wait: FOLLOW }, ...(signal === undefined ? {} : { signal }) };
    let state = operationIn(begun);
    while (state.status === 'InProgress') {
      const { value } = await send('GET', `${API_PREFIX}/operations/${encodeURIComponent(state.id)}`, request);
      state = operationIn(value);
    }
    if (state.status === 'Failed') {
      throw errorOf(500, state.error);
    }
    return state.result === undefined
      ? undefined
      : (await send('GET', state.result, { ...request, query: {} })).value;
  }

  return {
    async call<N extends ClientRoute>(name: N, request: ClientRequest<N>): Promise<ResponseOf<N>> {
      const route: Route = ROUTES[name];
      const { params = {}, signal }: AnyRequest = request;
      const path = route.path.replaceAll(/\{(\w+)\}/g, (_whole, field: string) =>
        encodeURIComponent(params[field] ?? ''),
      );
      const answer = await send(route.method, `${API_PREFIX}${path}`, request);
      const hasOnlyBegun = route.kind === 'operation' && answer.status === ACCEPTED;
      const value = hasOnlyBegun ? await outcomeOf(answer.value, signal) : answer.value;
      const checked = route.response?.safeParse(value);
      if (checked?.success === false) {
        throw strange(`an answer to ${name} that this program does not understand`, checked.error);
      }
      // The schema of the route has just made it so.
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
      return checked?.data as ResponseOf<N>;
    },
  };
}

const ACCEPTED = 202;

function operationIn(value: unknown): Operation {
  const read = operation.safeParse(value);
  if (!read.success) {
    throw strange('a long operation that this program does not understand', read.error);
  }
  return read.data;
}

function errorOf(status: number, value: unknown): AppError {
  const answer = problem.safeParse(value);
  if (!answer.success || !isErrorCode(answer.data.code)) {
    return strange(`status ${status}`, answer.error);
  }
  return new AppError(answer.data.code, answer.data.detail, { details: flatFacts(answer.data.details ?? {}) });
}

function strange(what: string, cause: unknown): AppError {
  const message = `Lectern gave ${what}. Is the one that runs of another version than this command?`;
  return new AppError('service/internal', message, { cause });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function flatFacts(details: Readonly<Record<string, unknown>>): ErrorDetails {
  return Object.fromEntries(
    Object.entries(details).filter((entry): entry is [string, string | number | boolean] =>
      ['string', 'number', 'boolean'].includes(typeof entry[1]),
    ),
  );
}

/** The service that runs on a data folder, when one does and answers. What a dead one left behind counts as none. */
export async function findRunningService(dataDir: string): Promise<RunningService | undefined> {
  const left = await readRunFiles(dataDir);
  if (left === undefined) {
    return undefined;
  }
  try {
    await createControlClient(left).call('getSettings', { signal: AbortSignal.timeout(FIND_MS) });
    return left;
  } catch {
    // Its port is closed, somebody else's by now, or has another token: whoever it was is not there.
    return undefined;
  }
}
