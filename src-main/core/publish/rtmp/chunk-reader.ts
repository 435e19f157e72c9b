import { FIRST_CHUNK_SIZE, MESSAGE, type RtmpMessage } from './message.ts';
import { RtmpError } from './rtmp-error.ts';

/** Puts RTMP chunks together again, Adobe RTMP 1.0 §5.3. Throws `RtmpError`, after which it must not be used any more. */
export type ChunkReader = {
  push(bytes: Uint8Array): readonly RtmpMessage[];
};

export type ChunkReaderOptions = {
  /** Bodies larger than this are refused; so a peer can make us hold no more than a few of them. */
  readonly maxMessageBytes: number;
};

/** Servers use three or four. Each may have a message under way. */
const MAX_CHUNK_STREAMS = 16;
const EXTENDED = 0xffffff;
/** Bytes of the message header by its type, §5.3.1.2. */
const HEADER_BYTES = [11, 7, 3, 0] as const;

type ChunkStream = {
  timestamp: number;
  delta: number;
  isExtended: boolean;
  type: number;
  streamId: number;
  length: number;
  pieces: Buffer[];
  received: number;
};

export function createChunkReader(options: ChunkReaderOptions): ChunkReader {
  const streams = new Map<number, ChunkStream>();
  let chunkSize = FIRST_CHUNK_SIZE;
  let pending: Buffer = Buffer.alloc(0);

  function streamOf(id: number): ChunkStream {
    const known = streams.get(id);
    if (known !== undefined) {
      return known;
    }
    if (streams.size === MAX_CHUNK_STREAMS) {
      throw new RtmpError('The server uses more chunk streams than RTMP servers do.');
    }
    const stream = {
      timestamp: 0,
      delta: 0,
      isExtended: false,
      type: 0,
      streamId: 0,
      length: 0,
      pieces: [],
      received: 0,
    };
    streams.set(id, stream);
    return stream;
  }

  /** One chunk from the front of `pending`; undefined when it is not there as a whole. */
  function readChunk(): { readonly bytes: number; readonly message: RtmpMessage | undefined } | undefined {
    const basic = readBasicHeader(pending);
    const headerBytes = HEADER_BYTES[basic?.format ?? 3] ?? 0;
    if (basic === undefined || pending.length < basic.bytes + headerBytes) {
      return undefined;
    }
    const header = pending.subarray(basic.bytes, basic.bytes + headerBytes);
    const stream = streamOf(basic.id);
    const isExtended = basic.format === 3 ? stream.isExtended : header.readUIntBE(0, 3) === EXTENDED;
    const bodyAt = basic.bytes + headerBytes + (isExtended ? 4 : 0);
    const length = basic.format <= 1 ? header.readUIntBE(3, 3) : stream.length;
    if (length > options.maxMessageBytes) {
      throw new RtmpError(`The server announced a message of ${length} bytes.`);
    }
    const received = basic.format === 3 ? stream.received : 0;
    const count = Math.min(chunkSize, length - received);
    if (pending.length < bodyAt + count) {
      return undefined;
    }

    if (basic.format < 3) {
      stream.pieces = [];
      stream.received = 0;
    }
    if (received === 0) {
      // A chunk of type 3 that begins a message repeats the delta of the one before.
      const field = isExtended ? pending.readUInt32BE(bodyAt - 4) : undefined;
      const time = basic.format === 3 ? stream.delta : (field ?? header.readUIntBE(0, 3));
      stream.timestamp = basic.format === 0 ? time : (stream.timestamp + time) >>> 0;
      stream.delta = basic.format === 0 ? 0 : time;
      stream.isExtended = isExtended;
      stream.length = length;
      if (basic.format <= 1) {
        stream.type = header.readUInt8(6);
      }
      if (basic.format === 0) {
        stream.streamId = header.readUInt32LE(7);
      }
    }
    stream.pieces.push(Buffer.from(pending.subarray(bodyAt, bodyAt + count)));
    stream.received += count;
    return { bytes: bodyAt + count, message: stream.received === stream.length ? complete(stream) : undefined };
  }

  function complete(stream: ChunkStream): RtmpMessage {
    const { type, streamId, timestamp } = stream;
    const body = Buffer.concat(stream.pieces);
    stream.pieces = [];
    stream.received = 0;
    obey(type, body);
    return { type, streamId, timestamp, body };
  }

  function obey(type: number, body: Buffer): void {
    if (type === MESSAGE.setChunkSize && body.length >= 4) {
      const size = body.readUInt32BE() & 0x7fffffff;
      if (size === 0) {
        throw new RtmpError('The server announced chunks of no bytes.');
      }
      chunkSize = size;
    } else if (type === MESSAGE.abort && body.length >= 4) {
      const aborted = streams.get(body.readUInt32BE());
      if (aborted !== undefined) {
        aborted.pieces = [];
        aborted.received = 0;
      }
    }
  }

  return {
    push(bytes) {
      pending = pending.length === 0 ? Buffer.from(bytes) : Buffer.concat([pending, bytes]);
      const messages: RtmpMessage[] = [];
      for (let chunk = readChunk(); chunk !== undefined; chunk = readChunk()) {
        pending = pending.subarray(chunk.bytes);
        if (chunk.message !== undefined) {
          messages.push(chunk.message);
        }
      }
      return messages;
    },
  };
}

/** §5.3.1.1: two bits of format and a chunk stream id of one to three bytes. */
function readBasicHeader(
  bytes: Buffer,
): { readonly format: 0 | 1 | 2 | 3; readonly id: number; readonly bytes: number } | undefined {
  const [first, second, third] = bytes;
  if (first === undefined) {
    return undefined;
  }
  // Two bits have no other values.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  const format = (first >> 6) as 0 | 1 | 2 | 3;
  const short = first & 0x3f;
  if (short >= 2) {
    return { format, id: short, bytes: 1 };
  }
  if (second === undefined || (short === 1 && third === undefined)) {
    return undefined;
  }
  return short === 0
    ? { format, id: second + 64, bytes: 2 }
    : { format, id: second + 64 + (third ?? 0) * 256, bytes: 3 };
}
