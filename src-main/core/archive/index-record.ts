import { crc32 } from 'node:zlib';
import { type Ticks, ticks } from '../../media/time.ts';

/**
 * One chunk in the index file beside a media file, little-endian, 40 bytes:
 *
 *      0  u64  decode time        8  u32  duration      12  u32  size
 *     16  u64  offset in the media file                 24  u32  segment sequence number
 *     28  u16  part number       30  u16  flags: 1 starts with a sync sample, 2 the segment follows a break,
 *                                         4 the bytes were taken back: a `free` box of zeros stands there
 *     32  u32  reserved, 0       36  u32  CRC-32 of the 36 bytes before
 *
 * A torn or wrong record ends the index; the rest is read from the media again.
 */
export const INDEX_RECORD_BYTES = 40;

export type IndexRecord = {
  readonly decodeTime: Ticks;
  readonly duration: number;
  readonly size: number;
  readonly offset: number;
  readonly sequence: number;
  readonly part: number;
  readonly independent: boolean;
  readonly discontinuity: boolean;
  readonly removed?: boolean;
};

const INDEPENDENT = 1;
const DISCONTINUITY = 2;
const REMOVED = 4;

export function writeIndexRecord(record: IndexRecord): Buffer {
  const bytes = Buffer.alloc(INDEX_RECORD_BYTES);
  bytes.writeBigUInt64LE(record.decodeTime, 0);
  bytes.writeUInt32LE(record.duration, 8);
  bytes.writeUInt32LE(record.size, 12);
  bytes.writeBigUInt64LE(BigInt(record.offset), 16);
  bytes.writeUInt32LE(record.sequence, 24);
  bytes.writeUInt16LE(record.part, 28);
  const { independent, discontinuity, removed = false } = record;
  bytes.writeUInt16LE(
    (independent ? INDEPENDENT : 0) | (discontinuity ? DISCONTINUITY : 0) | (removed ? REMOVED : 0),
    30,
  );
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 36)), 36);
  return bytes;
}

/** The records up to the first that is torn or wrong. */
export function parseIndexRecords(bytes: Buffer): IndexRecord[] {
  const records: IndexRecord[] = [];
  for (let at = 0; at + INDEX_RECORD_BYTES <= bytes.length; at += INDEX_RECORD_BYTES) {
    const record = bytes.subarray(at, at + INDEX_RECORD_BYTES);
    if (crc32(record.subarray(0, 36)) !== record.readUInt32LE(36)) {
      break;
    }
    const flags = record.readUInt16LE(30);
    records.push({
      decodeTime: ticks(record.readBigUInt64LE(0)),
      duration: record.readUInt32LE(8),
      size: record.readUInt32LE(12),
      offset: Number(record.readBigUInt64LE(16)),
      sequence: record.readUInt32LE(24),
      part: record.readUInt16LE(28),
      independent: (flags & INDEPENDENT) !== 0,
      discontinuity: (flags & DISCONTINUITY) !== 0,
      ...((flags & REMOVED) === 0 ? {} : { removed: true }),
    });
  }
  return records;
}
