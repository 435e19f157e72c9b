import type { Duplex } from 'node:stream';
import { AppError } from '../../shared/app-error.ts';
import type { MixerData } from '../ports/mixer.ts';

/**
 * Framing of the socket between the service and its mixer, both ways, big-endian:
 *
 *     0  u32  length of what follows
 *     4  u8   kind
 *     5  …    hello: the token · message: JSON · encoded: u32 run, u16 track, bytes · picture: u16 width, f64 wallMs, I420
 *
 * The same code serves a unix domain socket under Node and a named pipe on Windows.
 */
const KIND_HELLO = 0;
const KIND_MESSAGE = 1;
const KIND_ENCODED = 2;
const KIND_PICTURE = 3;

/** How the mixer process is told where to connect, and what to say there first. */
export const MIXER_SOCKET_VARIABLE = 'LECTERN_MIXER_SOCKET';
export const MIXER_TOKEN_VARIABLE = 'LECTERN_MIXER_TOKEN';

const PREFIX_BYTES = 5;
const ENCODED_HEADER_BYTES = 6;
const PICTURE_HEADER_BYTES = 10;

/** A raw 8K picture is 50 MB; nothing honest is larger. */
export const MAX_FRAME_BYTES = 64 * 1024 * 1024;
/** Before the token has been seen, a stranger is not given more memory than a token needs. */
const MAX_HELLO_BYTES = 256;

/** With more than this waiting in the socket the reader is behind, and a picture would only be older when it comes. */
const PICTURE_LIMIT_BYTES = 1024 * 1024;
/** Encoded media is never dropped; a service that leaves minutes of it unread is not alive. */
const DEAD_READER_BYTES = 256 * 1024 * 1024;

/** Up to here copying is cheaper than a system call for two buffers. */
const JOINED_BYTES = 32 * 1024;

export type LinkFrame =
  | { readonly kind: 'hello'; readonly token: string }
  | { readonly kind: 'message'; readonly value: unknown }
  | { readonly kind: 'data'; readonly data: MixerData };

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
  let prefixFilled = 0;
  /** The body that is being read; undefined between two frames. */
  let body: { readonly kind: number; readonly length: number; bytes: Buffer; filled: number } | undefined;
  let mostBytes = MAX_HELLO_BYTES;
  let isTrusted = false;

  function begin(): void {
    const length = prefix.readUInt32BE(0) - 1;
    const kind = prefix.readUInt8(4);
    prefixFilled = 0;
    if (length < 0 || length > mostBytes) {
      throw garbage(`a frame of ${length} bytes where at most ${mostBytes} are taken`);
    }
    if ((kind === KIND_HELLO) === isTrusted || kind > KIND_PICTURE) {
      throw garbage(`a frame of kind ${kind} at this point`);
    }
    // Whoever announces 64 MiB has to send them before they are allocated.
    body = { kind, length, bytes: Buffer.allocUnsafe(Math.min(length, 64 * 1024)), filled: 0 };
  }

  return {
    trust() {
      isTrusted = true;
      mostBytes = MAX_FRAME_BYTES;
    },
    push(bytes, onFrame) {
      for (let at = 0; at < bytes.length || body?.length === 0; ) {
        if (body === undefined) {
          const taken = Math.min(PREFIX_BYTES - prefixFilled, bytes.length - at);
          bytes.copy(prefix, prefixFilled, at, at + taken);
          prefixFilled += taken;
          at += taken;
          if (prefixFilled === PREFIX_BYTES) {
            begin();
          }
          continue;
        }
        const taken = Math.min(body.length - body.filled, bytes.length - at);
        let complete: Buffer | undefined;
        if (body.filled === 0 && taken === body.length) {
          // All of it at once: what is told shares the chunk's memory instead of being copied.
          complete = bytes.subarray(at, at + taken);
        } else {
          if (body.filled + taken > body.bytes.length) {
            const grown = Buffer.allocUnsafe(
              Math.min(body.length, Math.max(body.filled + taken, body.bytes.length * 2)),
            );
            body.bytes.copy(grown, 0, 0, body.filled);
            body.bytes = grown;
          }
          bytes.copy(body.bytes, body.filled, at, at + taken);
          body.filled += taken;
          complete = body.filled === body.length ? body.bytes.subarray(0, body.length) : undefined;
        }
        at += taken;
        if (complete !== undefined) {
          const { kind } = body;
          body = undefined;
          onFrame(parseFrame(kind, complete));
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
    case KIND_ENCODED:
      if (body.length < ENCODED_HEADER_BYTES) {
        throw garbage('encoded media without a header');
      }
      return {
        kind: 'data',
        data: {
          type: 'encoded',
          run: body.readUInt32BE(0),
          track: body.readUInt16BE(4),
          bytes: body.subarray(ENCODED_HEADER_BYTES),
        },
      };
    default:
      if (body.length < PICTURE_HEADER_BYTES) {
        throw garbage('a picture without a header');
      }
      return {
        kind: 'data',
        data: {
          type: 'picture',
          width: body.readUInt16BE(0),
          wallMs: body.readDoubleBE(2),
          bytes: body.subarray(PICTURE_HEADER_BYTES),
        },
      };
  }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw garbage('a message that is not JSON', error);
  }
}

function garbage(what: string, cause?: unknown): AppError {
  return new AppError('media/malformed', `The mixer's socket carried ${what}.`, { cause });
}

export type LinkWriter = {
  hello(token: string): void;
  message(value: unknown): void;
  encoded(run: number, track: number, bytes: Uint8Array): void;
  /**
   * Sends a picture if the reader keeps up, else drops it. `onFlushed` is called once when the buffer may be used again. False when it
   * was dropped.
   */
  picture(width: number, wallMs: number, bytes: Uint8Array, onFlushed: () => void): boolean;
  /** The reader is so far behind that what it need not have should be left out. */
  isBehind(): boolean;
};

/** Writes frames and never waits. A reader that does not read is cut off before it costs more memory than `DEAD_READER_BYTES`. */
export function createLinkWriter(socket: Duplex): LinkWriter {
  const isBehind = (): boolean => socket.writableLength > PICTURE_LIMIT_BYTES;

  function send(kind: number, header: Buffer, bytes: Uint8Array, onFlushed?: () => void): void {
    if (!socket.writable) {
      onFlushed?.();
      return;
    }
    if (socket.writableLength > DEAD_READER_BYTES) {
      onFlushed?.();
      socket.destroy(garbage('nothing to its reader for minutes'));
      return;
    }
    header.writeUInt32BE(header.length - 4 + bytes.length, 0);
    header.writeUInt8(kind, 4);
    // Flushed or failed: either way the buffer is free.
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
    encoded(run, track, bytes) {
      const header = Buffer.alloc(PREFIX_BYTES + ENCODED_HEADER_BYTES);
      header.writeUInt32BE(run, PREFIX_BYTES);
      header.writeUInt16BE(track, PREFIX_BYTES + 4);
      send(KIND_ENCODED, header, bytes);
    },
    picture(width, wallMs, bytes, onFlushed) {
      if (isBehind()) {
        onFlushed();
        return false;
      }
      const header = Buffer.alloc(PREFIX_BYTES + PICTURE_HEADER_BYTES);
      header.writeUInt16BE(width, PREFIX_BYTES);
      header.writeDoubleBE(wallMs, PREFIX_BYTES + 2);
      send(KIND_PICTURE, header, bytes, onFlushed);
      return true;
    },
    isBehind,
  };
}
