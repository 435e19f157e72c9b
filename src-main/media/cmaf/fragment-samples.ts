import type { MovieFragment, TrackFragment } from '../isobmff/moof.ts';
import { isSyncSample } from '../isobmff/sample-flags.ts';
import { emptyTrex, type TrackExtends } from '../isobmff/trex.ts';
import type { TrackRun } from '../isobmff/trun.ts';
import { malformed, unsupported } from '../malformed.ts';
import { type Ticks, ticks } from '../time.ts';
import type { Sample } from './types.ts';

/** Five minutes at 30 frames a second, or three and a half of AAC: nobody puts more into one fragment. */
export const MAX_SAMPLES_PER_FRAGMENT = 10_000;

/** The body of the `mdat` that a `moof` describes. */
export type MediaData = {
  readonly bytes: Uint8Array;
  /** Where `bytes` begin, counted from the first byte of the `moof`. */
  readonly start: number;
};

/** What has to be known of a track to read its fragments. */
export type TrackState = {
  readonly trex: TrackExtends;
  /** When a fragment begins that does not say so: where the one before it ended. */
  readonly nextDecodeTime: Ticks;
};

export type TrackSamples = {
  readonly trackId: number;
  readonly samples: readonly Sample[];
  /** Where the next fragment of the track begins if it does not say so. */
  readonly endTime: Ticks;
};

/**
 * The samples of a fragment by track, their data as views into the `mdat`. `stateOf` knows the tracks; fragments of one that it gives
 * undefined for are left out.
 *
 * Everything a fragment says about data is checked against the bytes that are there before anything is made of it: each run lies in the
 * `mdat`, and all together claim no more than it has, so that nobody can make a small file grow by naming the same bytes again and again.
 */
export function readFragmentSamples(
  moof: MovieFragment,
  mediaData: MediaData,
  stateOf: (trackId: number) => TrackState | undefined,
): readonly TrackSamples[] {
  const found: TrackSamples[] = [];
  let claimed = 0;
  // Without any base of its own, a traf counts from the end of the one before it (§8.8.7.1); the first one from the moof.
  let implicitBase = 0;
  for (const fragment of moof.tracks) {
    const { trackId } = fragment.header;
    const state = stateOf(trackId);
    const trex = state?.trex ?? emptyTrex(trackId);
    const spans = placeRuns(moof, fragment, trex, mediaData, implicitBase);
    for (const { start, end } of spans) {
      claimed += end - start;
      implicitBase = mediaData.start + end;
    }
    if (claimed > mediaData.bytes.length) {
      throw malformed('moof', moof.offset, `claims ${claimed} bytes of an mdat of ${mediaData.bytes.length}`);
    }
    if (state !== undefined) {
      const decodeTime = fragment.decodeTime ?? state.nextDecodeTime;
      found.push({ trackId, ...cutSamples(moof, fragment, trex, mediaData, spans, decodeTime) });
    }
  }
  return found;
}

/** Where the data of a run is in the body of the `mdat`. */
type Span = { readonly start: number; readonly end: number };

/** One span for each run, every one of them inside the `mdat`. */
function placeRuns(
  moof: MovieFragment,
  { header, runs }: TrackFragment,
  trex: TrackExtends,
  mediaData: MediaData,
  implicitBase: number,
): readonly Span[] {
  const available = mediaData.bytes.length;
  const base = baseOf(moof, header.baseDataOffset, header.defaultBaseIsMoof ? 0 : implicitBase);
  let position = base;
  return runs.map((run) => {
    if (run.sampleCount > available) {
      throw malformed('trun', moof.offset, `says ${run.sampleCount} samples for an mdat of ${available} bytes`);
    }
    position = run.dataOffset === undefined ? position : base + run.dataOffset;
    const start = position - mediaData.start;
    const end = start + bytesOf(run, header.defaultSize ?? trex.sampleSize);
    if (run.sampleCount > 0 && (start < 0 || end > available)) {
      throw malformed(
        'trun',
        moof.offset,
        `places its samples at ${start} to ${end} in an mdat of ${available} bytes`,
      );
    }
    position = mediaData.start + end;
    return { start, end };
  });
}

/** Counted from the moof. A base in the whole file is what Smooth Streaming and old muxers write. */
function baseOf(moof: MovieFragment, baseDataOffset: bigint | undefined, otherwise: number): number {
  return baseDataOffset === undefined ? otherwise : Number(baseDataOffset) - moof.offset;
}

/** At most 10 000 times 4 GiB, so a number is exact. */
function bytesOf(run: TrackRun, defaultSize: number): number {
  if (run.sizes === undefined) {
    return run.sampleCount * defaultSize;
  }
  let total = 0;
  for (const size of run.sizes) {
    total += size;
  }
  return total;
}

function cutSamples(
  moof: MovieFragment,
  { header, runs }: TrackFragment,
  trex: TrackExtends,
  mediaData: MediaData,
  spans: readonly Span[],
  decodeTime: Ticks,
): { readonly samples: readonly Sample[]; readonly endTime: Ticks } {
  const descriptionIndex = header.sampleDescriptionIndex ?? trex.sampleDescriptionIndex;
  if (descriptionIndex > 1) {
    throw unsupported('tfhd', moof.offset, `changes to sample description ${descriptionIndex}`);
  }
  const defaultDuration = header.defaultDuration ?? trex.sampleDuration;
  const defaultSize = header.defaultSize ?? trex.sampleSize;
  const defaultFlags = header.defaultFlags ?? trex.sampleFlags;
  const samples: Sample[] = [];
  let elapsed = 0;
  let ended = false;
  for (const [index, run] of runs.entries()) {
    let at = spans[index]?.start ?? 0;
    for (let sample = 0; sample < run.sampleCount; sample += 1) {
      if (ended) {
        throw malformed('trun', moof.offset, 'has a sample without duration before others');
      }
      const end = at + (run.sizes?.[sample] ?? defaultSize);
      const duration = run.durations?.[sample] ?? defaultDuration;
      const firstFlags = sample === 0 ? run.firstSampleFlags : undefined;
      samples.push({
        decodeTime: ticks(decodeTime + BigInt(elapsed)),
        // Only the last one may have none (§8.6.1.2), where a muxer does not know it. Time must still go on.
        duration: Math.max(1, duration),
        compositionOffset: run.compositionOffsets?.[sample] ?? 0,
        sync: isSyncSample(firstFlags ?? run.flags?.[sample] ?? defaultFlags),
        data: mediaData.bytes.subarray(at, end),
      });
      ended = duration === 0;
      elapsed += duration;
      at = end;
    }
  }
  return { samples, endTime: ticks(decodeTime + BigInt(elapsed)) };
}
