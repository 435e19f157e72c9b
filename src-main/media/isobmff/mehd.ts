import { durationVersion, parseDuration, writeDuration } from './box-duration.ts';
import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';

/** Movie Extends Header, ISO/IEC 14496-12 §8.8.2: how long a fragmented movie is with all its fragments, in movie ticks. */
export function writeMehd(writer: BoxWriter, duration: bigint): void {
  const version = durationVersion(duration);
  writer.fullBox('mehd', version, 0, (body) => writeDuration(body, version, duration));
}

export function parseMehd(box: BoxReader): bigint {
  const { version } = box.fullBox(1);
  return parseDuration(box, version);
}
