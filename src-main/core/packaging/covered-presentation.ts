import { writeChunk } from '../../media/cmaf/chunk.ts';
import { chunkNumber } from '../../media/cmaf/chunk-number.ts';
import type { SegmentList, SegmentRef } from '../../media/cmaf/segment-table.ts';
import type { Sample } from '../../media/cmaf/types.ts';
import { ticks } from '../../media/time.ts';
import type { Presentation, Track, TrackWindow } from '../ports/presentation.ts';
import { isRemoved } from '../ports/removed-media.ts';
import { followed } from './encryption/shown-as.ts';
import { notFound } from './media.ts';
import { segmentSamples } from './segment-samples.ts';
import { type Silence, silenceOf } from './silence.ts';

/** In rows of what is covered: how many bytes it has is known when it is asked for. */
const COVERED_BYTES = 1;
/** Which chunk of its segment it says it is: none that was taken back, because IVs are made of chunk headers and must not be used twice. */
const COVER_PART = 1000;

/**
 * A presentation in which the segments that were taken back of a broadcast are one picture that stands still, and silence: that before them, or
 * behind them where nothing is before. hls.js, video.js and dash.js do not get over a gap at the live edge by themselves (`decisions/0028`). Where neither is
 * known, and in recordings, they stay a gap.
 */
export function coveredPresentation(presentation: Presentation): Presentation {
  const windows = new WeakMap<TrackWindow, TrackWindow>();
  // By the track, because who reads may show it otherwise once more.
  const coverings = new WeakMap<Track, Covering>();

  function windowOf(original: TrackWindow): TrackWindow {
    const known = windows.get(original);
    if (known !== undefined) {
      return known;
    }
    const covering = createCovering(presentation, original);
    const shown = followed(original, { segments: covering.segments });
    windows.set(original, shown);
    coverings.set(original.track, covering);
    return shown;
  }

  return followed(presentation, {
    tracks: () => presentation.tracks().map(windowOf),
    async readSegment(window, sequence) {
      const cover = await coverings.get(window.track)?.read(sequence);
      return cover ?? (await presentation.readSegment(window, sequence));
    },
  });
}

type Covering = {
  readonly segments: SegmentList;
  /** What covers a segment; undefined when nothing does. Rejects with `MPE_FRAGMENT_TIMESTAMP_NOT_FOUND`. */
  read(sequence: number): Promise<Uint8Array | undefined>;
};

function createCovering(presentation: Presentation, original: TrackWindow): Covering {
  const { segments, track } = original;
  // One part is as good as ten of what nobody waits for.
  const silence = silenceOf(track, 2 * presentation.segmentSeconds);
  /** What pictures stand still with, by the first segment that was taken back; nothing when that could not be read any more. */
  const stills = new Map<number, Promise<Sample | undefined>>();

  function removalAt({ sequence, size, duration }: SegmentRef): number | undefined {
    if (size > 0 || duration === 0 || presentation.state() !== 'live') {
      return undefined;
    }
    return presentation.removed?.().find((range) => isRemoved([range], sequence))?.fromSequence;
  }

  function isCovered(row: SegmentRef): boolean {
    const removal = removalAt(row);
    if (removal === undefined) {
      return false;
    }
    return track.kind === 'audio' ? silence !== undefined : stillOf(removal, row.sequence) !== undefined;
  }

  /** Begins to read it, because it may leave the window before what it covers does. */
  function stillOf(removal: number, sequence: number): Promise<Sample | undefined> | undefined {
    const known = stills.get(removal);
    if (known !== undefined) {
      return known;
    }
    const source = nearest(segments, sequence, -1) ?? nearest(segments, sequence, 1);
    if (source === undefined) {
      return undefined;
    }
    const still = readStill(removal, source);
    stills.set(removal, still);
    return still;
  }

  async function readStill(removal: number, source: SegmentRef): Promise<Sample | undefined> {
    const sample = await firstPicture(presentation, original, source);
    if (sample === undefined) {
      // Another may do.
      stills.delete(removal);
    }
    return sample;
  }

  function rowAt(index: number): SegmentRef {
    const row = segments.at(index);
    return isCovered(row) ? { ...row, size: COVERED_BYTES } : row;
  }

  return {
    segments: {
      get length() {
        return segments.length;
      },
      get firstSequence() {
        return segments.firstSequence;
      },
      at: rowAt,
      indexAtTime: (time) => segments.indexAtTime(time),
      indexBefore: (time) => segments.indexBefore(time),
    },
    async read(sequence) {
      const index = sequence - segments.firstSequence;
      const row = index >= 0 && index < segments.length ? segments.at(index) : undefined;
      const removal = row && removalAt(row);
      if (row === undefined || removal === undefined) {
        return undefined;
      }
      if (track.kind === 'audio') {
        return silence && silentSegment(silence, row);
      }
      const sample = await stillOf(removal, sequence);
      if (sample === undefined) {
        throw notFound();
      }
      return stillSegment(sample, row);
    },
  };
}

/** The nearest segment that has media, in one direction. */
function nearest(segments: SegmentList, sequence: number, step: 1 | -1): SegmentRef | undefined {
  for (let index = sequence - segments.firstSequence; index >= 0 && index < segments.length; index += step) {
    const row = segments.at(index);
    if (row.size > 0) {
      return row;
    }
  }
  return undefined;
}

async function firstPicture(
  presentation: Presentation,
  window: TrackWindow,
  row: SegmentRef,
): Promise<Sample | undefined> {
  try {
    const bytes = await presentation.readSegment(window, row.sequence);
    const [first] = segmentSamples([bytes], row, { firstOnly: true }).samples;
    // Not the whole segment is kept for it.
    return first?.sync === true ? { ...first, data: Uint8Array.from(first.data) } : undefined;
  } catch {
    // It has left the window.
    return undefined;
  }
}

function stillSegment(picture: Sample, { sequence, time, duration }: SegmentRef): Uint8Array {
  const samples = [{ ...picture, decodeTime: time, duration }];
  return writeChunk(samples, { sequenceNumber: chunkNumber(sequence, COVER_PART), kind: 'video' }).bytes;
}

function silentSegment(silence: Silence, { sequence, time, duration }: SegmentRef): Uint8Array {
  const to = ticks(time + BigInt(duration));
  const parts = silence.partsOf({ sequence, before: COVER_PART, from: time, to });
  return Buffer.concat(parts.map((part) => silence.bytesOf(sequence, part)));
}
