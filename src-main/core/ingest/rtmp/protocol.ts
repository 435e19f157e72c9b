import Rtmp from 'node-media-server/src/protocol/rtmp.js';
import { type AmfValue, encodeAmf0 } from '../../../media/flv/amf0.ts';
import { malformed } from '../../../media/malformed.ts';

/** Message types, RTMP 1.0 §5.4, §6.2 and §7.1. */
export const MESSAGE = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  windowSize: 5,
  audio: 8,
  video: 9,
  dataAmf3: 15,
  commandAmf3: 17,
  data: 18,
  command: 20,
  aggregate: 22,
} as const;

export type RtmpMessage = {
  readonly type: number;
  readonly streamId: number;
  /** Milliseconds modulo 2^32. */
  readonly timestamp: number;
  /** The receiver's own: nothing writes into it any more. */
  readonly payload: Buffer;
};

/** What a peer may make us hold of messages that are not complete yet. */
export type MessageLimits = { readonly messageBytes: number; readonly totalBytes: number };

/** Enough for `connect` and `publish`: a stranger gets no more. */
const STRANGER_LIMITS: MessageLimits = { messageBytes: 64 * 1024, totalBytes: 128 * 1024 };
/** A key frame of 4K at 20 Mbit/s has some 2 MB. */
export const PUBLISHER_LIMITS: MessageLimits = {
  messageBytes: 8 * 1024 * 1024,
  totalBytes: 12 * 1024 * 1024,
};

export type RtmpProtocol = {
  /**
   * Takes the next bytes of the peer, cut anywhere, and tells each message they complete. Throws `media/malformed`, and whatever `onMessage`
   * throws; the connection is of no use then.
   */
  push(bytes: Buffer): void;
  /** The handshake is done. */
  isOpen(): boolean;
  command(streamId: number, values: readonly AmfValue[]): void;
  /** What a server says about itself in answer to `connect`. */
  announce(): void;
  /** The stream is there, from our side. */
  streamBegin(streamId: number): void;
  setLimits(limits: MessageLimits): void;
};

const VERSION = 3;
const HANDSHAKE_DONE = 3;
/** Encoders use five or so. */
const MAX_CHUNK_STREAMS = 64;
const MAX_CHUNK_BYTES = 16 * 1024 * 1024;
const COMMAND_CHUNK_STREAM = 3;
const COMMAND = 20;
/** Said to the peer, of what we send: it never comes near. */
const WINDOW_BYTES = 5_000_000;
const DYNAMIC = 2;
const STREAM_BEGIN = 0;
/** Of what the peer sends, until it says its own. */
const ACKNOWLEDGE_BYTES = 1_250_000;

/**
 * RTMP 1.0 as node-media-server speaks it: handshake, chunks in, chunks out. What it does with a whole message, and everything it believes of
 * a peer, is replaced (`decisions/0008`).
 */
export function createRtmpProtocol(options: {
  readonly onOutput: (bytes: Buffer) => void;
  readonly onMessage: (message: RtmpMessage) => void;
}): RtmpProtocol {
  const guarded = new GuardedRtmp(options.onMessage);
  guarded.onOutputCallback = options.onOutput;
  let isVersionSeen = false;
  let isChunkSizeSaid = false;
  let received = 0;
  let acknowledged = 0;

  return {
    push(bytes) {
      if (!isVersionSeen && bytes.length > 0) {
        isVersionSeen = true;
        if (bytes[0] !== VERSION) {
          throw malformed('RTMP handshake', 0, `asks for version ${bytes[0]}`);
        }
      }
      guarded.parserData(bytes);
      received += bytes.length;
      // Some encoders stop when nobody has told them for so long that their bytes arrive.
      if (guarded.handshakeState === HANDSHAKE_DONE && received - acknowledged >= guarded.acknowledgeBytes) {
        acknowledged = received;
        guarded.sendACK(received % 2 ** 32);
      }
    },
    isOpen: () => guarded.handshakeState === HANDSHAKE_DONE,
    command(streamId, values) {
      if (!isChunkSizeSaid) {
        isChunkSizeSaid = true;
        // All of ours fit into one of these; without a word they would have to be cut into pieces of 128 bytes.
        guarded.setChunkSize(guarded.outChunkSize);
      }
      const payload = Buffer.from(encodeAmf0(values));
      const header = { fmt: 0, cid: COMMAND_CHUNK_STREAM, timestamp: 0, type: COMMAND, stream_id: streamId };
      options.onOutput(Rtmp.chunksCreate({ header: { ...header, length: payload.length }, payload }));
    },
    announce() {
      guarded.sendWindowACK(WINDOW_BYTES);
      guarded.setPeerBandwidth(WINDOW_BYTES, DYNAMIC);
    },
    streamBegin: (streamId) => guarded.sendStreamStatus(STREAM_BEGIN, streamId),
    setLimits(limits) {
      guarded.limits = limits;
    },
  };
}

class GuardedRtmp extends Rtmp {
  limits: MessageLimits = STRANGER_LIMITS;
  acknowledgeBytes = ACKNOWLEDGE_BYTES;
  readonly #onMessage: (message: RtmpMessage) => void;
  /** Announced bytes of all messages that are not complete. */
  #heldBytes = 0;

  constructor(onMessage: (message: RtmpMessage) => void) {
    super();
    this.#onMessage = onMessage;
  }

  /** As in the original, but a chunk stream's number of three bytes is computed as in RTMP 1.0 §5.3.1.1, and their count is bounded. */
  override packetParse(): void {
    const [first = 0, low = 0, high = 0] = this.parserBuffer;
    const format = first >> 6;
    const id =
      this.parserBasicBytes === 1 ? first & 0x3f : 64 + low + (this.parserBasicBytes === 3 ? high * 256 : 0);
    let packet = this.inPackets.get(id);
    if (packet === undefined) {
      if (this.inPackets.size === MAX_CHUNK_STREAMS) {
        throw malformed('RTMP chunk', 0, `opens more than ${MAX_CHUNK_STREAMS} chunk streams`);
      }
      packet = emptyPacket(id);
      this.inPackets.set(id, packet);
    }
    if (packet.bytes > 0 && format !== 3) {
      throw malformed('RTMP chunk', 0, 'begins a message in the middle of another');
    }
    this.parserPacket = packet;
    packet.header.fmt = format;
    this.chunkMessageHeaderRead();
  }

  /** A buffer of its own for every message, so that nobody has to copy it; allocated, a page of it costs memory only once it is written to. */
  override packetAlloc(): void {
    const packet = this.parserPacket;
    const { length } = packet.header;
    if (length > this.limits.messageBytes || this.#heldBytes + length > this.limits.totalBytes) {
      throw malformed('RTMP message', 0, `of ${length} bytes is larger than what is taken at this point`);
    }
    this.#heldBytes += length;
    // The original drops everything for good once the clock has gone round.
    packet.clock %= 2 ** 32;
    packet.payload = Buffer.allocUnsafe(length);
  }

  override packetHandler(): void {
    const packet = this.parserPacket;
    const { type, stream_id: streamId, length } = packet.header;
    const { payload, clock: timestamp } = packet;
    this.#heldBytes -= length;
    packet.payload = NOTHING;
    switch (type) {
      case MESSAGE.setChunkSize:
        this.#setChunkSize(numberOf(payload));
        break;
      case MESSAGE.abort:
        this.#abort(numberOf(payload));
        break;
      case MESSAGE.windowSize:
        // Half of it: an encoder that waits at the full window never has to.
        this.acknowledgeBytes = Math.max(1024, Math.min(ACKNOWLEDGE_BYTES, numberOf(payload) / 2));
        break;
      default:
        this.#onMessage({ type, streamId, timestamp, payload });
    }
  }

  #setChunkSize(size: number): void {
    if (size < 1 || size > MAX_CHUNK_BYTES) {
      throw malformed('RTMP message', 0, `sets a chunk size of ${size} bytes`);
    }
    // The original finds the end of a chunk by the present size, also in messages that were begun with another.
    if (size !== this.inChunkSize && [...this.inPackets.values()].some(({ bytes }) => bytes > 0)) {
      throw malformed('RTMP message', 0, 'changes the chunk size in the middle of another message');
    }
    this.inChunkSize = size;
  }

  #abort(id: number): void {
    const packet = this.inPackets.get(id);
    if (packet !== undefined && packet.bytes > 0) {
      this.#heldBytes -= packet.header.length;
      packet.bytes = 0;
      packet.payload = NOTHING;
    }
  }
}

const NOTHING = Buffer.alloc(0);

function emptyPacket(cid: number): typeof Rtmp.prototype.parserPacket {
  const header = { fmt: 0, cid, timestamp: 0, length: 0, type: 0, stream_id: 0 };
  return { header, clock: 0, payload: NOTHING, capacity: 0, bytes: 0 };
}

function numberOf(payload: Buffer): number {
  if (payload.length < 4) {
    throw malformed('RTMP message', 0, 'ends inside its number');
  }
  return payload.readUInt32BE(0);
}
