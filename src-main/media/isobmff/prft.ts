import { type Ticks, ticks } from '../time.ts';
import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';

/** Producer Reference Time, ISO/IEC 14496-12 §8.16.5: the wall clock at which a media time was produced. */
export type ProducerReferenceTime = {
  /** What the wall clock was read at: 0 encoder input, 1 encoder output, 2 writing of the moof, 4 writing to the file, 24 capture. */
  readonly flags: number;
  readonly trackId: number;
  /** UTC as NTP's 64 bits: seconds since 1900 and a binary fraction. */
  readonly ntpTimestamp: bigint;
  /** In ticks of the track. */
  readonly mediaTime: Ticks;
};

/** Always version 1, for the same reason as `tfdt`. */
export function writePrft(writer: BoxWriter, reference: ProducerReferenceTime): void {
  writer.fullBox('prft', 1, reference.flags, (body) => {
    body.u32(reference.trackId);
    body.u64(reference.ntpTimestamp);
    body.u64(reference.mediaTime);
  });
}

export function parsePrft(box: BoxReader): ProducerReferenceTime {
  const { version, flags } = box.fullBox(1);
  const trackId = box.u32();
  const ntpTimestamp = box.u64();
  return { flags, trackId, ntpTimestamp, mediaTime: ticks(version === 1 ? box.u64() : BigInt(box.u32())) };
}
