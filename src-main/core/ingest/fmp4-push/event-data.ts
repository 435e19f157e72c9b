import type { Clock } from '../../../base/clock.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { IngestPeer } from '../../ports/ingest.ts';
import type { Exchange } from './exchange.ts';
import type { PushContext } from './link.ts';

/** Where timed metadata goes (spec 2.13). Throws for a token that is of no running event that takes it. */
export type PostTimedMetadata = (accessToken: string, peer: IngestPeer, json: Uint8Array) => void;

const WINDOW_MS = 1000;

/**
 * Takes one JSON object for the timeline of an event. Rejects with `ingest/timed-metadata-invalid`, `ingest/timed-metadata-rate` and with
 * what `post` throws.
 */
export function createEventData(
  context: Pick<PushContext, 'clock' | 'limits' | 'openBody'>,
  post: PostTimedMetadata,
): (exchange: Exchange, accessToken: string) => Promise<void> {
  const { clock, limits } = context;
  const rate = createRate(clock, limits.eventDataPerSecond);

  async function readAll(exchange: Exchange): Promise<Uint8Array> {
    const { headers } = exchange.request;
    if (!/^application\/json[ \t]*(?:;|$)/i.test(headers['content-type'] ?? '')) {
      throw invalid('its Content-Type is not application/json');
    }
    if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
      throw invalid('it is compressed');
    }
    if (Number(headers['content-length'] ?? 0) > limits.eventDataBytes) {
      throw tooLong(limits.eventDataBytes);
    }
    const parts: Uint8Array[] = [];
    let size = 0;
    using body = context.openBody(exchange, { idleMs: limits.eventDataMs, progressMs: limits.eventDataMs });
    const ended = await body.read((bytes) => {
      size += bytes.length;
      if (size > limits.eventDataBytes) {
        throw tooLong(limits.eventDataBytes);
      }
      parts.push(bytes);
      return false;
    });
    if (ended === 'gone') {
      throw invalid('it was cut off');
    }
    return Buffer.concat(parts);
  }

  return async (exchange, accessToken) => {
    const json = await readAll(exchange);
    checkObject(json);
    // A request that is refused does not count: a wrong token must not use up an event's share.
    rate.check(accessToken);
    post(accessToken, exchange.peer, new Uint8Array(json));
    rate.count(accessToken);
  };
}

type Rate = {
  /** Throws `ingest/timed-metadata-rate`. */
  readonly check: (key: string) => void;
  readonly count: (key: string) => void;
};

/** So many in any second. Remembers who was counted in the last second and nobody else. */
function createRate(clock: Clock, perSecond: number): Rate {
  const times = new Map<string, readonly number[]>();
  const recent = (key: string): readonly number[] => {
    const sinceMs = clock.monotonicMs() - WINDOW_MS;
    return (times.get(key) ?? []).filter((timeMs) => timeMs > sinceMs);
  };
  return {
    check(key) {
      for (const known of [...times.keys()]) {
        if (recent(known).length === 0) {
          times.delete(known);
        }
      }
      if (recent(key).length >= perSecond) {
        const message = `An event takes timed metadata ${perSecond} times a second. Try again in a second.`;
        throw new AppError('ingest/timed-metadata-rate', message, { details: { perSecond } });
      }
    },
    count: (key) => void times.set(key, [...recent(key), clock.monotonicMs()]),
  };
}

function checkObject(json: Uint8Array): void {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch (error) {
    throw invalid('it is no JSON in UTF-8', error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid('it is no JSON object');
  }
}

function tooLong(maxBytes: number): AppError {
  return new AppError('ingest/timed-metadata-invalid', `The timed metadata is longer than ${maxBytes} bytes.`, {
    details: { maxBytes },
  });
}

function invalid(why: string, cause?: unknown): AppError {
  return new AppError('ingest/timed-metadata-invalid', `The timed metadata cannot be used: ${why}.`, { cause });
}
