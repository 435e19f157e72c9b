import type { Sample } from '../../../media/cmaf/types.ts';
import { rescale, ticks } from '../../../media/time.ts';
import type { FeedTrack } from './feed-track.ts';
import type { Offset, Span, TimeMap } from './time-map.ts';

/** What one connection brings of one track: moved onto the media time and into the merge. */
export type Source = {
  readonly track: FeedTrack;
  push(samples: readonly Sample[]): void;
  offset(): Offset | undefined;
  /** The first sample, on the media time. */
  first(): Sample | undefined;
  duplicates(): number;
  end(): void;
};

const MICROSECONDS = 1_000_000;
/** Between two samples in a row an encoder may leave out this much and has not set its clock. */
const JUMP_US = 1_000_000n;
/** A push is taken as one stretch when it is no longer than any fragment; else only its first sample is believed. */
const MAX_STRETCH_US = 60_000_000n;

export function createSource(options: {
  readonly track: FeedTrack;
  readonly times: TimeMap;
  /** The offset that the connection has already, by another of its tracks. */
  readonly preferred: () => Offset | undefined;
}): Source {
  const { track, times, preferred } = options;
  const { timescale } = track.description;
  const merged = track.merge.addSource();
  let offset: Offset | undefined;
  /** Encoder time behind the newest sample. */
  let endUs: bigint | undefined;
  let first: Sample | undefined;
  let isEnded = false;
  track.sources += 1;

  const toUs = (time: bigint): bigint => rescale(ticks(time), timescale, MICROSECONDS);
  const endOf = (sample: Sample): bigint => toUs(sample.decodeTime + BigInt(sample.duration));

  function spanFrom(samples: readonly Sample[], index: number): Span {
    const sample = samples[index];
    const last = samples.at(-1);
    if (sample === undefined || last === undefined) {
      return { fromUs: 0n, toUs: 0n };
    }
    const fromUs = toUs(sample.decodeTime);
    const lastUs = endOf(last);
    return {
      fromUs,
      toUs: lastUs > fromUs && lastUs - fromUs < MAX_STRETCH_US ? lastUs : endOf(sample),
      isKnown: (candidate) => track.merge.knows(moved(sample, candidate)),
    };
  }

  function moved(sample: Sample, by: Offset): Sample {
    return { ...sample, decodeTime: ticks(sample.decodeTime + by.in(timescale)) };
  }

  /** The offset of a sample: that of the one before, unless its time cannot be believed under that. */
  function offsetOf(samples: readonly Sample[], index: number, fromUs: bigint): Offset {
    if (offset === undefined) {
      return times.choose(spanFrom(samples, index), preferred());
    }
    const jump = fromUs - (endUs ?? fromUs);
    if (jump <= JUMP_US && jump >= -JUMP_US) {
      return offset;
    }
    const span = spanFrom(samples, index);
    return times.isPlausible(span, offset) ? offset : times.choose(span);
  }

  return {
    track,
    push(samples) {
      if (isEnded) {
        return;
      }
      const out: Sample[] = [];
      for (const [index, sample] of samples.entries()) {
        offset = offsetOf(samples, index, toUs(sample.decodeTime));
        endUs = endOf(sample);
        times.reached(endUs + offset.us);
        out.push(moved(sample, offset));
      }
      first ??= out[0];
      merged.push(out);
    },
    offset: () => offset,
    first: () => first,
    duplicates: () => merged.duplicates(),
    end() {
      if (!isEnded) {
        isEnded = true;
        track.sources -= 1;
        merged.end();
      }
    },
  };
}
