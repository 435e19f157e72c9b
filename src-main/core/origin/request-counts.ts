import type { ServerResponse } from 'node:http';
import type { Clock } from '../../base/clock.ts';
import type { RequestCount } from '../ports/services.ts';
import { isKeyPath } from './key-door.ts';
import type { Exchange } from './respond.ts';

/** How viewers' requests were answered since the start, by output format, status and code (spec 2.16). */
export type RequestCounts = {
  /** Notes the request when its answer has ended, however it ends. */
  readonly begin: (exchange: Exchange, path: string) => void;
  /** The head of an answer goes out. */
  readonly headed: (response: ServerResponse) => void;
  /** Why a request is refused. */
  readonly refused: (response: ServerResponse, code: string) => void;
  readonly list: () => readonly RequestCount[];
};

/** What AMS had, and what is ours: whatever else stands in an address must not make a row of its own. */
const FORMATS: ReadonlySet<string> = new Set([
  ...['m3u8-cmaf', 'm3u8-aapl', 'm3u8-aapl-v3', 'mpd-time-cmaf', 'mpd-time-csf', 'fmp4-v20', 'f4m-f4f'],
]);

type Pending = { readonly startedMs: number; headMs: number | undefined; code: string | undefined };
type Row = { -readonly [K in keyof RequestCount]: RequestCount[K] };

export function createRequestCounts(clock: Clock): RequestCounts {
  const rows = new Map<string, Row>();
  const pending = new WeakMap<ServerResponse, Pending>();

  function rowOf(outputFormat: string, status: number, code: string | undefined): Row {
    const key = `${outputFormat} ${status} ${code ?? ''}`;
    const known = rows.get(key);
    if (known !== undefined) {
      return known;
    }
    const row: Row = {
      outputFormat,
      status,
      ...(code === undefined ? {} : { code }),
      requests: 0,
      bytes: 0,
      serverMs: 0,
    };
    rows.set(key, row);
    return row;
  }

  return {
    begin({ response, written }, path) {
      const entry: Pending = { startedMs: clock.monotonicMs(), headMs: undefined, code: undefined };
      pending.set(response, entry);
      response.once('close', () => {
        const row = rowOf(formatOf(path), response.statusCode, entry.code);
        row.requests += 1;
        row.bytes += written();
        row.serverMs += (entry.headMs ?? clock.monotonicMs()) - entry.startedMs;
      });
    },
    headed(response) {
      const entry = pending.get(response);
      if (entry !== undefined) {
        entry.headMs ??= clock.monotonicMs();
      }
    },
    refused(response, code) {
      const entry = pending.get(response);
      if (entry !== undefined) {
        entry.code = code;
      }
    },
    list: () => [...rows.values()].map((row) => ({ ...row })),
  };
}

function formatOf(path: string): string {
  if (path.startsWith('/watch/') || path === '/time') {
    return path === '/time' ? 'other' : 'watch';
  }
  if (isKeyPath(path)) {
    return 'key';
  }
  if (!/\.ism\//i.test(path)) {
    return 'download';
  }
  const named = /format=([a-z0-9-]+)/i.exec(path)?.[1]?.toLowerCase();
  if (named === undefined) {
    return 'smooth';
  }
  return FORMATS.has(named) ? named : 'other';
}
