import { assert } from '../../base/assert.ts';
import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';

/** Run-length coded durations: `counts[i]` samples in a row last `durations[i]` ticks each. */
export type TimeToSample = { readonly counts: Uint32Array; readonly durations: Uint32Array };

/** Decoding Time to Sample, ISO/IEC 14496-12 §8.6.1.2. */
export function writeStts(writer: BoxWriter, { counts, durations }: TimeToSample): void {
  assert(counts.length === durations.length, 'one duration for each run');
  writer.fullBox('stts', 0, 0, (body) => {
    body.u32(counts.length);
    for (let run = 0; run < counts.length; run += 1) {
      body.u32(counts[run] ?? 0);
      body.u32(durations[run] ?? 0);
    }
  });
}

export function parseStts(box: BoxReader): TimeToSample {
  box.fullBox(0);
  const length = box.entryCount(8);
  const counts = new Uint32Array(length);
  const durations = new Uint32Array(length);
  for (let run = 0; run < length; run += 1) {
    counts[run] = box.u32();
    durations[run] = box.u32();
  }
  return { counts, durations };
}
