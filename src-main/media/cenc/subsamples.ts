import { AppError } from '../../shared/app-error.ts';
import type { TrackDescription, VideoTrackDescription } from '../cmaf/types.ts';
import { parseAvcDecoderConfig } from '../codecs/avc.ts';
import { type NalLengthSize, splitLengthPrefixed } from '../codecs/nal-units.ts';
import { avcSliceHeaders } from './avc-slice.ts';
import { hevcParameterSets, hevcSliceHeaders } from './hevc-slice.ts';
import { CIPHER_BLOCK, type SampleScheme, type Subsample } from './sample-protection.ts';
import type { SliceHeaders } from './slice-header.ts';

/** Which bytes of the samples of a track are encrypted. */
export type SampleMap = {
  /** Undefined: as a whole, as sound is. */
  subsamplesOf(sample: Uint8Array, scheme: SampleScheme): readonly Subsample[] | undefined;
  /** Looks for parameter sets in a sample that comes before the ones to map: they hold until others come. */
  learnFrom(sample: Uint8Array): void;
};

/** The clear runs of a subsample have 16 bits. */
const MAX_CLEAR = 0xffff;
/**
 * What stays clear of a slice whose header cannot be read, because its parameter sets never came or are beyond this program. No real
 * header is longer, and a decoder in software does not care.
 */
const UNREAD_HEADER_BYTES = 96;
/**
 * More have no room in the 8 bits that `saiz` has for the size of a sample's information. The last one then reaches to the end of the
 * sample, over the headers of the slices in it, rather than leave pictures of many slices clear.
 */
const MAX_PROTECTED_RUNS = 32;

export function createSampleMap(track: TrackDescription): SampleMap {
  return track.kind === 'audio'
    ? { subsamplesOf: () => undefined, learnFrom: () => undefined }
    : createVideoMap(track);
}

function createVideoMap(track: VideoTrackDescription): SampleMap {
  const { lengthSize, headers } = codecOf(track);

  function headerBytes(nal: Uint8Array): number | undefined {
    learn(headers, nal);
    try {
      return headers.headerBytes(nal);
    } catch (error) {
      if (error instanceof AppError) {
        return UNREAD_HEADER_BYTES;
      }
      throw error;
    }
  }

  /** Undefined for what an encoder got wrong. */
  function unitsOf(sample: Uint8Array): readonly Uint8Array[] | undefined {
    try {
      return splitLengthPrefixed(sample, lengthSize);
    } catch (error) {
      if (error instanceof AppError) {
        return undefined;
      }
      throw error;
    }
  }

  function protectedRuns(sample: Uint8Array): readonly Run[] {
    const units = unitsOf(sample);
    if (units === undefined) {
      return [{ start: Math.min(UNREAD_HEADER_BYTES, sample.length), end: sample.length }];
    }
    return units.flatMap((nal) => {
      const header = headerBytes(nal);
      const at = nal.byteOffset - sample.byteOffset;
      const end = at + nal.length;
      return header === undefined || header >= nal.length ? [] : [{ start: at + header, end }];
    });
  }

  return {
    subsamplesOf(sample, scheme) {
      const runs = protectedRuns(sample).slice(0, MAX_PROTECTED_RUNS);
      const last = runs.length === MAX_PROTECTED_RUNS ? runs.at(-1) : undefined;
      const subsamples: Subsample[] = [];
      /** Behind the last protected byte. */
      let covered = 0;
      for (const run of runs) {
        const end = run === last ? sample.length : run.end;
        const size = wholeBlocks(end - run.start, scheme);
        // In counter mode the bytes that are too many stay clear in front, so that a run ends where its NAL unit does.
        if (size > 0) {
          pushSubsample(subsamples, end - size - covered, size);
          covered = end;
        }
      }
      pushSubsample(subsamples, sample.length - covered, 0);
      return subsamples;
    },
    learnFrom(sample) {
      for (const nal of unitsOf(sample) ?? []) {
        learn(headers, nal);
      }
    },
  };
}

/** Bytes of a sample that may be encrypted. */
type Run = { readonly start: number; readonly end: number };

/**
 * §10.1: in counter mode only whole blocks are encrypted, so that no two runs share a block of key stream; in a pattern a run of less than
 * a block stays clear.
 */
function wholeBlocks(size: number, scheme: SampleScheme): number {
  if (scheme === 'cenc') {
    return size - (size % CIPHER_BLOCK);
  }
  return size < CIPHER_BLOCK ? 0 : size;
}

function pushSubsample(subsamples: Subsample[], clear: number, size: number): void {
  let left = clear;
  for (; left > MAX_CLEAR; left -= MAX_CLEAR) {
    subsamples.push({ clear: MAX_CLEAR, protected: 0 });
  }
  if (left > 0 || size > 0) {
    subsamples.push({ clear: left, protected: size });
  }
}

function codecOf(track: VideoTrackDescription): {
  readonly lengthSize: NalLengthSize;
  readonly headers: SliceHeaders;
} {
  if (track.fourCc === 'avc1' || track.fourCc === 'avc3') {
    const { lengthSize, sps, pps } = parseAvcDecoderConfig(track.decoderConfig);
    return { lengthSize, headers: taught(avcSliceHeaders(), [...sps, ...pps]) };
  }
  const { lengthSize, sets } = hevcParameterSets(track.decoderConfig);
  return { lengthSize, headers: taught(hevcSliceHeaders(), sets) };
}

function taught(headers: SliceHeaders, sets: readonly Uint8Array[]): SliceHeaders {
  for (const set of sets) {
    learn(headers, set);
  }
  return headers;
}

/** A set that cannot be read leaves the headers that need it unread. */
function learn(headers: SliceHeaders, nal: Uint8Array): void {
  try {
    headers.learn(nal);
  } catch (error) {
    if (!(error instanceof AppError)) {
      throw error;
    }
  }
}
