import type { RemoteAction, RemoteState } from '../../src-main/shared/api/remote.ts';
import { createSseParser } from '../api/sse-parser.ts';

/** Why something did not work, as far as the page behaves differently. */
export type Refusal = {
  readonly kind: 'not-paired' | 'unreachable' | 'refused';
  /** English, of the service. */
  readonly detail: string;
  readonly code: string;
};

export type Answered<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal };

/** Longer than the service leaves between two signs of life. */
const SILENCE_MS = 25_000;
/** Panic takes as long as overwriting what was shown does. */
const TIMEOUT_MS = 20_000;

export async function pair(code: string, name: string): Promise<Answered<string>> {
  const answered = await send('POST', '/api/pair', undefined, { code, name });
  if (!answered.ok) {
    return answered;
  }
  const token = at(answered.value, 'token');
  return typeof token === 'string'
    ? { ok: true, value: token }
    : { ok: false, refusal: { kind: 'refused', code: '', detail: 'No token came back.' } };
}

export async function act(token: string, action: RemoteAction): Promise<Answered<unknown>> {
  return await send('POST', '/api/actions', token, action);
}

/**
 * The state, now and whenever it changes, until the signal aborts or the connection ends: then the refusal says why. It does not try again by
 * itself.
 */
export async function follow(
  token: string,
  onState: (state: RemoteState) => void,
  signal: AbortSignal,
): Promise<Refusal> {
  const connection = new AbortController();
  const stop = (): void => connection.abort();
  signal.addEventListener('abort', stop, { once: true });
  let watch: number | undefined;
  const alive = (): void => {
    clearTimeout(watch);
    watch = setTimeout(stop, SILENCE_MS);
  };
  try {
    alive();
    const response = await fetch('/api/events', {
      headers: bearer(token),
      cache: 'no-store',
      signal: connection.signal,
    });
    if (!response.ok) {
      return await refusalOf(response);
    }
    const decoder = new TextDecoder();
    // The service is the one that served this page, so that a state is what its type says.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-argument
    const parser = createSseParser(({ data }) => onState(JSON.parse(data)));
    const reader = response.body?.getReader();
    while (reader !== undefined) {
      const { done, value } = await reader.read();
      if (done) {
        break;
      }
      alive();
      parser.push(decoder.decode(value, { stream: true }));
    }
    return UNREACHABLE;
  } catch {
    // The network, a service that went away, or silence.
    return UNREACHABLE;
  } finally {
    clearTimeout(watch);
    signal.removeEventListener('abort', stop);
    connection.abort();
  }
}

const UNREACHABLE: Refusal = { kind: 'unreachable', code: '', detail: 'Lectern cannot be reached.' };

async function send(
  method: string,
  path: string,
  token: string | undefined,
  body: unknown,
): Promise<Answered<unknown>> {
  try {
    const response = await fetch(path, {
      method,
      headers: { 'Content-Type': 'application/json', ...(token === undefined ? {} : bearer(token)) },
      body: JSON.stringify(body),
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) {
      return { ok: false, refusal: await refusalOf(response) };
    }
    return { ok: true, value: response.status === 204 ? undefined : await response.json() };
  } catch {
    return { ok: false, refusal: UNREACHABLE };
  }
}

async function refusalOf(response: Response): Promise<Refusal> {
  let problem: unknown;
  try {
    problem = await response.json();
  } catch {
    // Something in between answered, which speaks no JSON.
  }
  const [code, detail] = [at(problem, 'code'), at(problem, 'detail')];
  return {
    kind: response.status === 401 ? 'not-paired' : 'refused',
    code: typeof code === 'string' ? code : '',
    detail: typeof detail === 'string' ? detail : `HTTP ${response.status}`,
  };
}

function bearer(token: string): Readonly<Record<string, string>> {
  return { Authorization: `Bearer ${token}` };
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
