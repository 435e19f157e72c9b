/** Bytes of a transport stream packet, ISO/IEC 13818-1 §2.4.3.2. */
const TS_PACKET_BYTES = 188;
const SYNC_BYTE = 0x47;

export const PAT_PID = 0x0000;

/** One packet, as far as it is of use. */
export type TsPacket = {
  readonly pid: number;
  /** A section or PES packet begins in it. */
  readonly unitStart: boolean;
  /** Counts packets with payload of one PID, modulo 16. */
  readonly continuity: number;
  /** The sender says that the counter, or the clock, jumps here. */
  readonly discontinuity: boolean;
  /** A decoder can start at the unit that begins here. */
  readonly randomAccess: boolean;
  /** Undefined: none, or not readable (damaged on the way, or scrambled). */
  readonly payload: Uint8Array | undefined;
};

export type TsSplitter = {
  /**
   * Takes the next bytes, cut anywhere, and returns the packets that they complete, as views: the bytes must not be changed afterwards. What
   * is between packets is passed over.
   */
  readonly push: (bytes: Uint8Array) => readonly TsPacket[];
  /** Bytes that were passed over so far. */
  readonly strayBytes: () => number;
};

/** Finds the packets of a stream that may begin anywhere and may have lost bytes. Keeps less than two packets. */
export function createTsSplitter(): TsSplitter {
  let rest: Uint8Array = new Uint8Array();
  let strayBytes = 0;
  let isInStep = false;

  return {
    strayBytes: () => strayBytes,
    push(bytes) {
      // Views of a Node Buffer would be Buffers, whose slice() is no copy.
      const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const stream = rest.length === 0 ? plain : joined(rest, plain);
      const packets: TsPacket[] = [];
      let at = 0;
      while (stream.length - at >= TS_PACKET_BYTES) {
        // The payload may have a sync byte as well: out of step, one counts that has another a packet later.
        const next = stream[at + TS_PACKET_BYTES];
        if (stream[at] !== SYNC_BYTE || (!isInStep && next !== undefined && next !== SYNC_BYTE)) {
          isInStep = false;
          strayBytes += 1;
          at += 1;
        } else if (!isInStep && next === undefined) {
          break;
        } else {
          isInStep = true;
          packets.push(readPacket(stream.subarray(at, at + TS_PACKET_BYTES)));
          at += TS_PACKET_BYTES;
        }
      }
      // A copy, so that a few bytes do not keep the whole buffer they came in.
      rest = stream.slice(at);
      return packets;
    },
  };
}

/** Whether a datagram is whole packets, as UDP and SRT carry them. */
export function isWholePackets(bytes: Uint8Array): boolean {
  return bytes.length > 0 && bytes.length % TS_PACKET_BYTES === 0 && bytes[0] === SYNC_BYTE;
}

function readPacket(bytes: Uint8Array): TsPacket {
  const [, second = 0, third = 0, fourth = 0, adaptationLength = 0, adaptationFlags = 0] = bytes;
  const hasAdaptation = (fourth & 0x20) !== 0;
  const hasPayload = (fourth & 0x10) !== 0;
  const hasFlags = hasAdaptation && adaptationLength > 0;
  const start = hasAdaptation ? 5 + adaptationLength : 4;
  const isDamaged = (second & 0x80) !== 0;
  const isScrambled = (fourth & 0xc0) !== 0;
  return {
    pid: ((second & 0x1f) << 8) | third,
    unitStart: (second & 0x40) !== 0,
    continuity: fourth & 0x0f,
    discontinuity: hasFlags && (adaptationFlags & 0x80) !== 0,
    randomAccess: hasFlags && (adaptationFlags & 0x40) !== 0,
    payload:
      hasPayload && !isDamaged && !isScrambled && start < TS_PACKET_BYTES ? bytes.subarray(start) : undefined,
  };
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
