import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';

/** Sync Sample, ISO/IEC 14496-12 §8.6.2: the numbers of the sync samples, the first sample is 1. Without the box every sample is one. */
export function writeStss(writer: BoxWriter, sampleNumbers: Uint32Array): void {
  writer.fullBox('stss', 0, 0, (body) => {
    body.u32(sampleNumbers.length);
    body.u32s(sampleNumbers);
  });
}

export function parseStss(box: BoxReader): Uint32Array {
  box.fullBox(0);
  const sampleNumbers = new Uint32Array(box.entryCount(4));
  for (let index = 0; index < sampleNumbers.length; index += 1) {
    sampleNumbers[index] = box.u32();
  }
  return sampleNumbers;
}
