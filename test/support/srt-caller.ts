import { createCipheriv, pbkdf2Sync } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import {
  EXTENSION,
  HANDSHAKE,
  type Handshake,
  type HandshakeExtension,
  parseHandshake,
  swapped,
  writeHandshake,
} from '../../src-main/core/ingest/transport-stream/srt/handshake.ts';
import {
  CONTROL,
  type ControlPacket,
  parsePacket,
  type SrtPacket,
  words,
  writeControl,
} from '../../src-main/core/ingest/transport-stream/srt/packet.ts';

export const SALT = new Uint8Array(16).map((_, index) => 0x30 + index);

/** Key material as libsrt sends it, RFC 3394 done the long way. */
export function wrapKeys(options: {
  readonly even?: Uint8Array;
  readonly odd?: Uint8Array;
  readonly passphrase: string;
}): Uint8Array {
  const { even = new Uint8Array(), odd = new Uint8Array(), passphrase } = options;
  const which = (even.length > 0 ? 1 : 0) | (odd.length > 0 ? 2 : 0);
  const length = Math.max(even.length, odd.length);
  const key = pbkdf2Sync(passphrase, SALT.subarray(8), 2048, length, 'sha1');
  const head = Uint8Array.of(0x12, 0x20, 0x29, which, 0, 0, 0, 0, 2, 0, 2, 0, 0, 0, 4, length / 4);
  const wrap = createCipheriv(`id-aes${length * 8}-wrap`, key, Buffer.alloc(8, 0xa6));
  const wrapped = Buffer.concat([wrap.update(Buffer.concat([even, odd])), wrap.final()]);
  return new Uint8Array(Buffer.concat([head, SALT, wrapped]));
}

/** A payload as libsrt enciphers it: AES in counter mode, the counter salt and sequence number. */
export function encipher(payload: Uint8Array, sequence: number, key: Uint8Array): Uint8Array {
  const counter = Buffer.concat([SALT.subarray(0, 14), Buffer.alloc(2)]);
  counter.writeUInt32BE((counter.readUInt32BE(10) ^ sequence) >>> 0, 10);
  return createCipheriv(`aes-${key.length * 8}-ctr`, key, counter).update(payload);
}

export const CALLER_ID = 77;

/** The body of a handshake as a caller of version 5 sends it. */
export function callerHandshake(change: Partial<Handshake> = {}): Handshake {
  return {
    version: 5,
    encryption: 0,
    extensionField: 5,
    sequence: 1000,
    mtu: 1500,
    window: 8192,
    type: HANDSHAKE.conclusion,
    socketId: CALLER_ID,
    cookie: 0,
    peerAddress: new Uint8Array(16),
    extensions: [requestExtension(), streamIdExtension('match/main')],
    ...change,
  };
}

export function requestExtension(flags = 0xbf, latencyMs = 120): HandshakeExtension {
  return { type: EXTENSION.request, content: words(0x01_0501, flags, latencyMs * 0x1_0000 + latencyMs) };
}

export function streamIdExtension(text: string): HandshakeExtension {
  return { type: EXTENSION.streamId, content: swapped(new TextEncoder().encode(text)) };
}

/** A caller that sends what it is told to, to the byte. */
export type SrtCaller = AsyncDisposable & {
  readonly send: (bytes: Uint8Array) => void;
  readonly sendHandshake: (handshake: Handshake) => void;
  readonly sendControl: (packet: Omit<ControlPacket, 'kind'>) => void;
  /** `key`: 1 even, 2 odd; 0 in the clear. */
  readonly sendData: (destination: number, sequence: number, payload: Uint8Array, key?: 0 | 1 | 2) => void;
  /** The next packet that came. */
  readonly next: () => Promise<SrtPacket>;
  readonly nextHandshake: () => Promise<Handshake>;
  /** Both rounds of the handshake; what the listener says in the end. */
  readonly call: (conclusion: Handshake) => Promise<Handshake>;
};

export async function openSrtCaller(port: number): Promise<SrtCaller> {
  const socket = createSocket('udp4');
  const packets: SrtPacket[] = [];
  let waiting: (() => void) | undefined;
  socket.on('message', (bytes) => {
    const packet = parsePacket(bytes);
    if (packet !== undefined) {
      packets.push(packet);
      waiting?.();
    }
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');

  async function next(): Promise<SrtPacket> {
    for (;;) {
      const packet = packets.shift();
      if (packet !== undefined) {
        return packet;
      }
      const { promise, resolve, reject } = Promise.withResolvers<undefined>();
      waiting = () => resolve(undefined);
      const timer = setTimeout(() => reject(new Error('nothing came back')), 5000);
      try {
        await promise;
      } finally {
        clearTimeout(timer);
      }
    }
  }

  async function nextHandshake(): Promise<Handshake> {
    for (;;) {
      const packet = await next();
      const found =
        packet.kind === 'control' && packet.type === CONTROL.handshake ? parseHandshake(packet.body) : undefined;
      if (found !== undefined) {
        return found;
      }
    }
  }

  const send = (bytes: Uint8Array): void => socket.send(bytes, port, '127.0.0.1');
  const caller: SrtCaller = {
    send,
    next,
    nextHandshake,
    sendHandshake: (handshake) =>
      caller.sendControl({
        type: CONTROL.handshake,
        subtype: 0,
        info: 0,
        destination: 0,
        body: writeHandshake(handshake),
      }),
    sendControl: (packet) => send(writeControl(packet, 0)),
    sendData: (destination, sequence, payload, key = 0) =>
      send(new Uint8Array(Buffer.concat([words(sequence, 0xc000_0001 + key * 2 ** 27, 0, destination), payload]))),
    async call(conclusion) {
      caller.sendHandshake(
        callerHandshake({ version: 4, extensionField: 2, type: HANDSHAKE.induction, extensions: [] }),
      );
      const { cookie } = await nextHandshake();
      caller.sendHandshake({ ...conclusion, cookie });
      return await nextHandshake();
    },
    async [Symbol.asyncDispose]() {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
  return caller;
}
