import { FIRST_CHUNK_SIZE, MESSAGE, type RtmpMessage } from './message.ts';

/** Cuts messages into RTMP chunks, Adobe RTMP 1.0 §5.3. */
export type ChunkWriter = {
  write(message: RtmpMessage): Buffer;
};

const LARGEST_PLAIN_TIMESTAMP = 0xffffff;

/**
 * Every message begins with a header of type 0, which says everything: the shorter ones save 8 bytes a frame, and are what implementations
 * disagree on.
 */
export function createChunkWriter(): ChunkWriter {
  let chunkSize = FIRST_CHUNK_SIZE;
  return {
    write(message) {
      const bytes = writeChunks(message, chunkSize);
      if (message.type === MESSAGE.setChunkSize) {
        chunkSize = Buffer.from(message.body).readUInt32BE();
      }
      return bytes;
    },
  };
}

function writeChunks({ type, streamId, timestamp, body }: RtmpMessage, chunkSize: number): Buffer {
  const time = timestamp >>> 0;
  // From 4 h 39 min on. The chunks that continue a message repeat it, which the text (§5.3.1.3) says in passing and all servers expect.
  const extended = time >= LARGEST_PLAIN_TIMESTAMP ? Buffer.alloc(4) : Buffer.alloc(0);
  if (extended.length > 0) {
    extended.writeUInt32BE(time);
  }
  const chunkStream = chunkStreamOf(type);
  const first = Buffer.alloc(12);
  first.writeUInt8(chunkStream);
  first.writeUIntBE(Math.min(time, LARGEST_PLAIN_TIMESTAMP), 1, 3);
  first.writeUIntBE(body.length, 4, 3);
  first.writeUInt8(type, 7);
  first.writeUInt32LE(streamId, 8);
  const pieces: Uint8Array[] = [first, extended, body.subarray(0, chunkSize)];
  for (let at = chunkSize; at < body.length; at += chunkSize) {
    pieces.push(Buffer.of(0xc0 | chunkStream), extended, body.subarray(at, at + chunkSize));
  }
  return Buffer.concat(pieces);
}

/** One chunk stream per kind, 2 for control as §5.4 demands, the others as Flash Media Encoder had them. */
function chunkStreamOf(type: number): number {
  switch (type) {
    case MESSAGE.commandAmf0:
      return 3;
    case MESSAGE.audio:
    case MESSAGE.dataAmf0:
      return 4;
    case MESSAGE.video:
      return 6;
    default:
      return 2;
  }
}
