import { nextChunk } from '../../media/cmaf/chunk.ts';
import { MAX_SAMPLES_PER_FRAGMENT } from '../../media/cmaf/fragment-samples.ts';
import { readBoxes } from '../../media/isobmff/box-reader.ts';
import { type MovieFragment, parseMoof } from '../../media/isobmff/moof.ts';
import { isSyncSample } from '../../media/isobmff/sample-flags.ts';
import type { TrackRun } from '../../media/isobmff/trun.ts';
import { malformed } from '../../media/malformed.ts';
import type { Ticks } from '../../media/time.ts';

/**
 * The samples of one chunk, column by column: an hour has a quarter of a million of them, and making an object of each costs more than
 * copying them.
 */
export type ReadChunk = ChunkSamples & {
  /** All samples in a row, as a view. */
  readonly data: Uint8Array;
};

/** What the head of a chunk says of its samples. */
export type ChunkSamples = {
  readonly decodeTime: Ticks;
  readonly sampleCount: number;
  /** In ticks. */
  readonly duration: (sample: number) => number;
  readonly size: (sample: number) => number;
  readonly compositionOffset: (sample: number) => number;
  readonly isSync: (sample: number) => boolean;
};

/**
 * The chunks of a segment as this program writes them: one track and one run each, nothing left to the header of the file.
 * Throws `media/malformed`; believes nothing about bytes that are not there.
 */
export function readChunks(bytes: Uint8Array): readonly ReadChunk[] {
  const chunks: ReadChunk[] = [];
  for (let at = 0; ; ) {
    const next = nextChunk(bytes, at);
    if (next.kind === 'end') {
      return chunks;
    }
    if (next.kind === 'malformed') {
      throw next.error;
    }
    if (next.kind === 'need' || next.end > bytes.length) {
      throw malformed('chunk', at, `is cut off after ${bytes.length - at} bytes`);
    }
    const { moofOffset, moofSize, dataOffset, end } = next;
    chunks.push(readChunk(moofAt(bytes, moofOffset, moofSize), bytes, { moofOffset, dataOffset, end }));
    at = end;
  }
}

/** The same of a `moof` alone, which begins at `offset` of the bytes. Throws `media/malformed`. */
export function readChunkHead(bytes: Uint8Array, offset: number, size: number): ChunkSamples {
  return samplesOf(moofAt(bytes, offset, size)).samples;
}

function moofAt(bytes: Uint8Array, offset: number, size: number): MovieFragment {
  const box = readBoxes(bytes.subarray(offset, offset + size), offset).require('moof');
  return parseMoof(box, MAX_SAMPLES_PER_FRAGMENT);
}

function readChunk(
  moof: MovieFragment,
  bytes: Uint8Array,
  place: { readonly moofOffset: number; readonly dataOffset: number; readonly end: number },
): ReadChunk {
  const { samples, run, defaultSize } = samplesOf(moof);
  const start = place.moofOffset + (run.dataOffset ?? place.dataOffset - place.moofOffset);
  const end = start + totalSize(run, defaultSize ?? 0);
  if (start < place.dataOffset || end > place.end) {
    throw malformed('trun', moof.offset, `places its samples at ${start} to ${end}, outside of its mdat`);
  }
  return {
    ...samples,
    // Not a subarray: that of a Node Buffer would be a Buffer.
    data: new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start),
  };
}

function samplesOf(moof: MovieFragment): {
  readonly samples: ChunkSamples;
  readonly run: TrackRun;
  readonly defaultSize: number | undefined;
} {
  const [track, ...others] = moof.tracks;
  const [run, ...otherRuns] = track?.runs ?? [];
  if (track?.decodeTime === undefined || run === undefined || others.length + otherRuns.length > 0) {
    throw malformed('moof', moof.offset, 'is not of one track with one run and its decode time');
  }
  const { defaultDuration, defaultSize, defaultFlags } = track.header;
  const { sampleCount, durations, sizes, flags, compositionOffsets, firstSampleFlags } = run;
  const isComplete =
    (durations ?? defaultDuration) !== undefined &&
    (sizes ?? defaultSize) !== undefined &&
    (flags ?? defaultFlags) !== undefined;
  if (sampleCount === 0 || !isComplete) {
    throw malformed('moof', moof.offset, 'has no samples, or leaves what they are to the header');
  }
  const samples: ChunkSamples = {
    decodeTime: track.decodeTime,
    sampleCount,
    duration: (sample) => durations?.[sample] ?? defaultDuration ?? 0,
    size: (sample) => sizes?.[sample] ?? defaultSize ?? 0,
    compositionOffset: (sample) => compositionOffsets?.[sample] ?? 0,
    isSync: (sample) =>
      isSyncSample((sample === 0 ? firstSampleFlags : undefined) ?? flags?.[sample] ?? defaultFlags ?? 0),
  };
  return { samples, run, defaultSize };
}

function totalSize({ sizes, sampleCount }: TrackRun, defaultSize: number): number {
  if (sizes === undefined) {
    return sampleCount * defaultSize;
  }
  let total = 0;
  for (const size of sizes) {
    total += size;
  }
  return total;
}
