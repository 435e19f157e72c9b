import { problem } from '../../../shared/api/common.ts';
import type { Route } from '../../../shared/api/route.ts';
import { type BodyInputOf, type ParamsOf, type ResponseOf, ROUTES } from '../../../shared/api/routes.ts';
import { AppError, type ErrorDetails } from '../../../shared/app-error.ts';
import { isErrorCode } from '../../../shared/error-codes.ts';
import type { JsonRoute } from '../call.ts';
import { API_PREFIX } from '../routing.ts';
import { type RunningService, readRunFiles } from '../run-files.ts';

/** How long a service may take to say that it is there. */
const FIND_MS = 3000;

/** What a call needs: the names in its path, its body, its query, each only where the route has it. */
type ClientRequest<N extends JsonRoute> = (keyof ParamsOf<N> extends never
  ? { readonly params?: undefined }
  : { readonly params: ParamsOf<N> }) &
  (undefined extends BodyInputOf<N> ? { readonly body?: BodyInputOf<N> } : { readonly body: BodyInputOf<N> }) & {
    readonly query?: Readonly<Record<string, string | number>>;
    readonly signal?: AbortSignal;
  };

export type ControlClient = {
  /** One call, checked against its schema. Throws what the service answered, and `service/not-running` when nothing answers. */
  readonly call: <N extends JsonRoute>(name: N, request: ClientRequest<N>) => Promise<ResponseOf<N>>;
};

type AnyRequest = {
  readonly params?: Readonly<Record<string, string>> | undefined;
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly signal?: AbortSignal;
};

/** Speaks to a service over its control API. */
export function createControlClient(service: Pick<RunningService, 'controlUrl' | 'token'>): ControlClient {
  async function send(route: Route, { params = {}, query = {}, body, signal }: AnyRequest) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) =>
      encodeURIComponent(params[name] ?? ''),
    );
    const url = new URL(`${service.controlUrl}${API_PREFIX}${path}`);
    for (const [name, value] of Object.entries(query)) {
      url.searchParams.set(name, String(value));
    }
    try {
      const response = await fetch(url, {
        method: route.method,
        headers: { Authorization: `Bearer ${service.token}`, 'Content-Type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
      return { ok: response.ok, status: response.status, text: await response.text() };
    } catch (error) {
      throw new AppError('service/not-running', `No Lectern answers at ${service.controlUrl}.`, { cause: error });
    }
  }

  return {
    async call<N extends JsonRoute>(name: N, request: ClientRequest<N>): Promise<ResponseOf<N>> {
      const route: Route = ROUTES[name];
      const { ok, status, text } = await send(route, request);
      if (!ok) {
        throw errorOf(status, text);
      }
      const value: unknown = text === '' ? undefined : parseJson(text);
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

function errorOf(status: number, text: string): AppError {
  const answer = problem.safeParse(parseJson(text));
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
