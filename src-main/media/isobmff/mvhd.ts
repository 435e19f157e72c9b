import { durationVersion, parseDuration, skipTimes, writeDuration, writeNoTimes } from './box-duration.ts';
import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';
import { writeUnityMatrix } from './unity-matrix.ts';

/** Movie Header, ISO/IEC 14496-12 §8.2.2. */
export type MovieHeader = {
  /** Ticks per second of the durations in `mvhd`, `tkhd` and `elst`. */
  readonly timescale: number;
  /** Of the longest track, in movie ticks; 0 when not known. */
  readonly duration: bigint;
  readonly nextTrackId: number;
};

export function writeMvhd(writer: BoxWriter, { timescale, duration, nextTrackId }: MovieHeader): void {
  const version = durationVersion(duration);
  writer.fullBox('mvhd', version, 0, (body) => {
    writeNoTimes(body, version);
    body.u32(timescale);
    writeDuration(body, version, duration);
    body.fixed16_16(1); // rate
    body.fixed8_8(1); // volume
    body.zeros(10);
    writeUnityMatrix(body);
    body.zeros(24); // pre_defined
    body.u32(nextTrackId);
  });
}

export function parseMvhd(box: BoxReader): MovieHeader {
  const { version } = box.fullBox(1);
  skipTimes(box, version);
  const timescale = box.u32();
  if (timescale === 0) {
    throw box.malformed('has a timescale of 0');
  }
  const duration = parseDuration(box, version);
  box.skip(4 + 2 + 10 + 36 + 24);
  return { timescale, duration, nextTrackId: box.u32() };
}
