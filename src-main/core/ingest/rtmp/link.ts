import type { Duplex } from 'node:stream';
import type { Clock } from '../../../base/clock.ts';
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
/** Samples wait for each other no longer than this: a tenth of what a part of a segment is long. */
const GATHER_MS = 20;
/** As much as a socket takes at once; a larger sample goes alone. */
const GATHERED_BYTES = 256 * 1024;

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
  const prefix = Buffer.alloc(PREFIX_BYTES);
  let prefixBytes = 0;
  /** One that began in bytes that are gone; undefined between two. */
  let torn: { readonly kind: number; readonly body: Buffer; filled: number } | undefined;
  let mostBytes = MAX_HELLO_BYTES;
  let isTrusted = false;

  function begin(): { readonly kind: number; readonly length: number } {
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
      let at = 0;
      while (at < bytes.length) {
        if (torn === undefined) {
          const copied = bytes.copy(prefix, prefixBytes, at, at + PREFIX_BYTES - prefixBytes);
          at += copied;
          prefixBytes += copied;
          if (prefixBytes < PREFIX_BYTES) {
            return;
          }
          prefixBytes = 0;
          const { kind, length } = begin();
          if (bytes.length - at >= length) {
            const body = bytes.subarray(at, at + length);
            at += length;
            onFrame(parseFrame(kind, body));
            continue;
          }
          torn = { kind, body: Buffer.allocUnsafe(length), filled: 0 };
        }
        const { kind, body } = torn;
        const copied = bytes.copy(body, torn.filled, at);
        at += copied;
        torn.filled += copied;
        if (torn.filled === body.length) {
          torn = undefined;
          onFrame(parseFrame(kind, body));
        }
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

/**
 * Writes frames in their order and never waits. Samples of all connections gather for `GATHER_MS`, because waking the other side costs more
 * than what it takes then. Who sends them counts what has not been flushed, and stops reading in time. Bytes that the socket says are
 * written must be with the operating system: their memory is used again.
 */
export function createLinkWriter(socket: Duplex, clock: Clock): LinkWriter {
  /** Written out and free again. */
  let spare: Buffer | undefined;
  let gathered: { readonly bytes: Buffer; length: number; readonly flushed: (() => void)[] } | undefined;
  let timer: Disposable | undefined;

  function flush(): void {
    timer?.[Symbol.dispose]();
    timer = undefined;
    if (gathered === undefined) {
      return;
    }
    const { bytes, length, flushed } = gathered;
    gathered = undefined;
    write(bytes.subarray(0, length), () => {
      spare = bytes;
      for (const tell of flushed) {
        tell();
      }
    });
  }

  /** `onFlushed`: written or failed, either way it waits no more. */
  function write(bytes: Uint8Array, onFlushed?: () => void): void {
    if (socket.writable) {
      socket.write(bytes, () => onFlushed?.());
    } else {
      onFlushed?.();
    }
  }

  function send(kind: number, body: Buffer): void {
    flush();
    write(Buffer.concat([prefixOf(kind, body.length), body]));
  }

  function gather(header: Buffer, data: Uint8Array, onFlushed: () => void): void {
    if (gathered !== undefined && gathered.length + header.length + data.length > GATHERED_BYTES) {
      flush();
    }
    gathered ??= { bytes: spare ?? Buffer.allocUnsafeSlow(GATHERED_BYTES), length: 0, flushed: [] };
    spare = undefined;
    const { bytes, length } = gathered;
    bytes.set(header, length);
    bytes.set(data, length + header.length);
    gathered.length += header.length + data.length;
    gathered.flushed.push(onFlushed);
    timer ??= clock.after(GATHER_MS, flush);
  }

  return {
    hello: (token) => send(KIND_HELLO, Buffer.from(token, 'latin1')),
    message: (value) => send(KIND_MESSAGE, Buffer.from(JSON.stringify(value))),
    sample(connection, track, sample, onFlushed) {
      if (!socket.writable) {
        onFlushed();
        return;
      }
      const { data } = sample;
      const header = sampleHeader(connection, track, sample);
      if (header.length + data.length <= GATHERED_BYTES) {
        gather(header, data, onFlushed);
      } else {
        flush();
        write(header);
        write(data, onFlushed);
      }
    },
  };
}

function prefixOf(kind: number, length: number): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(length + 1, 0);
  prefix.writeUInt8(kind, 4);
  return prefix;
}

function sampleHeader(connection: number, track: TrackKind, sample: Sample): Buffer {
  const header = Buffer.allocUnsafe(PREFIX_BYTES + SAMPLE_HEADER_BYTES);
  let at = header.writeUInt32BE(1 + SAMPLE_HEADER_BYTES + sample.data.length, 0);
  at = header.writeUInt8(KIND_SAMPLE, at);
  at = header.writeUInt32BE(connection, at);
  at = header.writeUInt8(TRACKS.indexOf(track), at);
  at = header.writeUInt8(sample.sync ? 1 : 0, at);
  at = header.writeBigInt64BE(sample.decodeTime, at);
  at = header.writeUInt32BE(sample.duration, at);
  header.writeInt32BE(sample.compositionOffset, at);
  return header;
}
