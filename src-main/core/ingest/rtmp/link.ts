import type { Duplex } from 'node:stream';
import type { Sample } from '../../../media/cmaf/types.ts';
import { ticks } from '../../../media/time.ts';
import { AppError } from '../../../shared/app-error.ts';

/**
 * Framing of the socket between the service and its RTMP receiver, both ways, big-endian:
 *
 *     0  u32  length of what follows
 *     4  u8   kind
 *     5  …    hello: the token · message: JSON · sample: u32 connection, u8 track, u8 sync, i64 decode time, u32 duration, i32 composition
 *             offset, then the coded bytes
 *
 * The same code serves a unix domain socket under Node and a named pipe on Windows.
 */
const KIND_HELLO = 0;
const KIND_MESSAGE = 1;
const KIND_SAMPLE = 2;

/** How the receiver's process is told where to connect, and what to say there first. */
export const RTMP_SOCKET_VARIABLE = 'LECTERN_RTMP_SOCKET';
export const RTMP_TOKEN_VARIABLE = 'LECTERN_RTMP_TOKEN';

const PREFIX_BYTES = 5;
const SAMPLE_HEADER_BYTES = 22;
/** A sample is as large as an RTMP message may be, 8 MiB; nothing else comes near. */
const MAX_FRAME_BYTES = 9 * 1024 * 1024;
/** Before the token has been seen, a stranger is not given more memory than a token needs. */
const MAX_HELLO_BYTES = 256;
/** Up to here copying is cheaper than a system call for two buffers. */
const JOINED_BYTES = 32 * 1024;

export const TRACKS = ['video', 'audio'] as const;
export type TrackKind = (typeof TRACKS)[number];

export type LinkFrame =
  | { readonly kind: 'hello'; readonly token: string }
  | { readonly kind: 'message'; readonly value: unknown }
  | { readonly kind: 'sample'; readonly connection: number; readonly track: TrackKind; readonly sample: Sample };

export type LinkReader = {
  /**
   * Takes the next bytes, cut anywhere, and tells each frame they completed. Throws `media/malformed` for what is no frame; the peer is to be
   * cut off then. Before `trust()` only a short hello is taken.
   */
  push(bytes: Buffer, onFrame: (frame: LinkFrame) => void): void;
  trust(): void;
};

export function createLinkReader(): LinkReader {
  /** What has come and is not taken yet. */
  let parts: Buffer[] = [];
  let held = 0;
  /** The frame whose body is awaited; undefined between two. */
  let frame: { readonly kind: number; readonly length: number } | undefined;
  let mostBytes = MAX_HELLO_BYTES;
  let isTrusted = false;

  /** The next bytes when all of them are there; most often they lie in one chunk, whose memory is shared then. */
  function take(length: number): Buffer | undefined {
    if (held < length) {
      return undefined;
    }
    const [first] = parts;
    const all = first !== undefined && parts.length === 1 ? first : Buffer.concat(parts);
    const rest = all.subarray(length);
    parts = rest.length > 0 ? [rest] : [];
    held = rest.length;
    return all.subarray(0, length);
  }

  function begin(prefix: Buffer): { readonly kind: number; readonly length: number } {
    const length = prefix.readUInt32BE(0) - 1;
    const kind = prefix.readUInt8(4);
    if (length < 0 || length > mostBytes) {
      throw garbage(`a frame of ${length} bytes where at most ${mostBytes} are taken`);
    }
    if ((kind === KIND_HELLO) === isTrusted || kind > KIND_SAMPLE) {
      throw garbage(`a frame of kind ${kind} at this point`);
    }
    return { kind, length };
  }

  return {
    trust() {
      isTrusted = true;
      mostBytes = MAX_FRAME_BYTES;
    },
    push(bytes, onFrame) {
      parts.push(bytes);
      held += bytes.length;
      for (;;) {
        if (frame === undefined) {
          const prefix = take(PREFIX_BYTES);
          if (prefix === undefined) {
            return;
          }
          frame = begin(prefix);
        }
        const body = take(frame.length);
        if (body === undefined) {
          return;
        }
        const { kind } = frame;
        frame = undefined;
        onFrame(parseFrame(kind, body));
      }
    },
  };
}

function parseFrame(kind: number, body: Buffer): LinkFrame {
  switch (kind) {
    case KIND_HELLO:
      return { kind: 'hello', token: body.toString('latin1') };
    case KIND_MESSAGE:
      return { kind: 'message', value: parseJson(body) };
    default:
      return parseSample(body);
  }
}

function parseSample(body: Buffer): LinkFrame {
  const track = TRACKS[body[4] ?? TRACKS.length];
  if (body.length < SAMPLE_HEADER_BYTES || track === undefined) {
    throw garbage('a sample without its header');
  }
  return {
    kind: 'sample',
    connection: body.readUInt32BE(0),
    track,
    sample: {
      sync: body.readUInt8(5) === 1,
      decodeTime: ticks(body.readBigInt64BE(6)),
      duration: body.readUInt32BE(14),
      compositionOffset: body.readInt32BE(18),
      data: body.subarray(SAMPLE_HEADER_BYTES),
    },
  };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw garbage('a message that is not JSON', error);
  }
}

function garbage(problem: string, cause?: unknown): AppError {
  return new AppError('media/malformed', `The socket of the RTMP receiver carries ${problem}.`, { cause });
}

export type LinkWriter = {
  hello(token: string): void;
  message(value: unknown): void;
  /** `onFlushed` is called once, when the operating system has the bytes or nobody will ever have them. */
  sample(connection: number, track: TrackKind, sample: Sample, onFlushed: () => void): void;
};

/** Writes frames and never waits. Who sends samples counts what has not been flushed, and stops reading in time. */
export function createLinkWriter(socket: Duplex): LinkWriter {
  function send(kind: number, header: Buffer, bytes: Uint8Array, onFlushed?: () => void): void {
    if (!socket.writable) {
      onFlushed?.();
      return;
    }
    header.writeUInt32BE(header.length - 4 + bytes.length, 0);
    header.writeUInt8(kind, 4);
    // Flushed or failed: either way it waits no more.
    const flushed = (): void => onFlushed?.();
    if (bytes.length <= JOINED_BYTES) {
      socket.write(Buffer.concat([header, bytes]), flushed);
      return;
    }
    socket.cork();
    socket.write(header);
    socket.write(bytes, flushed);
    socket.uncork();
  }

  return {
    hello: (token) => send(KIND_HELLO, Buffer.alloc(PREFIX_BYTES), Buffer.from(token, 'latin1')),
    message: (value) => send(KIND_MESSAGE, Buffer.alloc(PREFIX_BYTES), Buffer.from(JSON.stringify(value))),
    sample(connection, track, sample, onFlushed) {
      const header = Buffer.alloc(PREFIX_BYTES + SAMPLE_HEADER_BYTES);
      let at = header.writeUInt32BE(connection, PREFIX_BYTES);
      at = header.writeUInt8(TRACKS.indexOf(track), at);
      at = header.writeUInt8(sample.sync ? 1 : 0, at);
      at = header.writeBigInt64BE(sample.decodeTime, at);
      at = header.writeUInt32BE(sample.duration, at);
      header.writeInt32BE(sample.compositionOffset, at);
      send(KIND_SAMPLE, header, sample.data, onFlushed);
    },
  };
}
