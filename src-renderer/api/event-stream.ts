import { type ServiceEvent, serviceEvent } from '../../src-main/shared/api/events.ts';
import { backOffMs, STREAM_BACK_OFF } from './back-off.ts';
import { createSseParser } from './sse-parser.ts';
import type { Timers } from './timers.ts';

/**
 *     connecting ──answered──▶ open ──ended, failed or silent──▶ waiting ──time is up, or retryNow──▶ connecting
 */
export type StreamState =
  | { readonly kind: 'connecting'; readonly attempt: number }
  | { readonly kind: 'open' }
  | { readonly kind: 'waiting'; readonly attempt: number; readonly retryAtMs: number; readonly error: unknown };

export type EventStreamOptions = {
  readonly open: (headers: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<Response>;
  readonly timers: Timers;
  readonly onEvent: (event: ServiceEvent) => void;
  readonly onState: (state: StreamState) => void;
};

/** With no byte for this long the connection is taken for dead; opening it again with the last id costs nothing if it was not. */
const SILENCE_MS = 45_000;

/** The service's events, for as long as the result is not stopped: reconnects by itself and resumes after the last event it saw. */
export function createEventStream(options: EventStreamOptions) {
  const { timers } = options;
  let stop = new AbortController();
  let lastId: string | undefined;
  let attempt = 0;
  let cancelWait: (() => void) | undefined;

  async function read(response: Response, signal: AbortSignal, alive: () => void): Promise<void> {
    const decoder = new TextDecoder();
    const parser = createSseParser((message) => {
      const event = eventOf(message.data);
      if (event !== undefined) {
        options.onEvent(event);
      }
    });
    const reader = response.body?.getReader();
    while (reader !== undefined) {
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) {
        return;
      }
      alive();
      parser.push(decoder.decode(value, { stream: true }));
      lastId = parser.lastId() ?? lastId;
    }
  }

  async function connect(): Promise<void> {
    const signal = stop.signal;
    const connection = new AbortController();
    const end = (): void => connection.abort(signal.reason);
    signal.addEventListener('abort', end, { once: true });
    let cancelWatch = (): void => undefined;
    const alive = (): void => {
      cancelWatch();
      cancelWatch = timers.after(SILENCE_MS, () => connection.abort(new Error('the event stream fell silent')));
    };
    attempt += 1;
    options.onState({ kind: 'connecting', attempt });
    let error: unknown;
    try {
      alive();
      const headers = lastId === undefined ? {} : { 'Last-Event-ID': lastId };
      const response = await options.open({ Accept: 'text/event-stream', ...headers }, connection.signal);
      attempt = 0;
      options.onState({ kind: 'open' });
      await read(response, connection.signal, alive);
    } catch (caught) {
      error = caught;
    } finally {
      cancelWatch();
      signal.removeEventListener('abort', end);
    }
    if (!signal.aborted) {
      wait(error);
    }
  }

  function wait(error: unknown): void {
    const delayMs = backOffMs(attempt + 1, STREAM_BACK_OFF);
    options.onState({ kind: 'waiting', attempt, retryAtMs: timers.nowMs() + delayMs, error });
    cancelWait = timers.after(delayMs, retryNow);
  }

  function retryNow(): void {
    if (cancelWait !== undefined) {
      cancelWait();
      cancelWait = undefined;
      void connect();
    }
  }

  return {
    start(): void {
      stop = new AbortController();
      void connect();
    },
    /** Skips a wait: the network came back, or the person asked. */
    retryNow,
    stop(): void {
      cancelWait?.();
      cancelWait = undefined;
      stop.abort(new Error('stopped'));
    },
  };
}

/** An event of a kind this page does not know is from a newer service, and is skipped. */
function eventOf(text: string): ServiceEvent | undefined {
  try {
    const parsed = serviceEvent.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
