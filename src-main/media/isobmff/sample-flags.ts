/** The 32 bits that describe one sample in `trex`, `tfhd` and `trun`, ISO/IEC 14496-12 §8.8.3.1. */

const NON_SYNC = 0x0001_0000;

/** Depends on no other sample (sample_depends_on 2). */
export const SYNC_SAMPLE = 0x0200_0000;

/** Depends on others (sample_depends_on 1), and decoding cannot begin here. */
export const NON_SYNC_SAMPLE = 0x0100_0000 | NON_SYNC;

export function isSyncSample(flags: number): boolean {
  return (flags & NON_SYNC) === 0;
}
