import { createServer, isIP, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { connect } from 'node:tls';
import { AppError } from '../../shared/app-error.ts';

/** One connection from this computer, carried on to a server over TLS. */
export type TlsRelay = Disposable & {
  /** On loopback; takes a single connection. */
  readonly port: number;
  /** Why the server was not reached; undefined while nothing has failed. */
  readonly failure: () => AppError | undefined;
};

/** The port that RTMPS has when its address names none. */
const DEFAULT_PORT = 443;
/** Of `node:tls` and of OpenSSL behind it, for a server that does not prove who it is. */
const UNPROVEN = /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_|INVALID_CA|EPROTO)/;

/**
 * TLS for RTMPS, done here and not by ffmpeg: builds with OpenSSL check that a certificate is good, but not that it belongs to the server, so
 * that anybody with a certificate of any name, and a place in the network between, would be given the stream key. Here the name is checked
 * (RFC 9525), and the authorities are those of this computer, whatever ffmpeg was built with.
 */
export async function openTlsRelay(options: {
  /** `rtmps://host[:port]/…` */
  readonly url: string;
  /** PEM certificates of the authorities to be trusted. */
  readonly authorities: readonly string[];
}): Promise<TlsRelay> {
  const { hostname, port, host: server } = new URL(options.url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const sockets = new Set<Socket>();
  let failure: AppError | undefined;

  function carry(inside: Socket): void {
    // The one it was opened for; nobody else gets through.
    listener.close();
    const outside = connect({
      host,
      port: port === '' ? DEFAULT_PORT : Number(port),
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ca: [...options.authorities],
      minVersion: 'TLSv1.2',
    });
    outside.setNoDelay(true);
    for (const socket of [inside, outside]) {
      sockets.add(socket);
    }
    outside.once('error', (error: Error) => {
      // When our side has hung up, whatever becomes of the other is no failure.
      if (!inside.destroyed && !inside.readableEnded) {
        failure = connectionFailure(error, server);
      }
    });
    // Either end takes the other with it; what went wrong is in `failure`.
    pipeline(inside, outside, () => undefined);
    pipeline(outside, inside, () => undefined);
  }

  const listener = createServer(carry);
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  listener.once('error', reject);
  listener.listen(0, '127.0.0.1', () => resolve(undefined));
  await promise;
  const address = listener.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    failure: () => failure,
    [Symbol.dispose]() {
      listener.close();
      for (const socket of sockets) {
        socket.destroy();
      }
    },
  };
}

/** Why a server could not be connected to. */
export function connectionFailure(error: Error, server: string): AppError {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
  const options = { details: { server, reason: code }, cause: error };
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new AppError(
      'publish/dns',
      `The name ${server} is not known. Check the address and the network.`,
      options,
    );
  }
  if (UNPROVEN.test(code)) {
    return new AppError(
      'publish/tls',
      `${server} does not prove who it is: ${error.message.replace(/\.?$/, '.')} Nothing was sent to it.`,
      options,
    );
  }
  return code === 'ECONNRESET' || code === 'EPIPE'
    ? new AppError('publish/connection-lost', `The connection to ${server} was lost.`, options)
    : new AppError('publish/unreachable', `${server} does not answer.`, options);
}
