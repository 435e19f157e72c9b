import type { MeterReading } from '../../src-main/shared/api/studio.ts';
import { backOffMs, STREAM_BACK_OFF } from './back-off.ts';
import { createPreviewParser, type PreviewPicture } from './preview-parser.ts';
import type { Timers } from './timers.ts';

export type FeedState = 'closed' | 'opening' | 'open' | 'waiting';

export type PreviewFeed = {
  /** The newest picture, for whoever paints next; older ones are gone. */
  readonly latest: () => PreviewPicture | undefined;
  readonly readings: () => { readonly atMs: number; readonly readings: readonly MeterReading[] };
  /** Told about each picture or set of readings; looks with `latest` or `readings`. */
  readonly onPicture: (listener: () => void) => () => void;
  readonly onMeters: (listener: (readings: readonly MeterReading[]) => void) => () => void;
  readonly onState: (listener: (state: FeedState) => void) => () => void;
  readonly state: () => FeedState;
  /** Somebody can see it. The stream is open while anyone can, and for `LINGER_MS` after. */
  readonly want: () => () => void;
};

/** The stream closes this long after nobody sees it any more, so that a glance at another window does not cost a restart. */
const LINGER_MS = 2000;

export function createPreviewFeed(options: {
  readonly open: (signal: AbortSignal) => Promise<Response>;
  readonly timers: Timers;
}): PreviewFeed {
  const { timers } = options;
  const pictures = new Set<() => void>();
  const meters = new Set<(readings: readonly MeterReading[]) => void>();
  const states = new Set<(state: FeedState) => void>();
  let wanted = 0;
  let state: FeedState = 'closed';
  let latest: PreviewPicture | undefined;
  let readings: { readonly atMs: number; readonly readings: readonly MeterReading[] } = { atMs: 0, readings: [] };
  let connection: AbortController | undefined;
  let cancelTimer = (): void => undefined;
  let attempt = 0;

  function setState(next: FeedState): void {
    state = next;
    states.forEach((listener) => listener(next));
  }

  async function connect(): Promise<void> {
    const own = new AbortController();
    connection = own;
    attempt += 1;
    setState('opening');
    const parser = createPreviewParser({
      picture(picture) {
        latest = picture;
        pictures.forEach((listener) => listener());
      },
      meters(_, next) {
        readings = { atMs: timers.nowMs(), readings: next };
        meters.forEach((listener) => listener(next));
      },
    });
    try {
      const response = await options.open(own.signal);
      const reader = response.body?.getReader();
      setState('open');
      while (reader !== undefined) {
        const { done, value } = await reader.read();
        if (done || own.signal.aborted) {
          break;
        }
        attempt = 0;
        parser.push(value);
      }
    } catch {
      // Whatever broke the stream, the answer is the same: open it again. What is wrong with the service is told by the event stream.
    }
    own.abort(new Error('the preview ended'));
    if (connection === own) {
      connection = undefined;
      latest = undefined;
      setState('waiting');
      cancelTimer = timers.after(backOffMs(attempt + 1, STREAM_BACK_OFF), () => void connect());
    }
  }

  function close(): void {
    const closing = connection;
    connection = undefined;
    attempt = 0;
    closing?.abort(new Error('nobody is looking'));
    latest = undefined;
    setState('closed');
  }

  function subscribe<T>(set: Set<T>, listener: T): () => void {
    set.add(listener);
    return () => void set.delete(listener);
  }

  return {
    latest: () => latest,
    readings: () => readings,
    onPicture: (listener) => subscribe(pictures, listener),
    onMeters: (listener) => subscribe(meters, listener),
    onState: (listener) => subscribe(states, listener),
    state: () => state,
    want() {
      wanted += 1;
      if (wanted === 1) {
        cancelTimer();
        if (connection === undefined) {
          void connect();
        }
      }
      let given = true;
      return () => {
        if (!given) {
          return;
        }
        given = false;
        wanted -= 1;
        if (wanted === 0) {
          cancelTimer();
          cancelTimer = timers.after(LINGER_MS, close);
        }
      };
    },
  };
}
