import type { IncomingMessage, ServerResponse } from 'node:http';
import type { IngestPeer } from '../../ports/ingest.ts';

/** One request of an encoder and its answer. */
export type Exchange = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** As it was when the request came: a socket forgets it when it closes. */
  readonly peer: IngestPeer;
  /** `https://live.example:8486`, as the encoder wrote it if that can be believed. */
  readonly base: string;
};

/** Host names, addresses, and those of IPv6 in brackets, with a port: nothing that could break out of a log line or a page. */
const HOST = /^[\w.:[\]-]{1,255}$/;

export function exchangeOf(
  request: IncomingMessage,
  response: ServerResponse,
  scheme: 'http' | 'https',
): Exchange {
  const { socket, headers } = request;
  const { host = '' } = headers;
  const address = plainAddress(socket.remoteAddress ?? '');
  return {
    request,
    response,
    peer: { address, port: socket.remotePort ?? 0 },
    base: `${scheme}://${HOST.test(host) ? host : `localhost:${socket.localPort ?? 0}`}`,
  };
}

/** An IPv4 address that came in on an IPv6 socket, without its wrapping. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
