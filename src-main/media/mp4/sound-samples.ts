import { AppError } from '../../shared/app-error.ts';
import { parseTrak } from '../cmaf/trak.ts';
import type { AudioTrackDescription } from '../cmaf/types.ts';
import { type BoxReader, readBoxes } from '../isobmff/box-reader.ts';
import { parseMvhd } from '../isobmff/mvhd.ts';
import { parseChunkOffsets } from '../isobmff/stco.ts';
import { parseStsc } from '../isobmff/stsc.ts';
import { parseStsz, type SampleSizes } from '../isobmff/stsz.ts';
import { parseStts } from '../isobmff/stts.ts';
import { rescale, ticks } from '../time.ts';

/** Two days of AAC at 96 kHz. A uniform size costs nothing to claim, so the claim is bounded. */
const MAX_SAMPLES = 20_000_000;

/** Where the first sound track of a progressive MP4 file has its samples. */
export type SoundSamples = {
  readonly description: AudioTrackDescription;
  /** What is added to the decode time of a sample to give its time from the beginning, in ticks; negative where priming is hidden. */
  readonly shift: bigint;
  /** Of each sample, in decode order. */
  readonly offsets: Float64Array;
  readonly sizes: Uint32Array;
  /** In ticks. */
  readonly durations: Uint32Array;
};

/**
 * Reads the `moov` of a progressive file. Undefined for a fragmented one. Throws `media/unsupported` when there is no sound in it, or only of a
 * codec that is not known, and `media/malformed`.
 */
export function parseSoundSamples(bytes: Uint8Array): SoundSamples | undefined {
  const moov = readBoxes(bytes).require('moov');
  if (moov.find('mvex') !== undefined) {
    return undefined;
  }
  const { timescale } = parseMvhd(moov.require('mvhd'));
  let refused: AppError | undefined;
  for (const box of moov.children()) {
    if (box.type !== 'trak') {
      continue;
    }
    try {
      const found = parseSoundTrack(box, timescale);
      if (found !== undefined) {
        return found;
      }
    } catch (error) {
      // Pictures of a codec that nobody knows are no reason not to take the sound beside them.
      if (!(error instanceof AppError) || error.code !== 'media/unsupported') {
        throw error;
      }
      refused = error;
    }
  }
  throw refused ?? moov.unsupported('has no sound');
}

function parseSoundTrack(trak: BoxReader, movieTimescale: number): SoundSamples | undefined {
  const { description, edits, stbl } = parseTrak(trak);
  if (description?.kind !== 'audio') {
    return undefined;
  }
  const sizes = sizesOf(stbl);
  return {
    description,
    shift: shiftOf(edits, movieTimescale, description.timescale),
    sizes,
    durations: durationsOf(stbl, sizes.length),
    offsets: offsetsOf(stbl, sizes),
  };
}

/** Edits before the sound are silence, and the first of the sound says where in it the presentation begins (ISO/IEC 14496-12 §8.6.6). */
function shiftOf(edits: ReturnType<typeof parseTrak>['edits'], movieTimescale: number, timescale: number): bigint {
  let wait = 0n;
  for (const edit of edits) {
    if (edit.kind === 'media') {
      return wait - edit.mediaTime;
    }
    wait += rescale(ticks(edit.duration), movieTimescale, timescale);
  }
  return wait;
}

function sizesOf(stbl: BoxReader): Uint32Array {
  const sizes: SampleSizes = parseStsz(stbl.require('stsz'));
  const count = sizes.kind === 'uniform' ? sizes.count : sizes.sizes.length;
  if (count === 0 || count > MAX_SAMPLES) {
    throw stbl.unsupported(
      count === 0 ? 'has no samples' : `has ${count} samples; up to ${MAX_SAMPLES} are taken`,
    );
  }
  return sizes.kind === 'uniform' ? new Uint32Array(count).fill(sizes.size) : sizes.sizes;
}

function durationsOf(stbl: BoxReader, count: number): Uint32Array {
  const runs = parseStts(stbl.require('stts'));
  const durations = new Uint32Array(count);
  let at = 0;
  for (const [run, length] of runs.counts.entries()) {
    const duration = runs.durations[run] ?? 0;
    if (length > count - at || duration === 0) {
      throw stbl.malformed('has times that do not fit its samples');
    }
    durations.fill(duration, at, at + length);
    at += length;
  }
  if (at !== count) {
    throw stbl.malformed(`has times for ${at} of its ${count} samples`);
  }
  return durations;
}

function offsetsOf(stbl: BoxReader, sizes: Uint32Array): Float64Array {
  const chunks = parseChunkOffsets(stbl.find('co64') ?? stbl.require('stco'));
  const { firstChunks, samplesPerChunk } = parseStsc(stbl.require('stsc'));
  const offsets = new Float64Array(sizes.length);
  let run = 0;
  let sample = 0;
  for (const [chunk, start] of chunks.entries()) {
    while ((firstChunks[run + 1] ?? Number.POSITIVE_INFINITY) <= chunk + 1) {
      run += 1;
    }
    const end = sample + (samplesPerChunk[run] ?? 0);
    if (end > sizes.length) {
      throw stbl.malformed(`puts more samples into chunks than the ${sizes.length} it has`);
    }
    for (let at = start; sample < end; sample += 1) {
      offsets[sample] = at;
      at += sizes[sample] ?? 0;
    }
  }
  if (sample !== sizes.length) {
    throw stbl.malformed(`puts ${sample} of its ${sizes.length} samples into chunks`);
  }
  return offsets;
}
