import { randomBytes } from 'node:crypto';
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../shared/app-error.ts';
import { reachSrt } from './reach-srt.ts';
import { isSrt } from './srt-address.ts';
import { connectionFailure } from './tls-relay.ts';

/** Ports that RTMP and RTMPS have when an address names none. */
const PORTS = { 'rtmp:': 1935, 'rtmps:': 443 } as const;

/** RTMP 1.0 section 5.2: C0 is the version, C1 is 1536 bytes of time, zero and random. S0 and S1 are the same. */
const VERSION = 3;
const C1_BYTES = 1536;
const RANDOM_FROM = 8;

/**
 * Goes as far to a destination as one can without publishing: connects, proves who it is for RTMPS, and exchanges the greeting of RTMP. No
 * application is named and no key is sent, so that nothing can begin there. Resolves with the milliseconds that it took.
 *
 * Throws `publish/dns`, `publish/unreachable`, `publish/tls`, `publish/connection-lost`, `publish/protocol` for what is no RTMP, and the
 * signal's reason.
 */
export async function reachDestination(options: {
  /** `rtmp://host[:port]/…`, `rtmps://…` or `srt://host:port` */
  readonly url: string;
  /** PEM certificates of the authorities to be trusted. */
  readonly authorities: () => readonly string[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): Promise<number> {
  const { clock, signal } = options;
  signal.throwIfAborted();
  if (isSrt(options.url)) {
    return await reachSrt(options);
  }
  const { protocol, hostname, port, host: server } = new URL(options.url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const isSecure = protocol === 'rtmps:';
  const target = { host, port: port === '' ? PORTS[isSecure ? 'rtmps:' : 'rtmp:'] : Number(port) };
  const startedMs = clock.monotonicMs();
  const socket = isSecure
    ? connectTls({
        ...target,
        ...(isIP(host) === 0 ? { servername: host } : {}),
        ca: [...options.authorities()],
        minVersion: 'TLSv1.2',
      })
    : connectPlain(target);
  const onAbort = (): void => void socket.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await greet(socket, isSecure ? 'secureConnect' : 'connect', server);
    return clock.monotonicMs() - startedMs;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    socket.destroy();
  }
}

async function greet(socket: Socket, ready: 'connect' | 'secureConnect', server: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  let received = 0;
  socket.setNoDelay(true);
  socket.once(ready, () => {
    const greeting = Buffer.concat([
      Buffer.of(VERSION),
      Buffer.alloc(RANDOM_FROM),
      randomBytes(C1_BYTES - RANDOM_FROM),
    ]);
    socket.write(greeting);
  });
  socket.on('data', (bytes: Buffer) => {
    if (received === 0 && bytes[0] !== VERSION) {
      reject(
        new AppError(
          'publish/protocol',
          `${server} answers, but not as an RTMP server does. Check the address and its port.`,
          { details: { server } },
        ),
      );
    }
    received += bytes.length;
    if (received > C1_BYTES) {
      resolve(undefined);
    }
  });
  socket.once('error', (error) => reject(connectionFailure(error, server)));
  socket.once('close', () =>
    reject(
      new AppError(
        'publish/connection-lost',
        `${server} takes the connection and closes it again before it has said anything.`,
        { details: { server } },
      ),
    ),
  );
  await promise;
}
