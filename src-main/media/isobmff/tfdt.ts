import { type Ticks, ticks } from '../time.ts';
import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';

/**
 * Track Fragment Base Media Decode Time, ISO/IEC 14496-12 §8.8.12.
 *
 * Always version 1: a 90 kHz clock overflows the 32-bit form after 13 h 15 min, and programs run longer.
 */
export function writeTfdt(writer: BoxWriter, baseMediaDecodeTime: Ticks): void {
  writer.fullBox('tfdt', 1, 0, (body) => body.u64(baseMediaDecodeTime));
}

/**
 * Unsigned by the standard, read with its sign: ffmpeg writes the time of an encoder's priming, which is before 0, as if it had one, and no
 * clock needs the 64th bit.
 */
export function parseTfdt(box: BoxReader): Ticks {
  const { version } = box.fullBox(1);
  return ticks(version === 1 ? box.i64() : box.u32());
}
