import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../../base/clock.ts';
import type { AppError } from '../../../shared/app-error.ts';
import { problemOf } from '../../../shared/problem.ts';
import type { IngestEndCode } from '../../ports/ingest.ts';
import { type Exchange, hasBody } from './exchange.ts';

/** How much of a refused body is still read. Then its sender has to stop, and comes to look for an answer. */
const DRAIN_BYTES = 16 * 1024 * 1024;

export type Answers = {
  /** Encoders want a 200 and read nothing of it. */
  readonly done: (exchange: Exchange) => void;
  /** An RFC 9457 answer. `status`: where a protocol asks for another one than that of the code. */
  readonly problem: (exchange: Exchange, error: AppError, status?: number) => Promise<void>;
  /** For a stream that ends although nothing is wrong with it. */
  readonly ended: (exchange: Exchange, code: IngestEndCode) => Promise<void>;
};

/**
 * A body that is refused is read and forgotten for `drainMs`, then its connection ends: who sends a stream without end never looks for an
 * answer before its socket breaks. Not at once, because a connection that is closed before all is read takes the answer with it (RFC 9112 §9.6).
 */
export function createAnswers({ clock, drainMs }: { readonly clock: Clock; readonly drainMs: number }): Answers {
  async function sendLast(
    { request, response }: Exchange,
    status: number,
    problem: object,
    headers: Readonly<Record<string, string>>,
  ): Promise<void> {
    if (response.destroyed || response.headersSent) {
      response.destroy();
      return;
    }
    const body = Buffer.from(JSON.stringify(problem));
    const unread = !request.complete && hasBody(request);
    response.writeHead(status, {
      'Content-Type': 'application/problem+json',
      'Content-Length': body.byteLength,
      ...(unread ? { Connection: 'close' } : {}),
      ...headers,
    });
    response.write(body);
    if (unread) {
      await drain(request);
    }
    response.end();
  }

  async function drain(request: IncomingMessage): Promise<void> {
    if (request.destroyed) {
      return;
    }
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const done = (): void => resolve(undefined);
    let bytes = 0;
    request.on('data', (part: Buffer) => {
      bytes += part.length;
      if (bytes > DRAIN_BYTES) {
        request.pause();
      }
    });
    request.once('close', done).once('end', done).once('error', done);
    using _timer = clock.after(drainMs, done);
    request.resume();
    await promise;
  }

  return {
    done({ response }) {
      response.writeHead(200, { 'Content-Length': 0 });
      response.end();
    },
    async problem(exchange, error, status = error.status) {
      await sendLast(exchange, status, { ...problemOf(error), status }, headersFor(error));
    },
    async ended(exchange, code) {
      const title = 'The live event ended the stream';
      await sendLast(exchange, 503, { type: `urn:lectern:problem:${code}`, title, status: 503, code }, {});
    },
  };
}

function headersFor(error: AppError): Readonly<Record<string, string>> {
  switch (error.code) {
    case 'request/method-not-allowed':
      return { Allow: 'POST, PUT, DELETE' };
    case 'ingest/timed-metadata-rate':
      return { 'Retry-After': '1' };
    default:
      return {};
  }
}
