import { createHmac, randomBytes, randomInt } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { assert } from '../../../../base/assert.ts';
import type { Clock } from '../../../../base/clock.ts';
import {
  EXTENSION,
  EXTENSION_FLAG,
  HANDSHAKE,
  type Handshake,
  type HandshakeExtension,
  MAGIC,
  PEER_FLAG,
  parseHandshake,
  REJECTION,
  type Rejection,
  readStreamId,
  rejectionType,
  writeHandshake,
} from './handshake.ts';
import { type StreamKeys, unwrapKeys } from './key-material.ts';
import { CONTROL, parsePacket, viewOf, words, writeControl } from './packet.ts';
import { WINDOW_PACKETS } from './receive-buffer.ts';
import { createSrtSession, type SrtSession, type SrtSink, TICK_MS } from './session.ts';

export type SrtCall = {
  readonly address: string;
  readonly port: number;
  readonly streamId: string;
  readonly isEncrypted: boolean;
  /** Whether the caller has this passphrase. False also when it does not encrypt. */
  readonly hasPassphrase: (passphrase: string) => boolean;
  /** Hangs up, once the call was taken. */
  readonly hangUp: () => void;
};

/** Taking a call: of an encrypting caller with the passphrase that `hasPassphrase` was right for. */
export type SrtAnswer =
  | { readonly kind: 'taken'; readonly sink: SrtSink }
  | { readonly kind: 'rejected'; readonly reason: Rejection };

export type SrtListener = AsyncDisposable & { readonly port: number };

/** libsrt 1.5.1, whose behaviour this follows. */
const SRT_VERSION = 0x01_0501;
/** How long a packet is waited for that was lost; a caller may ask for more. */
const LATENCY_MS = 120;
/** A caller cannot make us keep more than this of its stream. */
const MAX_LATENCY_MS = 8000;
const MAX_SESSIONS = 64;
/** Answers that are kept for callers who have not heard them. */
const MAX_ANSWERS = 256;
const ANSWER_MS = 10_000;
/** A cookie is good in the minute it was given and in the next. */
const COOKIE_MS = 60_000;
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;
const MTU = 1500;

type Line = { readonly session: SrtSession; readonly address: string; readonly port: number };

/**
 * Takes SRT callers (draft-sharabayko-srt-01, handshake version 5, live mode) on one UDP port. Nothing is kept of somebody who has not shown,
 * by sending our cookie back, that its address is its own. Rejects as `listen` of `node:dgram` does.
 */
export async function openSrtListener(options: {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly onCall: (call: SrtCall) => SrtAnswer;
}): Promise<SrtListener> {
  const { clock, host } = options;
  const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4' });
  socket.bind(options.port, host);
  await once(socket, 'listening');
  enlargeBuffer(socket);
  const secret = randomBytes(32);
  const lines = new Map<number, Line>();
  const answers = new Map<string, { readonly bytes: Uint8Array; readonly atMs: number }>();
  let timer: Disposable | undefined;
  let isClosed = false;

  function send(bytes: Uint8Array, { address, port }: Pick<RemoteInfo, 'address' | 'port'>): void {
    if (!isClosed) {
      // Nobody waits for a datagram: what cannot be sent is as good as lost on the way.
      socket.send(bytes, port, address, () => undefined);
    }
  }

  function onMessage(bytes: Uint8Array, peer: RemoteInfo): void {
    const packet = parsePacket(bytes);
    if (packet === undefined) {
      return;
    }
    if (packet.kind === 'control' && packet.type === CONTROL.handshake) {
      const handshake = parseHandshake(packet.body);
      if (handshake !== undefined) {
        onHandshake(handshake, peer);
      }
      return;
    }
    const line = lines.get(packet.destination);
    if (line?.address === peer.address && line.port === peer.port) {
      line.session.push(packet);
    }
  }

  function onHandshake(handshake: Handshake, peer: RemoteInfo): void {
    const minute = Math.floor(clock.monotonicMs() / COOKIE_MS);
    if (handshake.type === HANDSHAKE.induction) {
      const cookie = cookieOf(peer, minute);
      reply(handshake, peer, {
        ...handshake,
        version: 5,
        encryption: 0,
        extensionField: MAGIC,
        cookie,
        extensions: [],
      });
      return;
    }
    const isOwn = [minute, minute - 1].some((one) => handshake.cookie === cookieOf(peer, one));
    if (handshake.type !== HANDSHAKE.conclusion || !isOwn) {
      return;
    }
    const key = `${peer.address} ${peer.port} ${handshake.socketId}`;
    const known = answers.get(key);
    if (known !== undefined) {
      send(known.bytes, peer);
      return;
    }
    const answer = answerTo(handshake, peer);
    const bytes = reply(handshake, peer, answer);
    keepAnswer(key, bytes);
  }

  function reply({ socketId }: Handshake, peer: RemoteInfo, answer: Handshake): Uint8Array {
    const packet = {
      type: CONTROL.handshake,
      subtype: 0,
      info: 0,
      destination: socketId,
      body: writeHandshake(answer),
    };
    const bytes = writeControl(packet, 0);
    send(bytes, peer);
    return bytes;
  }

  /** What was answered is said again when it is asked again, as it is when the answer was lost. */
  function keepAnswer(key: string, bytes: Uint8Array): void {
    const nowMs = clock.monotonicMs();
    for (const [other, { atMs }] of answers) {
      if (nowMs - atMs > ANSWER_MS || answers.size >= MAX_ANSWERS) {
        answers.delete(other);
      }
    }
    answers.set(key, { bytes, atMs: nowMs });
  }

  function answerTo(handshake: Handshake, peer: RemoteInfo): Handshake {
    const rejected = (reason: Rejection): Handshake => ({
      ...handshake,
      extensionField: 0,
      type: rejectionType(reason),
      extensions: [],
    });
    const obstacle = lines.size >= MAX_SESSIONS ? REJECTION.resource : obstacleIn(handshake);
    const streamId = readStreamId(handshake);
    if (obstacle !== undefined || streamId === undefined) {
      return rejected(obstacle ?? REJECTION.badRequest);
    }
    const id = freeId();
    const keyMessage = extension(handshake, EXTENSION.keyRequest);
    let security: { readonly keys: StreamKeys; readonly passphrase: string } | undefined;
    const answer = options.onCall({
      address: peer.address,
      port: peer.port,
      streamId,
      isEncrypted: keyMessage !== undefined,
      hasPassphrase(passphrase) {
        const keys = keyMessage === undefined ? undefined : unwrapKeys(keyMessage, passphrase);
        security = keys === undefined ? security : { keys, passphrase };
        return keys !== undefined;
      },
      hangUp: () => lines.get(id)?.session.close(),
    });
    if (answer.kind === 'rejected') {
      return rejected(answer.reason);
    }
    assert(
      (keyMessage === undefined) === (security === undefined),
      'a caller that encrypts was asked for its passphrase',
    );
    const [callerReceives, callerSends] = latenciesOf(handshake);
    const latencyMs = Math.min(MAX_LATENCY_MS, Math.max(LATENCY_MS, callerSends));
    const session = createSrtSession({
      clock,
      send: (bytes) => send(bytes, peer),
      sink: {
        onData: answer.sink.onData,
        onEnd(reason) {
          lines.delete(id);
          answer.sink.onEnd(reason);
        },
      },
      peerId: handshake.socketId,
      firstSequence: handshake.sequence,
      latencyMs,
      security,
    });
    lines.set(id, { session, address: peer.address, port: peer.port });
    startTicking();
    const response = words(SRT_VERSION, PEER_FLAG.message, latencyMs * 0x1_0000 + callerReceives);
    const extensions: readonly HandshakeExtension[] = [
      { type: EXTENSION.response, content: response },
      ...(keyMessage === undefined ? [] : [{ type: EXTENSION.keyResponse, content: keyMessage }]),
    ];
    return {
      ...handshake,
      mtu: Math.min(MTU, handshake.mtu),
      window: WINDOW_PACKETS,
      extensionField: EXTENSION_FLAG.request | (keyMessage === undefined ? 0 : EXTENSION_FLAG.key),
      socketId: id,
      extensions,
    };
  }

  function freeId(): number {
    let id = randomInt(1, 2 ** 30);
    while (lines.has(id)) {
      id = randomInt(1, 2 ** 30);
    }
    return id;
  }

  function cookieOf({ address, port }: RemoteInfo, minute: number): number {
    return createHmac('sha256', secret).update(`${address} ${port} ${minute}`).digest().readUInt32BE(0);
  }

  function startTicking(): void {
    timer ??= clock.after(TICK_MS, () => {
      timer = undefined;
      for (const { session } of lines.values()) {
        session.tick();
      }
      if (lines.size > 0) {
        startTicking();
      }
    });
  }

  socket.on('message', onMessage);
  // Of single datagrams, which may be lost anyway.
  socket.on('error', () => undefined);
  return {
    port: socket.address().port,
    async [Symbol.asyncDispose]() {
      if (isClosed) {
        return;
      }
      for (const { session } of [...lines.values()]) {
        session.close();
      }
      isClosed = true;
      timer?.[Symbol.dispose]();
      // Datagrams leave in the next turn: the last words of those sessions would be lost.
      await nextTurn();
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

/** Why a call can never be taken, whoever it is from. */
function obstacleIn(handshake: Handshake): Rejection | undefined {
  const request = extension(handshake, EXTENSION.request);
  if (handshake.version !== 5 || request === undefined || request.length < 12) {
    return REJECTION.version;
  }
  // File transfer; error correction and bonding, which both sides have to want.
  if ((viewOf(request).getUint32(4) & PEER_FLAG.stream) !== 0) {
    return REJECTION.messageApi;
  }
  if (extension(handshake, EXTENSION.congestion) !== undefined) {
    return REJECTION.congestion;
  }
  if (extension(handshake, EXTENSION.filter) !== undefined) {
    return REJECTION.filter;
  }
  return extension(handshake, EXTENSION.group) === undefined ? undefined : REJECTION.group;
}

/** Milliseconds for which the caller delays what it receives, and wants delayed what it sends. */
function latenciesOf(handshake: Handshake): readonly [number, number] {
  const request = extension(handshake, EXTENSION.request) ?? new Uint8Array(12);
  const view = viewOf(request);
  return [view.getUint16(8), view.getUint16(10)];
}

function extension({ extensions }: Handshake, type: number): Uint8Array | undefined {
  return extensions.find((one) => one.type === type)?.content;
}

/** A burst at the start of a key frame should not be lost here; the system may allow less. */
function enlargeBuffer(socket: Socket): void {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  } catch {
    // As much as there is.
  }
}
