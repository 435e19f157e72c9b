import { createEmitter } from '../../base/emitter.ts';
import type { SegmentTable } from '../../media/cmaf/segment-table.ts';
import { ticksToSeconds } from '../../media/time.ts';
import { AppError } from '../../shared/app-error.ts';
import type { PlacedCue } from '../ports/cues.ts';
import type { CaptionChannel, MediaGap, Presentation, Track, TrackWindow } from '../ports/presentation.ts';
import type { RemovedMedia } from '../ports/removed-media.ts';
import { createLengthWatch, type SegmentLengths } from '../ports/segment-lengths.ts';
import type { SegmentReader } from '../ports/store.ts';
import { mediaPath } from './file-names.ts';

/** A track of a recording, read from its files. */
export type RecordedTrack = {
  readonly track: Track;
  readonly table: SegmentTable;
  readonly captions?: readonly CaptionChannel[] | undefined;
  /** Of a separate track. */
  readonly gaps?: readonly MediaGap[] | undefined;
};

/** A finished recording as something that can be watched. */
export function createRecordingPresentation(options: {
  readonly id: string;
  readonly folder: string;
  readonly reader: SegmentReader;
  readonly tracks: readonly RecordedTrack[];
  readonly cues?: readonly PlacedCue[] | undefined;
  readonly removed?: readonly RemovedMedia[];
  readonly segmentSeconds: number;
  readonly fragmentsPerTsSegment?: number | undefined;
  readonly epochOffsetMs: number;
}): Presentation {
  const { tracks, cues = [], removed = [] } = options;
  const programme = tracks.filter(({ track }) => track.separate === undefined);
  const windows = programme.map(windowOf);
  const separate = tracks
    .filter(({ track }) => track.separate !== undefined)
    .map((recorded) => ({ ...windowOf(recorded), gaps: recorded.gaps ?? [] }));
  const tables = new Map(tracks.map(({ track, table }) => [track.id, table]));
  const leader = programme[0];
  const breaks: number[] = [];
  if (leader !== undefined) {
    for (let index = 1; index < leader.table.length; index += 1) {
      const segment = leader.table.at(index);
      if (segment.discontinuity) {
        breaks.push(segment.sequence);
      }
    }
  }
  const lengths = lengthsOf(programme, options.segmentSeconds);
  const startedAtMs =
    leader === undefined || leader.table.length === 0
      ? 0
      : ticksToSeconds(leader.table.at(0).time, leader.track.timescale) * 1000 + options.epochOffsetMs;

  return {
    id: options.id,
    state: () => 'ended',
    revision: () => 0,
    changed: createEmitter<undefined>(),
    tracks: () => windows,
    separate: () => separate,
    discontinuities: () => breaks,
    discontinuitySequence: () => 0,
    cues: () => cues,
    removed: () => removed,
    segmentSeconds: options.segmentSeconds,
    lengths: () => lengths,
    fragmentsPerTsSegment: options.fragmentsPerTsSegment,
    partSeconds: undefined,
    epochOffsetMs: options.epochOffsetMs,
    startedAtMs,
    async readSegment({ track }, sequence) {
      const table = tables.get(track.id);
      const index = table?.indexOfSequence(sequence) ?? -1;
      const size = table === undefined || index < 0 ? 0 : table.at(index).size;
      if (table === undefined || size === 0) {
        throw new AppError('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', 'The recording has nothing there.');
      }
      return await options.reader.read(options.folder, track, table.placeOf(index), size);
    },
    fileOf({ track }, sequence) {
      const table = tables.get(track.id);
      const index = table?.indexOfSequence(sequence) ?? -1;
      if (table === undefined || index < 0 || table.at(index).size === 0) {
        return undefined;
      }
      const { file, offset } = table.placeOf(index);
      return { path: mediaPath(options.folder, track, file), offset, size: table.at(index).size };
    },
    readPart: () => undefined,
  };
}

/** As many fragments are packed into a segment as were for viewers of the broadcast, whatever came first is left of it. */
function lengthsOf(tracks: readonly RecordedTrack[], usual: number): SegmentLengths {
  const watch = createLengthWatch(usual);
  for (const { track, table } of tracks) {
    for (let index = 0; index < table.length; index += 1) {
      const { size, duration } = table.at(index);
      if (size > 0) {
        watch.add(duration / track.timescale);
      }
    }
  }
  return { usual, longest: watch.now().longest };
}

export function windowOf({ track, table, captions }: RecordedTrack): TrackWindow {
  let bytes = 0;
  let duration = 0;
  let peak = 0;
  for (let index = 0; index < table.length; index += 1) {
    const segment = table.at(index);
    if (segment.duration > 0) {
      bytes += segment.size;
      duration += segment.size > 0 ? segment.duration : 0;
      peak = Math.max(peak, (segment.size * 8 * track.timescale) / segment.duration);
    }
  }
  return {
    track,
    segments: table,
    open: undefined,
    partsOf: () => [],
    peakBitrate: peak,
    averageBitrate: duration === 0 ? 0 : (bytes * 8 * track.timescale) / duration,
    captions,
  };
}
