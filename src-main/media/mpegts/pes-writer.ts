import { assert } from '../../base/assert.ts';
import type { Ticks } from '../time.ts';

/** stream_id, ISO/IEC 13818-1 table 2-22. */
export const STREAM_ID = { video: 0xe0, audio: 0xc0, private1: 0xbd } as const;

const CYCLE = 2n ** 33n;
const TIME_BYTES = 5;
const FIXED_BYTES = 9;
/** PES_packet_length has 16 bits; what stands before the data behind it takes at most 13 bytes. */
export const MAX_PES_DATA = 0xffff - 13;

/** A time as it stands in a stream: 33 bits of it. */
export function streamTime(time: Ticks): number {
  return Number(((time % CYCLE) + CYCLE) % CYCLE);
}

/**
 * The header of a PES packet, §2.4.3.6. Times in ticks of 90 kHz. Only pictures may be longer than `MAX_PES_DATA`: they say no length.
 */
export function writePesHeader(packet: {
  readonly streamId: number;
  readonly pts: Ticks;
  readonly dts: Ticks;
  readonly dataBytes: number;
  /** The data begins with the beginning of an access unit. */
  readonly aligned: boolean;
}): Uint8Array {
  const { streamId, dataBytes } = packet;
  const pts = streamTime(packet.pts);
  const dts = streamTime(packet.dts);
  const times = pts === dts ? 1 : 2;
  const header = new Uint8Array(FIXED_BYTES + times * TIME_BYTES);
  const length = header.length - 6 + dataBytes;
  const isUnbounded = length > 0xffff;
  assert(!isUnbounded || streamId === STREAM_ID.video, 'only pictures are longer than 64 KiB');
  const stated = isUnbounded ? 0 : length;
  header.set([0, 0, 1, streamId, stated >> 8, stated & 0xff]);
  header[6] = 0x80 | (packet.aligned ? 0x04 : 0);
  header[7] = times === 1 ? 0x80 : 0xc0;
  header[8] = times * TIME_BYTES;
  writeTime(header, FIXED_BYTES, times === 1 ? 2 : 3, pts);
  if (times === 2) {
    writeTime(header, FIXED_BYTES + TIME_BYTES, 1, dts);
  }
  return header;
}

/** 33 bits in five bytes with a marker bit behind 3, 15 and 15 of them. */
function writeTime(bytes: Uint8Array, at: number, prefix: number, time: number): void {
  const low = time % 2 ** 30;
  const high = Math.floor(time / 2 ** 30);
  bytes[at] = (prefix << 4) | (high << 1) | 1;
  bytes[at + 1] = low >> 22;
  bytes[at + 2] = ((low >> 14) & 0xfe) | 1;
  bytes[at + 3] = (low >> 7) & 0xff;
  bytes[at + 4] = ((low << 1) & 0xfe) | 1;
}
