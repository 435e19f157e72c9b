import type {
  CaptureStart,
  CaptureStarted,
  CaptureState,
  PieceTaken,
} from '../../src-main/shared/api/browser-source.ts';

export type Refusal = {
  /** Of the service; empty when it could not be reached. */
  readonly code: string;
  /** English, of the service. */
  readonly detail: string;
};

export type Answered<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal };

/** What the page asks of the studio. Nothing here throws. */
export type CaptureApi = {
  readonly state: () => Promise<Answered<CaptureState>>;
  readonly start: (request: CaptureStart) => Promise<Answered<CaptureStarted>>;
  readonly send: (stream: string, piece: Uint8Array<ArrayBuffer>) => Promise<Answered<PieceTaken>>;
  /** Also when the page is being closed. */
  readonly stop: (stream: string) => void;
};

/** A piece that takes longer is late; the next one begins with a key frame. */
const TIMEOUT_MS = 5000;

export function createCaptureApi(token: string): CaptureApi {
  async function call<T>(method: string, path: string, body?: BodyInit): Promise<Answered<T>> {
    try {
      const response = await fetch(`./api${path}`, {
        method,
        headers: { Authorization: `Bearer ${token}` },
        cache: 'no-store',
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...(body === undefined ? {} : { body }),
      });
      const value: unknown = response.status === 204 ? undefined : await response.json();
      if (!response.ok) {
        return { ok: false, refusal: { code: textAt(value, 'code'), detail: textAt(value, 'detail') } };
      }
      // The service is the one that served this page, so that its answers are what their types say.
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
      return { ok: true, value: value as T };
    } catch {
      // The network, a service that went away, or something in between that speaks no JSON.
      return { ok: false, refusal: { code: '', detail: '' } };
    }
  }

  return {
    state: () => call('GET', ''),
    start: (request) => call('POST', '/streams', JSON.stringify(request)),
    send: (stream, piece) => call('POST', `/streams/${stream}/pieces`, piece),
    stop(stream) {
      // Nobody waits for it: a page that is gone is noticed anyway.
      void fetch(`./api/streams/${stream}`, {
        method: 'DELETE',
        headers: { Authorization: `Bearer ${token}` },
        keepalive: true,
      }).catch(() => undefined);
    },
  };
}

function textAt(value: unknown, key: string): string {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return typeof found === 'string' ? found : '';
}
