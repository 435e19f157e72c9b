import { assert } from '../../base/assert.ts';
import type { TrackDescription } from '../cmaf/types.ts';
import type { CompositionOffsets } from '../isobmff/ctts.ts';
import type { SampleToChunk } from '../isobmff/stsc.ts';
import type { SampleSizes } from '../isobmff/stsz.ts';
import type { TimeToSample } from '../isobmff/stts.ts';
import { createSignedArray, createUnsignedArray } from './growing-array.ts';

/** What an MP4 file needs to know of a track before its first byte is written, collected in one pass over the samples. */
export type SampleTable = {
  readonly description: TrackDescription;
  /** Ticks per second of the durations and offsets. */
  readonly timescale: number;
  /**
   * The next sample in decode order. `duration` and `compositionOffset` in ticks, 1..4294967295 and 32 bits with sign; `size` in bytes.
   */
  readonly add: (duration: number, compositionOffset: number, sync: boolean, size: number) => void;
  /** Ends a run of at least one sample whose data stands together in the file: one CMAF chunk is one chunk of the MP4. */
  readonly endChunk: () => void;
  /** Everything so far, for the layout. Every sample is in a chunk that was ended. Good until the next `add`. */
  readonly contents: () => SampleTableContents;
};

export type SampleTableContents = {
  readonly sampleCount: number;
  /** Sum of the durations, in ticks. */
  readonly duration: number;
  /** When the first sample in presentation order is shown and when the last one ends, in ticks after the first decode time. */
  readonly presented: { readonly start: number; readonly end: number };
  /** The smallest composition offset, in ticks. */
  readonly smallestOffset: number;
  readonly timeToSample: TimeToSample;
  readonly compositionOffsets: CompositionOffsets;
  /** Undefined when every sample is one. */
  readonly syncSamples: Uint32Array | undefined;
  readonly sampleToChunk: SampleToChunk;
  readonly sizes: SampleSizes;
  /** Bytes of each chunk. */
  readonly chunkSizes: Uint32Array;
};

/** 4 bytes a sample, 4 a chunk, and 8 for each change of duration or composition offset: nothing else grows. */
export function createSampleTable({
  description,
  timescale,
}: Pick<SampleTable, 'description' | 'timescale'>): SampleTable {
  const durationCounts = createUnsignedArray();
  const durations = createUnsignedArray();
  const offsetCounts = createUnsignedArray();
  const offsets = createSignedArray();
  const syncSamples = createUnsignedArray();
  const firstChunks = createUnsignedArray();
  const samplesPerChunk = createUnsignedArray();
  const sizes = createUnsignedArray();
  const chunkSizes = createUnsignedArray();
  let totalDuration = 0;
  let presentedStart = Number.POSITIVE_INFINITY;
  let presentedEnd = Number.NEGATIVE_INFINITY;
  let smallestOffset = Number.POSITIVE_INFINITY;
  let sizesDiffer = false;
  let chunkSamples = 0;
  let chunkSize = 0;

  return {
    description,
    timescale,
    add(duration, compositionOffset, sync, size) {
      assert(duration > 0, 'a sample lasts at least one tick');
      if (durations.last() === duration) {
        durationCounts.addToLast(1);
      } else {
        durations.push(duration);
        durationCounts.push(1);
      }
      if (offsets.last() === compositionOffset) {
        offsetCounts.addToLast(1);
      } else {
        offsets.push(compositionOffset);
        offsetCounts.push(1);
      }
      sizesDiffer ||= (sizes.last() ?? size) !== size;
      sizes.push(size);
      if (sync) {
        syncSamples.push(sizes.length());
      }
      const presentedAt = totalDuration + compositionOffset;
      presentedStart = Math.min(presentedStart, presentedAt);
      presentedEnd = Math.max(presentedEnd, presentedAt + duration);
      smallestOffset = Math.min(smallestOffset, compositionOffset);
      totalDuration += duration;
      chunkSamples += 1;
      chunkSize += size;
    },
    endChunk() {
      assert(chunkSamples > 0, 'a chunk has at least one sample');
      chunkSizes.push(chunkSize);
      if (samplesPerChunk.last() !== chunkSamples) {
        firstChunks.push(chunkSizes.length());
        samplesPerChunk.push(chunkSamples);
      }
      chunkSamples = 0;
      chunkSize = 0;
    },
    contents() {
      const sampleCount = sizes.length();
      assert(
        sampleCount > 0 && chunkSamples === 0,
        'there are samples, and all of them are in chunks that were ended',
      );
      const size = sizes.last() ?? 0;
      return {
        sampleCount,
        duration: totalDuration,
        presented: { start: presentedStart, end: presentedEnd },
        smallestOffset,
        timeToSample: { counts: durationCounts.view(), durations: durations.view() },
        compositionOffsets: { counts: offsetCounts.view(), offsets: offsets.view() },
        syncSamples: syncSamples.length() === sampleCount ? undefined : syncSamples.view(),
        sampleToChunk: { firstChunks: firstChunks.view(), samplesPerChunk: samplesPerChunk.view() },
        // A uniform size of 0 would be read as "each its own" (§8.7.3.2).
        sizes:
          sizesDiffer || size === 0
            ? { kind: 'each', sizes: sizes.view() }
            : { kind: 'uniform', size, count: sampleCount },
        chunkSizes: chunkSizes.view(),
      };
    },
  };
}
