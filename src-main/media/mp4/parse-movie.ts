import { parseTrak } from '../cmaf/trak.ts';
import type { TrackDescription } from '../cmaf/types.ts';
import { type BoxReader, readBoxes } from '../isobmff/box-reader.ts';
import type { Edit } from '../isobmff/elst.ts';
import { parseMvhd } from '../isobmff/mvhd.ts';
import { parseChunkOffsets } from '../isobmff/stco.ts';
import { parseStsc, type SampleToChunk } from '../isobmff/stsc.ts';
import { parseStss } from '../isobmff/stss.ts';
import { parseStsz, type SampleSizes } from '../isobmff/stsz.ts';
import { parseStts } from '../isobmff/stts.ts';
import { parseTitle } from '../isobmff/title.ts';

const MAX_TRACKS = 64;

/** What a progressive MP4 file says about itself. */
export type Movie = {
  /** Ticks per second of `duration`, `presentedDuration` and the durations of edits. */
  readonly timescale: number;
  readonly duration: bigint;
  readonly title: string | undefined;
  /** Pictures and sound; other tracks are left out. */
  readonly tracks: readonly MovieTrack[];
};

type MovieTrack = {
  readonly trackId: number;
  readonly description: TrackDescription;
  /** In movie ticks, edits applied. */
  readonly presentedDuration: bigint;
  /** Sum of the sample durations, in ticks of the track. */
  readonly mediaDuration: bigint;
  readonly edits: readonly Edit[];
  readonly sampleCount: number;
  readonly syncSampleCount: number;
  /** Where each chunk begins in the file, and how long it is. */
  readonly chunkOffsets: Float64Array;
  readonly chunkSizes: Float64Array;
};

/**
 * Reads the `moov` of a progressive MP4 file, for checking what was written; `bytes` are that box, or a part of the file that has it.
 *
 * Throws `media/malformed`, also when the tables of a track do not agree with each other about its samples.
 */
export function parseMovie(bytes: Uint8Array): Movie {
  const moov = readBoxes(bytes).require('moov');
  const { timescale, duration } = parseMvhd(moov.require('mvhd'));
  const tracks: MovieTrack[] = [];
  let title: string | undefined;
  for (const box of moov.children()) {
    if (box.type === 'trak') {
      if (tracks.length === MAX_TRACKS) {
        throw moov.unsupported(`has more than ${MAX_TRACKS} tracks`);
      }
      const track = parseTrack(box);
      if (track !== undefined) {
        tracks.push(track);
      }
    } else if (box.type === 'udta') {
      title = parseTitle(box);
    }
  }
  return { timescale, duration, title, tracks };
}

function parseTrack(trak: BoxReader): MovieTrack | undefined {
  const { header, media, description, edits, stbl } = parseTrak(trak);
  if (description === undefined) {
    return undefined;
  }
  const { counts, durations } = parseStts(stbl.require('stts'));
  const sizes = parseStsz(stbl.require('stsz'));
  const sampleCount = sizes.kind === 'uniform' ? sizes.count : sizes.sizes.length;
  const timedSamples = counts.reduce((sum, count) => sum + count, 0);
  const mediaDuration = counts.reduce((sum, count, run) => sum + BigInt(count) * BigInt(durations[run] ?? 0), 0n);
  if (timedSamples !== sampleCount || mediaDuration !== media.duration) {
    const timed = `times ${timedSamples} samples over ${mediaDuration.toString()} ticks`;
    throw stbl.malformed(`${timed}; it has ${sampleCount}, and the track ${media.duration.toString()} ticks`);
  }
  const co64 = stbl.find('co64');
  const chunkOffsets = parseChunkOffsets(co64 ?? stbl.require('stco'));
  const stss = stbl.find('stss');
  return {
    trackId: header.trackId,
    description,
    presentedDuration: header.duration,
    mediaDuration,
    edits,
    sampleCount,
    syncSampleCount: stss === undefined ? sampleCount : parseStss(stss).length,
    chunkOffsets,
    chunkSizes: sumChunks(stbl, parseStsc(stbl.require('stsc')), sizes, chunkOffsets.length),
  };
}

/** Bytes of each chunk. Costs a step for each chunk and for each size that is really there, whatever the counts say. */
function sumChunks(
  stbl: BoxReader,
  { firstChunks, samplesPerChunk }: SampleToChunk,
  sizes: SampleSizes,
  chunkCount: number,
): Float64Array {
  const sampleCount = sizes.kind === 'uniform' ? sizes.count : sizes.sizes.length;
  const chunkSizes = new Float64Array(chunkCount);
  let run = 0;
  let sample = 0;
  for (let chunk = 0; chunk < chunkCount; chunk += 1) {
    while ((firstChunks[run + 1] ?? Number.POSITIVE_INFINITY) <= chunk + 1) {
      run += 1;
    }
    const end = sample + (samplesPerChunk[run] ?? 0);
    if (end > sampleCount) {
      throw stbl.malformed(`puts more samples into chunks than the ${sampleCount} it has`);
    }
    chunkSizes[chunk] =
      sizes.kind === 'uniform'
        ? (end - sample) * sizes.size
        : sizes.sizes.subarray(sample, end).reduce((sum, size) => sum + size, 0);
    sample = end;
  }
  if (sample !== sampleCount) {
    throw stbl.malformed(`has ${sampleCount} samples and puts ${sample} into chunks`);
  }
  return chunkSizes;
}
