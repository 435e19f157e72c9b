import { once } from 'node:events';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  type AmfObject,
  type AmfValue,
  decodeAmf0,
  encodeAmf0,
  isAmfObject,
} from '../../src-main/media/flv/amf0.ts';

export type RtmpClientMessage = { readonly type: number; readonly payload: Buffer };

/** A peer of RTMP that says exactly what a test wants it to, right or wrong. */
export type RtmpClient = Disposable & {
  readonly socket: Duplex;
  raw(bytes: Uint8Array): void;
  /** C0, C1 and C2, without waiting. */
  handshake(): void;
  message(message: {
    readonly type: number;
    readonly payload: Uint8Array;
    readonly timestamp?: number;
    readonly chunkStream?: number;
    readonly streamId?: number;
  }): void;
  command(...values: AmfValue[]): void;
  data(...values: AmfValue[]): void;
  /** Handshake, connect, createStream and publish. */
  publish(app: string, name: string, port?: number): void;
  /** What the other side has said. */
  readonly received: readonly RtmpClientMessage[];
  /** Its commands: name, and the last object's code and description. */
  readonly said: () => readonly {
    readonly name: AmfValue;
    readonly code: AmfValue;
    readonly description: string;
  }[];
  /** The other side has hung up. */
  readonly closed: Promise<void>;
  readonly isClosed: () => boolean;
};

const HANDSHAKE_BYTES = 1536;
const CHUNK_BYTES = 65_536;
const EXTENDED = 0xff_ffff;

export function rtmpClient(socket: Duplex): RtmpClient {
  const received: RtmpClientMessage[] = [];
  let bytes = Buffer.alloc(0);
  let isOpen = false;
  let isClosed = false;
  const { promise: closed, resolve } = Promise.withResolvers<undefined>();
  socket.on('error', () => undefined);
  for (const event of ['end', 'close']) {
    socket.on(event, () => {
      isClosed = true;
      resolve(undefined);
    });
  }
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    read();
  });

  /** The other side sends each message as one chunk with a full header. */
  function read(): void {
    if (!isOpen) {
      if (bytes.length < 1 + 2 * HANDSHAKE_BYTES) {
        return;
      }
      isOpen = true;
      bytes = bytes.subarray(1 + 2 * HANDSHAKE_BYTES);
    }
    for (;;) {
      const end = 12 + (bytes.length < 12 ? 0 : bytes.readUIntBE(4, 3));
      if (bytes.length < Math.max(end, 12)) {
        return;
      }
      received.push({ type: bytes.readUInt8(7), payload: bytes.subarray(12, end) });
      bytes = bytes.subarray(end);
    }
  }

  const client: RtmpClient = {
    socket,
    raw: (more) => void socket.write(more),
    handshake() {
      const c1 = Buffer.alloc(HANDSHAKE_BYTES, 7);
      client.raw(Buffer.concat([Buffer.of(3), c1, Buffer.alloc(HANDSHAKE_BYTES)]));
      const size = Buffer.alloc(4);
      size.writeUInt32BE(CHUNK_BYTES);
      client.message({ type: 1, payload: size, chunkStream: 2 });
    },
    message({ type, payload, timestamp = 0, chunkStream = 3, streamId = 1 }) {
      // From 4 h 39 min on the timestamp stands behind the header of every chunk (RTMP 1.0 §5.3.1.3).
      const extended = Buffer.alloc(timestamp < EXTENDED ? 0 : 4);
      if (extended.length > 0) {
        extended.writeUInt32BE(timestamp % 2 ** 32);
      }
      const header = Buffer.alloc(12);
      header.writeUInt8(chunkStream, 0);
      header.writeUIntBE(Math.min(timestamp, EXTENDED), 1, 3);
      header.writeUIntBE(payload.length, 4, 3);
      header.writeUInt8(type, 7);
      header.writeUInt32LE(streamId, 8);
      const parts: Uint8Array[] = [header, extended, payload.subarray(0, CHUNK_BYTES)];
      for (let at = CHUNK_BYTES; at < payload.length; at += CHUNK_BYTES) {
        parts.push(Buffer.of(0xc0 | chunkStream), extended, payload.subarray(at, at + CHUNK_BYTES));
      }
      client.raw(Buffer.concat(parts));
    },
    command: (...values) => client.message({ type: 20, payload: encodeAmf0(values) }),
    data: (...values) => client.message({ type: 18, payload: encodeAmf0(values) }),
    publish(app, name, port = 1935) {
      client.handshake();
      client.command('connect', 1, connectObject(app, `rtmp://127.0.0.1:${port}/${app}`));
      client.command('releaseStream', 2, null, name);
      client.command('createStream', 3, null);
      client.command('publish', 4, null, name, 'live');
    },
    received,
    said: () =>
      received
        .filter(({ type }) => type === 20)
        .map(({ payload }) => {
          const [name, , , information] = decodeAmf0(payload);
          const fields: AmfObject =
            information !== undefined && isAmfObject(information) ? information : new Map();
          const description = fields.get('description');
          return {
            name,
            code: fields.get('code'),
            description: typeof description === 'string' ? description : '',
          };
        }),
    closed,
    isClosed: () => isClosed,
    [Symbol.dispose]: () => void socket.destroy(),
  };
  return client;
}

export function connectObject(app: string, tcUrl: AmfValue): AmfObject {
  return new Map<string, AmfValue>([
    ['app', app],
    ['type', 'nonprivate'],
    ['flashVer', 'FMLE/3.0 (compatible; test)'],
    ['tcUrl', tcUrl],
  ]);
}

export async function connectRtmp(port: number): Promise<RtmpClient> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  return rtmpClient(socket);
}

/** A sequence header of H.264 High, 320x180 at 30 frames a second, as x264 writes it. */
export const AVC_CONFIG = Buffer.from(
  '0164000dffe1001a6764000dacd941419f9f0110000003001000000303c0f142996001000668ebe3cb22c0fdf8f800',
  'hex',
);

/** The payloads of messages, FLV tag bodies. */
export const flv = {
  avcConfig: (config: Uint8Array = AVC_CONFIG): Buffer => Buffer.concat([Buffer.of(0x17, 0, 0, 0, 0), config]),
  /** One NAL unit of so many bytes. */
  avcFrame(options: { readonly key: boolean; readonly compositionMs?: number; readonly bytes?: number }): Buffer {
    const { key, compositionMs = 0, bytes = 8 } = options;
    const frame = Buffer.alloc(9 + bytes, key ? 0x65 : 0x41);
    frame.writeUInt8(key ? 0x17 : 0x27, 0);
    frame.writeUInt8(1, 1);
    frame.writeIntBE(compositionMs, 2, 3);
    frame.writeUInt32BE(bytes, 5);
    return frame;
  },
  /** AAC-LC, 48 kHz, stereo. */
  aacConfig: (): Buffer => Buffer.of(0xaf, 0, 0x11, 0x90),
  aacFrame: (fill = 1): Buffer => Buffer.of(0xaf, 1, 0x21, fill, fill),
};
