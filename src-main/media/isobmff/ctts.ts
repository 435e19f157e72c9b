import { assert } from '../../base/assert.ts';
import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';

/** Run-length coded differences of presentation and decode time: `counts[i]` samples in a row have `offsets[i]` ticks. */
export type CompositionOffsets = { readonly counts: Uint32Array; readonly offsets: Int32Array };

/**
 * Composition Time to Sample, ISO/IEC 14496-12 §8.6.1.3.
 *
 * Version 0 while no offset is negative: QuickTime and older players know only that one.
 */
export function writeCtts(writer: BoxWriter, { counts, offsets }: CompositionOffsets): void {
  assert(counts.length === offsets.length, 'one offset for each run');
  const version = offsets.some((offset) => offset < 0) ? 1 : 0;
  writer.fullBox('ctts', version, 0, (body) => {
    body.u32(counts.length);
    for (let run = 0; run < counts.length; run += 1) {
      body.u32(counts[run] ?? 0);
      body.i32(offsets[run] ?? 0);
    }
  });
}

/** Version 0 is unsigned by the standard, yet many a muxer put negative offsets there; no real offset needs the 32nd bit. */
export function parseCtts(box: BoxReader): CompositionOffsets {
  box.fullBox(1);
  const length = box.entryCount(8);
  const counts = new Uint32Array(length);
  const offsets = new Int32Array(length);
  for (let run = 0; run < length; run += 1) {
    counts[run] = box.u32();
    offsets[run] = box.i32();
  }
  return { counts, offsets };
}
