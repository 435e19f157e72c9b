import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AppError } from '../../shared/app-error.ts';
import { answerProblemOf } from './problem.ts';

/** How long a caller may leave an answer lying before the connection is given up: it holds memory or a file. */
const UNREAD_MS = 60_000;

/** How long, and how much, a refused body is still read, so that the caller gets to see the refusal instead of a broken connection. */
const DRAIN_MS = 2000;
const DRAIN_BYTES = 16 * 1024 * 1024;

export type AnswerHeaders = Readonly<Record<string, string | number>>;

/**
 * What every answer says: it is for the pages of this service only, of the type it says, and of no use to a cache or a frame. `Referrer-Policy`
 * because page addresses may hold the name of an unpublished recording.
 */
const COMMON: AnswerHeaders = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** Writes the head of an answer; the body is the caller's. */
export function writeHead(response: ServerResponse, status: number, headers: AnswerHeaders): void {
  response.setTimeout(UNREAD_MS, () => response.destroy());
  response.writeHead(status, { ...COMMON, 'Cache-Control': 'no-store', ...headers });
}

/** A whole answer at once. For HEAD node:http leaves the body out and keeps its length. */
export function sendBytes(
  response: ServerResponse,
  status: number,
  headers: AnswerHeaders,
  bytes: Uint8Array,
): void {
  writeHead(response, status, { 'Content-Length': bytes.byteLength, ...headers });
  response.end(bytes);
}

export function sendText(response: ServerResponse, status: number, headers: AnswerHeaders, text: string): void {
  sendBytes(response, status, headers, Buffer.from(text));
}

export function sendJson(response: ServerResponse, status: number, headers: AnswerHeaders, value: unknown): void {
  sendText(response, status, { 'Content-Type': 'application/json', ...headers }, JSON.stringify(value));
}

export function sendNothing(response: ServerResponse, headers: AnswerHeaders): void {
  writeHead(response, 204, headers);
  response.end();
}

/** An RFC 9457 answer. One that refuses a body before it was read to its end also ends the connection, after draining some of it. */
export async function sendProblem(
  request: IncomingMessage,
  response: ServerResponse,
  error: AppError,
): Promise<void> {
  const body = Buffer.from(JSON.stringify(answerProblemOf(error)));
  const unread = !request.complete && hasBody(request);
  writeHead(response, error.status, {
    'Content-Type': 'application/problem+json',
    'Content-Length': body.byteLength,
    ...(unread ? { Connection: 'close' } : {}),
    ...headersFor(error),
  });
  if (!unread) {
    response.end(body);
    return;
  }
  response.write(body);
  await drain(request);
  response.end();
}

function headersFor(error: AppError): AnswerHeaders {
  switch (error.code) {
    case 'request/unauthorized':
      return { 'WWW-Authenticate': 'Bearer realm="Lectern control"' };
    case 'request/method-not-allowed':
      return { Allow: Array.isArray(error.details['allow']) ? error.details['allow'].join(', ') : '' };
    case 'resource/busy':
      return { 'Retry-After': 1 };
    case 'service/closing':
      return { Connection: 'close' };
    default:
      return {};
  }
}

function hasBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}

/** Reads and forgets, until the body ends or enough has been read for anybody who means well. */
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
      done();
    }
  });
  request.once('close', done).once('end', done).once('error', done);
  request.setTimeout(DRAIN_MS, done);
  await promise;
}
