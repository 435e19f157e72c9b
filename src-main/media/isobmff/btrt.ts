import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';

/** Bit Rate, ISO/IEC 14496-12 §8.5.2.2. */
export type BitRate = {
  /** Size of the decoding buffer in bytes; 0 when not known. */
  readonly bufferSize: number;
  /** Bits per second over any second; 0 when not known. */
  readonly maxBitrate: number;
  /** Bits per second over the whole; 0 when not known. */
  readonly averageBitrate: number;
};

export function writeBtrt(writer: BoxWriter, { bufferSize, maxBitrate, averageBitrate }: BitRate): void {
  writer.box('btrt', (body) => {
    body.u32(bufferSize);
    body.u32(maxBitrate);
    body.u32(averageBitrate);
  });
}

export function parseBtrt(box: BoxReader): BitRate {
  return { bufferSize: box.u32(), maxBitrate: box.u32(), averageBitrate: box.u32() };
}
