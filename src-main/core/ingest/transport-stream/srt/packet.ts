/** The packets of SRT, draft-sharabayko-srt-01 §3: a header of 16 bytes and what it announces. */
export type SrtPacket = DataPacket | ControlPacket;

export type DataPacket = {
  readonly kind: 'data';
  /** 31 bits. */
  readonly sequence: number;
  /** With which of the two keys it is encrypted. */
  readonly key: 'none' | 'even' | 'odd';
  /** Socket id of the receiver. */
  readonly destination: number;
  /** A view. */
  readonly payload: Uint8Array;
};

export type ControlPacket = {
  readonly kind: 'control';
  readonly type: number;
  readonly subtype: number;
  /** Type-specific: the number of an acknowledgement, for example. */
  readonly info: number;
  readonly destination: number;
  /** A view. */
  readonly body: Uint8Array;
};

export const CONTROL = {
  handshake: 0,
  keepAlive: 1,
  acknowledgement: 2,
  lossReport: 3,
  shutdown: 5,
  acknowledgementBack: 6,
  dropRequest: 7,
  userDefined: 0x7fff,
} as const;

const HEADER_BYTES = 16;
const TOP_BIT = 0x8000_0000;
/** A sequence number has 31 bits. */
const SEQUENCES = 2 ** 31;

/** Undefined for what is no packet of SRT. */
export function parsePacket(bytes: Uint8Array): SrtPacket | undefined {
  if (bytes.length < HEADER_BYTES) {
    return undefined;
  }
  const view = viewOf(bytes);
  const first = view.getUint32(0);
  const info = view.getUint32(4);
  const destination = view.getUint32(12);
  // Views of a Node Buffer would be Buffers, whose slice() is no copy.
  const rest = new Uint8Array(bytes.buffer, bytes.byteOffset + HEADER_BYTES, bytes.byteLength - HEADER_BYTES);
  if ((first & TOP_BIT) === 0) {
    const flags = (info >>> 27) & 3;
    // Both at once are for the exchange of keys only.
    const key = flags === 0 ? 'none' : flags === 1 ? 'even' : 'odd';
    return flags === 3 ? undefined : { kind: 'data', sequence: first, key, destination, payload: rest };
  }
  return {
    kind: 'control',
    type: (first >>> 16) & 0x7fff,
    subtype: first & 0xffff,
    info,
    destination,
    body: rest,
  };
}

/** `timestamp`: microseconds since the connection began, of which 32 bits go out. */
export function writeControl(packet: Omit<ControlPacket, 'kind'>, timestamp: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + packet.body.length);
  const view = viewOf(bytes);
  view.setUint32(0, (TOP_BIT | (packet.type << 16) | packet.subtype) >>> 0);
  view.setUint32(4, packet.info);
  view.setUint32(8, Math.floor(timestamp) % 2 ** 32);
  view.setUint32(12, packet.destination);
  bytes.set(packet.body, HEADER_BYTES);
  return bytes;
}

/** 32-bit fields one after the other. */
export function words(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = viewOf(bytes);
  for (const [index, value] of values.entries()) {
    view.setUint32(4 * index, value);
  }
  return bytes;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** How far `sequence` is ahead of `from`, at most half of all numbers; negative behind it. */
export function sequenceDistance(from: number, sequence: number): number {
  const ahead = (sequence - from + SEQUENCES) % SEQUENCES;
  return ahead >= SEQUENCES / 2 ? ahead - SEQUENCES : ahead;
}

export function sequenceAfter(sequence: number, count = 1): number {
  return (sequence + count) % SEQUENCES;
}
