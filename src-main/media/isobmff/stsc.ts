import { assert } from '../../base/assert.ts';
import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';

/** Run-length coded: from chunk `firstChunks[i]` (the first is 1) each chunk holds `samplesPerChunk[i]` samples. */
export type SampleToChunk = { readonly firstChunks: Uint32Array; readonly samplesPerChunk: Uint32Array };

/** Sample to Chunk, ISO/IEC 14496-12 §8.7.4. Every chunk has the one sample description. */
export function writeStsc(writer: BoxWriter, { firstChunks, samplesPerChunk }: SampleToChunk): void {
  assert(firstChunks.length === samplesPerChunk.length, 'one count for each run');
  writer.fullBox('stsc', 0, 0, (body) => {
    body.u32(firstChunks.length);
    for (let run = 0; run < firstChunks.length; run += 1) {
      body.u32(firstChunks[run] ?? 0);
      body.u32(samplesPerChunk[run] ?? 0);
      body.u32(1); // sample_description_index
    }
  });
}

export function parseStsc(box: BoxReader): SampleToChunk {
  box.fullBox(0);
  const length = box.entryCount(12);
  const firstChunks = new Uint32Array(length);
  const samplesPerChunk = new Uint32Array(length);
  for (let run = 0; run < length; run += 1) {
    const firstChunk = box.u32();
    if (run === 0 ? firstChunk !== 1 : firstChunk <= (firstChunks[run - 1] ?? 0)) {
      throw box.malformed(`begins entry ${run} with chunk ${firstChunk}`);
    }
    firstChunks[run] = firstChunk;
    samplesPerChunk[run] = box.u32();
    box.skip(4);
  }
  return { firstChunks, samplesPerChunk };
}
