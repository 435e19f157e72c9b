import type { ServerResponse } from 'node:http';
import type { Clock } from '../../base/clock.ts';
import type { GrowingAnswer } from '../ports/packaging.ts';
import type { Egress } from './egress.ts';
import type { OriginLimits } from './limits.ts';
import type { Exchange, Responder } from './respond.ts';

/** Answers that are written while the encoder still writes the segment: chunked transfer, one chunk of media at a time. */
export type GrowingAnswers = {
  /** Resolves when the segment has ended or the caller is gone. */
  readonly send: (exchange: Exchange, growing: GrowingAnswer) => Promise<void>;
  /** Breaks off all of them; the callers see that they are not complete. */
  readonly cutAll: () => void;
};

export function createGrowingAnswers(options: {
  readonly responder: Responder;
  readonly egress: Egress;
  readonly clock: Clock;
  readonly limits: OriginLimits;
}): GrowingAnswers {
  const { responder, egress, clock, limits } = options;
  const open = new Set<ServerResponse>();

  async function pour(response: ServerResponse, growing: GrowingAnswer): Promise<void> {
    let changed = Promise.withResolvers<undefined>();
    const wake = (): void => changed.resolve(undefined);
    using _subscription = growing.changed.on(wake);
    response.once('close', wake);
    let next = 0;
    while (!response.destroyed) {
      changed = Promise.withResolvers();
      const { chunks, ended } = growing.read(next);
      next += chunks.length;
      for (const chunk of chunks) {
        egress.count(chunk.byteLength);
        // The next one not before this one is taken: a slow reader holds one chunk, not a segment.
        if (!response.write(chunk) && !(await drained(response))) {
          return;
        }
      }
      if (ended) {
        response.end();
        return;
      }
      using _silence = clock.after(limits.growthMs, () => response.destroy());
      await changed.promise;
    }
  }

  return {
    async send({ request, response }, growing) {
      responder.head(response, 200, [
        ...['Content-Type', growing.contentType],
        ...responder.caching(growing.lifetime),
        // Keeps an nginx in front from collecting it.
        ...['X-Accel-Buffering', 'no'],
      ]);
      if (request.method === 'HEAD') {
        response.end();
        return;
      }
      open.add(response);
      try {
        await pour(response, growing);
      } finally {
        open.delete(response);
      }
    },
    cutAll() {
      for (const response of open) {
        response.destroy();
      }
    },
  };
}

/** False when the reader is gone instead. */
async function drained(response: ServerResponse): Promise<boolean> {
  if (!response.destroyed) {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const done = (): void => resolve(undefined);
    response.once('drain', done).once('close', done);
    await promise;
    response.off('drain', done).off('close', done);
  }
  return !response.destroyed;
}
