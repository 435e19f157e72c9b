import type { Clock } from '../../../base/clock.ts';
import { writeInitSegment } from '../../../media/cmaf/init-segment.ts';
import type { Sample, TrackDescription } from '../../../media/cmaf/types.ts';
import type { Track } from '../../ports/presentation.ts';
import { createMerge, type Merge, type MergeDropReason } from './merge.ts';
import { urlName } from './track-key.ts';

/** One track of a live event: what connections bring of it, as one, and what is not known of it yet. */
export type FeedTrack = {
  readonly description: TrackDescription;
  readonly merge: Merge;
  /** Bits per second: declared, or measured when a second of it is there; undefined until then. */
  bitrate(): number | undefined;
  /** The same with whatever there is of it; undefined when there is nothing. */
  measuredBitrate(): number | undefined;
  /** As it stands on the timeline; undefined until `open`. */
  track(): Track | undefined;
  /** The timeline is going to know it; `samples` are what has waited. */
  open(id: string, bitrate: number): { readonly track: Track; readonly samples: readonly Sample[] };
  hasSamples(): boolean;
  waitingBytes(): number;
  /** Connections that bring it and live. */
  sources: number;
  newestKey: Sample | undefined;
};

export type FeedTrackOptions = {
  readonly clock: Clock;
  readonly description: TrackDescription;
  readonly name: string | undefined;
  readonly declaredBitrate: number | undefined;
  /** Samples came for which the track waits to be opened. */
  readonly waits: () => void;
  readonly forward: (track: Track, samples: readonly Sample[]) => void;
  readonly dropped: (sample: Sample, reason: MergeDropReason, isFirst: boolean) => void;
};

const MEASURE_SECONDS = 1;
/** Measured bitrates are no exact figures and should not look it. */
const MEASURE_GRAIN = 1000;

export function createFeedTrack(options: FeedTrackOptions): FeedTrack {
  const { description, name } = options;
  const declared = options.declaredBitrate === undefined ? undefined : Math.round(options.declaredBitrate);
  let waiting: Sample[] = [];
  let waitingBytes = 0;
  let track: Track | undefined;

  function measure(leastSeconds: number): number | undefined {
    const [first] = waiting;
    const last = waiting.at(-1);
    if (first === undefined || last === undefined) {
      return undefined;
    }
    const seconds = (Number(last.decodeTime - first.decodeTime) + last.duration) / description.timescale;
    return seconds < leastSeconds || seconds === 0
      ? undefined
      : Math.max(1, Math.round((waitingBytes * 8) / seconds / MEASURE_GRAIN)) * MEASURE_GRAIN;
  }

  function take(samples: readonly Sample[]): void {
    if (description.kind === 'video') {
      self.newestKey = samples.findLast(({ sync }) => sync) ?? self.newestKey;
    }
    if (track !== undefined) {
      options.forward(track, samples);
      return;
    }
    waiting.push(...samples);
    waitingBytes += samples.reduce((sum, { data }) => sum + data.length, 0);
    options.waits();
  }

  const self: FeedTrack = {
    description,
    merge: createMerge({
      clock: options.clock,
      kind: description.kind,
      timescale: description.timescale,
      emit: take,
      dropped: options.dropped,
    }),
    bitrate: () => track?.bitrate ?? declared ?? measure(MEASURE_SECONDS),
    measuredBitrate: () => track?.bitrate ?? declared ?? measure(0),
    track: () => track,
    open(id, bitrate) {
      const named = { ...description, bitrate };
      track = { ...named, id, name: urlName(description.kind, name), init: writeInitSegment(named) };
      const samples = waiting;
      waiting = [];
      waitingBytes = 0;
      return { track, samples };
    },
    hasSamples: () => waiting.length > 0 || track !== undefined,
    waitingBytes: () => waitingBytes,
    sources: 0,
    newestKey: undefined,
  };
  return self;
}
