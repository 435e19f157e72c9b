import { createContinuity } from './continuity.ts';
import type { TsPacket } from './ts-packet.ts';

/** A whole PES packet, ISO/IEC 13818-1 §2.4.3.6: a picture, or some frames of sound. */
export type PesPacket = {
  /** Ticks of 90 kHz, 33 bits. Undefined: it says none. */
  readonly pts: number | undefined;
  /** The same as `pts` where it says none of its own. */
  readonly dts: number | undefined;
  readonly randomAccess: boolean;
  /** Not shared with anything that comes later. */
  readonly data: Uint8Array;
};

export type PesReader = {
  /** The PES packet that `packet` completes, if it does. One without a length is complete when the next begins. */
  readonly push: (packet: TsPacket) => readonly PesPacket[];
  /** What is under way, if it may be whole: the stream has ended. */
  readonly flush: () => readonly PesPacket[];
  /** PES packets that were left out, because part of them was lost or they were too large. */
  readonly lost: () => number;
};

type Unit = { buffer: Uint8Array; size: number; readonly randomAccess: boolean };

/** A picture of a small stream; larger ones make it grow. */
const FIRST_ALLOCATION = 16 * 1024;

/** Start code, stream id, length, two flags and the length of the optional fields. */
const FIXED_BYTES = 9;

/** Puts together the PES packets of one PID, of which it keeps one: no more than `maxBytes`. */
export function createPesReader(maxBytes: number): PesReader {
  const continuityOf = createContinuity();
  let unit: Unit | undefined;
  let lost = 0;

  function complete(): readonly PesPacket[] {
    const ended = unit;
    unit = undefined;
    if (ended === undefined) {
      return [];
    }
    const packet = readPes(ended);
    if (packet === undefined) {
      lost += 1;
      return [];
    }
    return [packet];
  }

  function drop(): void {
    lost += unit === undefined ? 0 : 1;
    unit = undefined;
  }

  return {
    lost: () => lost,
    flush: complete,
    push(packet) {
      const { payload } = packet;
      if (payload === undefined) {
        return [];
      }
      const continuity = continuityOf(packet);
      if (continuity === 'repeated') {
        return [];
      }
      if (continuity === 'lost') {
        // What is missing may have been the end of a packet without length as well as the middle of one.
        drop();
      }
      const found: PesPacket[] = [];
      if (packet.unitStart) {
        found.push(...complete());
        unit = { buffer: new Uint8Array(FIRST_ALLOCATION), size: 0, randomAccess: packet.randomAccess };
      }
      if (unit === undefined) {
        return found;
      }
      if (unit.size + payload.length > maxBytes) {
        drop();
        return found;
      }
      append(unit, payload);
      if (isComplete(unit)) {
        found.push(...complete());
      }
      return found;
    },
  };
}

function append(unit: Unit, payload: Uint8Array): void {
  const size = unit.size + payload.length;
  if (size > unit.buffer.length) {
    const grown = new Uint8Array(Math.max(size, 2 * unit.buffer.length));
    grown.set(unit.buffer);
    unit.buffer = grown;
  }
  unit.buffer.set(payload, unit.size);
  unit.size = size;
}

function isComplete({ buffer, size }: Unit): boolean {
  const length = ((buffer[4] ?? 0) << 8) | (buffer[5] ?? 0);
  return size >= 6 && length > 0 && size >= 6 + length;
}

/** Undefined when it is no PES packet, or ends before it should. */
function readPes({ buffer, size, randomAccess }: Unit): PesPacket | undefined {
  const bytes = buffer.subarray(0, size);
  const [zero1, zero2, one, , lengthHigh = 0, lengthLow = 0, flags = 0, timeFlags = 0, optionalBytes = 0] = bytes;
  const length = (lengthHigh << 8) | lengthLow;
  const end = length === 0 ? size : 6 + length;
  const start = FIXED_BYTES + optionalBytes;
  const hasTimes = (flags & 0xc0) === 0x80;
  if (zero1 !== 0 || zero2 !== 0 || one !== 1 || !hasTimes || start > end || end > size) {
    return undefined;
  }
  const pts = (timeFlags & 0x80) !== 0 && optionalBytes >= 5 ? readTime(bytes, FIXED_BYTES) : undefined;
  const dts = (timeFlags & 0xc0) === 0xc0 && optionalBytes >= 10 ? readTime(bytes, FIXED_BYTES + 5) : pts;
  return { pts, dts, randomAccess, data: bytes.subarray(start, end) };
}

/** 33 bits in five bytes with a marker bit behind 3, 15 and 15 of them. */
function readTime(bytes: Uint8Array, at: number): number {
  const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0] = bytes.subarray(at, at + 5);
  return ((first >> 1) & 7) * 2 ** 30 + ((second << 22) | ((third >> 1) << 15) | (fourth << 7) | (fifth >> 1));
}
