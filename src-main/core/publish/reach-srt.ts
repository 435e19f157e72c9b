import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import type { Clock } from '../../base/clock.ts';
import { connectionFailure } from './tls-relay.ts';

/** SRT (draft-sharabayko-srt-01 §3.2, §4.3.1): a header of 16 bytes and a handshake of 48. */
const HANDSHAKE_BYTES = 64;
const CONTROL_HANDSHAKE = 0x8000_0000;
const INDUCTION = 1;
const MTU = 1500;
const FLOW_WINDOW = 8192;
/** As libsrt's own. */
const AGAIN_MS = 250;

/**
 * The first half of SRT's handshake, in which a listener gives a caller a cookie and remembers nothing of it: no stream id is named and no
 * connection made. Resolves with the milliseconds that it took. Throws `publish/dns` and the signal's reason; UDP does not say that nobody is there.
 */
export async function reachSrt(options: {
  /** `srt://host:port…` */
  readonly url: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): Promise<number> {
  const { clock, signal } = options;
  const { hostname, port, host: server } = new URL(options.url);
  const { address, family } = await resolved(hostname.replace(/^\[|\]$/g, ''), server);
  signal.throwIfAborted();
  const socketId = randomInt(1, 0x3fff_ffff);
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  const onAbort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
  let again: Disposable | undefined;
  function send(): void {
    socket.send(induction(socketId), Number(port), address);
    again = clock.after(AGAIN_MS, send);
  }
  socket.once('error', (error) => reject(connectionFailure(error, server)));
  socket.on('message', (bytes) => {
    if (isAnswer(bytes, socketId)) {
      resolve(undefined);
    }
  });
  signal.addEventListener('abort', onAbort, { once: true });
  const startedMs = clock.monotonicMs();
  try {
    send();
    await promise;
    return clock.monotonicMs() - startedMs;
  } finally {
    signal.removeEventListener('abort', onAbort);
    again?.[Symbol.dispose]();
    socket.close();
  }
}

async function resolved(
  host: string,
  server: string,
): Promise<{ readonly address: string; readonly family: number }> {
  try {
    return await lookup(host);
  } catch (error) {
    throw error instanceof Error ? connectionFailure(error, server) : error;
  }
}

function induction(socketId: number): Buffer {
  const bytes = Buffer.alloc(HANDSHAKE_BYTES);
  bytes.writeUInt32BE(CONTROL_HANDSHAKE, 0);
  // Version 4 with an extension field of 2 is what a caller of version 5 says first (§4.3.1.1).
  bytes.writeUInt32BE(4, 16);
  bytes.writeUInt16BE(2, 22);
  bytes.writeUInt32BE(randomInt(0x7fff_ffff), 24);
  bytes.writeUInt32BE(MTU, 28);
  bytes.writeUInt32BE(FLOW_WINDOW, 32);
  bytes.writeUInt32BE(INDUCTION, 36);
  bytes.writeUInt32BE(socketId, 40);
  return bytes;
}

function isAnswer(bytes: Buffer, socketId: number): boolean {
  return (
    bytes.length >= HANDSHAKE_BYTES &&
    bytes.readUInt32BE(0) === CONTROL_HANDSHAKE &&
    bytes.readUInt32BE(12) === socketId &&
    bytes.readUInt32BE(36) === INDUCTION
  );
}
