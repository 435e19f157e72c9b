import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';

const MAX_U32 = 0xffff_ffffn;
const MAX_U64 = 0xffff_ffff_ffff_ffffn;

/** The version of `mvhd`, `tkhd`, `mdhd` or `mehd` that can hold the duration; 0 while it fits, because older players know only that one. */
export function durationVersion(duration: bigint): 0 | 1 {
  return duration > MAX_U32 ? 1 : 0;
}

export function writeDuration(writer: BoxWriter, version: 0 | 1, duration: bigint): void {
  if (version === 1) {
    writer.u64(duration);
  } else {
    writer.u32(Number(duration));
  }
}

/** Reads a duration. All ones mean "not known" (ISO/IEC 14496-12 §8.2.2.3) and become 0, which fragmented files use for the same. */
export function parseDuration(box: BoxReader, version: number): bigint {
  if (version === 1) {
    const duration = box.u64();
    return duration === MAX_U64 ? 0n : duration;
  }
  const duration = BigInt(box.u32());
  return duration === MAX_U32 ? 0n : duration;
}

/** Creation and modification time, always "not known": the same input gives the same bytes. */
export function writeNoTimes(writer: BoxWriter, version: 0 | 1): void {
  writer.zeros(version === 1 ? 16 : 8);
}

export function skipTimes(box: BoxReader, version: number): void {
  box.skip(version === 1 ? 16 : 8);
}
