import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';

/** Types of frames, RFC 9113 §6. */
export const FRAME = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  windowUpdate: 8,
  continuation: 9,
} as const;
export const FLAG = { endStream: 1, endHeaders: 4 } as const;

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** A peer of HTTP/2 that says exactly what a test wants it to, right or wrong. */
export type RawHttp2 = {
  readonly socket: TLSSocket;
  /** Waits when the other side does not take it. False once it has hung up. */
  readonly send: (...frames: readonly Uint8Array[]) => Promise<boolean>;
  readonly isClosed: () => boolean;
};

/** With the preface said, and settings of nothing. */
export async function rawHttp2(context: TestContext, port: number, ca: string): Promise<RawHttp2> {
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca, ALPNProtocols: ['h2'] });
  const closed = Promise.withResolvers<undefined>();
  let isClosed = false;
  socket.on('error', () => undefined);
  for (const event of ['end', 'close']) {
    socket.on(event, () => {
      isClosed = true;
      closed.resolve(undefined);
    });
  }
  context.after(() => socket.destroy());
  await once(socket, 'secureConnect');
  socket.resume();
  const peer: RawHttp2 = {
    socket,
    isClosed: () => isClosed,
    async send(...frames) {
      if (!isClosed && !socket.write(Buffer.concat(frames))) {
        await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed.promise]);
      }
      return !isClosed;
    },
  };
  await peer.send(PREFACE, frame(FRAME.settings, { payload: new Uint8Array() }));
  return peer;
}

/** RFC 9113 §4.1. */
export function frame(
  type: number,
  {
    stream = 0,
    flags = 0,
    payload,
  }: { readonly stream?: number; readonly flags?: number; readonly payload: Uint8Array },
): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt8(flags, 4);
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

/** A head of a GET, RFC 7541: the fields of the static table, the path and the host as they are, and what comes behind it. */
export function getHead(path: string, ...more: readonly Uint8Array[]): Buffer {
  const [method, scheme] = [0x82, 0x87];
  return Buffer.concat([Buffer.of(method, scheme), indexedName(4, path), indexedName(1, 'localhost'), ...more]);
}

/** A literal field that is not kept in the table (RFC 7541 §6.2.2). */
export function field(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.of(0), text(name), text(value)]);
}

/** One that is: behind the 61 of the static table, the newest first (§6.2.1). */
export function keptField(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.of(0x40), text(name), text(value)]);
}

function indexedName(index: number, value: string): Buffer {
  return Buffer.concat([Buffer.of(index), text(value)]);
}

/** §5.2, without Huffman coding. */
function text(value: string): Buffer {
  return Buffer.concat([lengthOf(value.length), Buffer.from(value, 'latin1')]);
}

/** §5.1, with a prefix of 7 bits. */
function lengthOf(length: number): Buffer {
  if (length < 127) {
    return Buffer.of(length);
  }
  const bytes = [127];
  let rest = length - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) {
    bytes.push((rest % 128) | 128);
  }
  return Buffer.from([...bytes, rest]);
}
