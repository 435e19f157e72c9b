import { assert } from '../../base/assert.ts';
import { createEmitter, type EventSource } from '../../base/emitter.ts';
import { createSegmentTable, type SegmentPlace, type SegmentTable } from '../../media/cmaf/segment-table.ts';
import type { Chunk, Sample } from '../../media/cmaf/types.ts';
import { secondsToTicks, type Ticks, ticks, ticksToSeconds } from '../../media/time.ts';
import type { OpenSegment, Track } from '../ports/presentation.ts';
import type { RemovedMedia } from '../ports/removed-media.ts';
import { createLengthWatch, type SegmentLengths } from '../ports/segment-lengths.ts';
import type { ChunkPosition, ChunkStore } from '../ports/store.ts';
import type { TimelineInput } from '../ports/timeline.ts';
import { bitrateOf, emptyHeld, type Held, type RecentSegment, takeOldest, viewOf } from './held-segment.ts';
import { createRemovals } from './removals.ts';
import {
  type Boundary,
  boundaryTicks,
  createSegmenter,
  type Segmenter,
  type SegmenterTrack,
} from './segmenter.ts';
import { endOf, firstOfLeastMedia, firstSince, ROUNDING_SECONDS } from './table-times.ts';

/**
 * The one timeline of a live event: what its tracks hold, segment by segment. Encoders come and go as events on it. The newest segments are
 * in memory with their parts; of the rest of the archive window it keeps one table row each and the store has the bytes.
 */
export type Timeline = {
  readonly input: TimelineInput;
  tracks(): readonly TimelineTrack[];
  /** Of sound inputs that are recorded by themselves: they are cut as the others are and go into the store, and nothing goes by them. */
  separate(): readonly TimelineTrack[];
  /** Goes up with every chunk, every cut and the end. */
  revision(): number;
  readonly changed: EventSource<undefined>;
  /** Sequence number of the newest segment, complete or open; `firstSequence - 1` before the first chunk. */
  newestSequence(): number;
  /**
   * Sequence number of the first segment that is needed to show the last `seconds` of the timeline; 0 while there is none. An outage counts as
   * time, but leaves at least so many seconds of media, or what `firstOfLeastMedia` says.
   */
  firstWithin(seconds: number): number;
  /** How long its segments are. */
  lengths(): SegmentLengths;
  /** Sequence number of the first segment of which memory has every track. */
  inMemoryFrom(): number;
  /** Breaks of the timeline, oldest first; trimmed with the tables. */
  discontinuities(): readonly number[];
  /** Breaks that have been trimmed. */
  discontinuitiesBefore(): number;
  /** From the newest segment on everything goes into the store too, first what there is of it. Gives that segment's sequence number. */
  attachStore(store: ChunkStore): number;
  /** Nothing more goes into the store. */
  detachStore(): void;
  /** Forgets segments before `sequence`. */
  trim(sequence: number): void;
  /**
   * Takes back every segment that had not ended at a media time in ms, and all that comes until `endRemovalAt` has said where what may be shown
   * begins. Their rows stay, without bytes. Gives what of it the store may have by now.
   */
  removeSince(fromMs: number): Pick<RemovedMedia, 'fromSequence' | 'toSequence'>;
  /** The first segment that begins at that media time in ms or later is shown again. */
  endRemovalAt(ms: number): void;
  /** Oldest first; another array after each change. */
  removed(): readonly RemovedMedia[];
  /** Emits what is pending and closes the open segments. Idempotent. */
  end(): void;
};

export type TimelineTrack = {
  readonly track: Track;
  readonly table: SegmentTable;
  open(): OpenSegment | undefined;
  /** Of the open and the newest complete segments; undefined when no longer in memory. */
  recent(sequence: number): RecentSegment | undefined;
  peakBitrate(): number;
  averageBitrate(): number;
};

export type TimelineOptions = {
  readonly partSeconds: number;
  readonly segmentSeconds: number;
  readonly firstSequence: number;
  readonly onGap: (track: Track, expected: Ticks, found: Ticks) => void;
  readonly onDropped: (track: Track, sample: Sample, reason: 'overlap' | 'no-key-frame') => void;
  /** A segment of pictures is longer than was wanted, and than any before it. */
  readonly onLonger?: ((lengths: SegmentLengths) => void) | undefined;
};

const MIN_SEGMENT_SECONDS = 0.5;

type TrackState = TimelineTrack & {
  readonly held: Held[];
  current: Held | undefined;
  place: SegmentPlace;
  bytes: number;
  durationTicks: number;
  peak: number;
};

export function createTimeline(options: TimelineOptions): Timeline {
  const changed = createEmitter<undefined>();
  const states = new Map<string, TrackState>();
  const tracks: TimelineTrack[] = [];
  const separate: TimelineTrack[] = [];
  const boundaries: Boundary[] = [];
  const breaks: number[] = [];
  const removals = createRemovals();
  let trimmedBreaks = 0;
  const lengths = createLengthWatch(options.segmentSeconds);
  let inMemoryFrom = 0;
  let revision = 0;
  let newest = options.firstSequence - 1;
  let segmenter: Segmenter | undefined;
  let store: ChunkStore | undefined;
  let storeFrom = Infinity;
  let ended = false;

  function touch(): void {
    revision += 1;
    changed.emit(undefined);
  }

  function stateOf(trackId: string): TrackState {
    const state = states.get(trackId);
    assert(state !== undefined, `track ${trackId} was added`);
    return state;
  }

  function addTrack(track: Track): void {
    const held: Held[] = [];
    const state: TrackState = {
      track,
      table: createSegmentTable(),
      held,
      current: undefined,
      place: { file: 0, offset: 0 },
      bytes: 0,
      durationTicks: 0,
      peak: 0,
      open: () =>
        state.current === undefined || removals.has(state.current.sequence) ? undefined : state.current,
      recent(sequence) {
        if (removals.has(sequence)) {
          return undefined;
        }
        const found =
          state.current?.sequence === sequence ? state.current : held.find((one) => one.sequence === sequence);
        return found === undefined ? undefined : viewOf(found);
      },
      peakBitrate: () => Math.max(state.peak, bitrateOf(state.current, track.timescale)),
      averageBitrate: () =>
        state.durationTicks === 0 ? 0 : (state.bytes * 8 * track.timescale) / state.durationTicks,
    };
    states.set(track.id, state);
    if (storeFrom !== Infinity) {
      store?.addTrack(track);
    }
    if (track.separate !== undefined) {
      separate.push(state);
      // Which encoder was there first is chance.
      separate.sort((a, b) => a.track.id.localeCompare(b.track.id, 'en', { numeric: true }));
      return;
    }
    tracks.splice(placeFor(track), 0, state);
  }

  /**
   * Pictures best first, then sound. Of encoders that each bring a track, which was there first is chance, as long as no segment is complete; one that
   * comes later stands behind those of its kind: for what is made of a track and the ones like it the first is the one to go by.
   */
  function placeFor({ kind, bitrate }: Track): number {
    if (kind === 'audio') {
      return tracks.length;
    }
    const isEarly = tracks.every(({ table }) => table.length === 0);
    const next = tracks.findIndex(({ track }) => track.kind === 'audio' || (isEarly && track.bitrate < bitrate));
    return next < 0 ? tracks.length : next;
  }

  function onBoundary(boundary: Boundary): void {
    boundaries.push(boundary);
    // Cuts are needed until every track has passed them.
    while (boundaries.length > 64) {
      boundaries.shift();
    }
    newest = boundary.sequence;
    removals.cut(boundary.sequence, 1000 * ticksToSeconds(boundary.time, boundary.timescale));
    if (boundary.discontinuity) {
      breaks.push(boundary.sequence);
    }
  }

  function onChunk(trackId: string, chunk: Chunk, position: ChunkPosition): void {
    const state = stateOf(trackId);
    if (state.current?.sequence !== position.sequence) {
      completeSegment(state, position.sequence);
      state.current = {
        sequence: position.sequence,
        time: chunk.decodeTime,
        discontinuity: position.discontinuity,
        duration: 0,
        parts: [],
        chunks: [],
        whole: undefined,
        stored: false,
      };
    }
    const current = state.current;
    if (!removals.has(position.sequence)) {
      addPart(state, current, chunk, position);
    }
    // By distance and not by sum, so that a hole inside a segment is part of its length.
    current.duration = Number(chunk.decodeTime - current.time) + chunk.duration;
    // Nobody watches a separate track: what is made for viewers need not be made anew for it.
    if (state.track.separate === undefined) {
      touch();
    }
  }

  function addPart(state: TrackState, current: Held, chunk: Chunk, position: ChunkPosition): void {
    if (position.sequence >= storeFrom) {
      keep(state, current, store?.append(state.track.id, chunk, position), position.part);
    }
    current.parts.push({
      index: current.parts.length,
      time: chunk.decodeTime,
      duration: chunk.duration,
      size: chunk.bytes.length,
      independent: chunk.independent,
    });
    current.chunks.push(chunk.bytes);
    current.whole = undefined;
  }

  /** Notes where a segment stands. One whose chunks were not all taken is not stored: its row goes when memory forgets it. */
  function keep(state: TrackState, held: Held, place: SegmentPlace | undefined, part: number): void {
    if (part === 0 && place !== undefined) {
      state.place = place;
      held.stored = true;
    } else if (place === undefined) {
      held.stored = false;
    }
  }

  /** Moves the open segment into the table, and gives rows of no bytes to the sequence numbers that the track has nothing of. */
  function completeSegment(state: TrackState, nextSequence: number): void {
    const { current, table } = state;
    if (current !== undefined) {
      const size = current.parts.reduce((sum, part) => sum + part.size, 0);
      table.append({ ...current, size }, state.place);
      if (size > 0) {
        state.bytes += size;
        state.durationTicks += current.duration;
        state.peak = Math.max(state.peak, bitrateOf(current, state.track.timescale));
        state.held.push(current);
        noteLength(state, current);
      }
      forgetOldest(state);
      state.current = undefined;
    }
    if (table.length > 0) {
      for (let missing = table.firstSequence + table.length; missing < nextSequence; missing += 1) {
        appendMissing(state, missing);
      }
    }
  }

  /**
   * By pictures, because sound is cut where they are, and without holes: who was away set no key frames.
   */
  function noteLength({ track }: TrackState, { parts }: Held): void {
    const media = parts.reduce((sum, { duration }) => sum + duration, 0);
    const isLonger = track.kind === 'video' && lengths.add(media / track.timescale);
    // With more than one key frame in it, it is longer because sound set the cuts while the pictures were late.
    if (isLonger && parts.filter(({ independent }) => independent).length === 1) {
      options.onLonger?.(lengths.now());
    }
  }

  function forgetOldest(state: TrackState): void {
    const { held, table, track } = state;
    for (const forgotten of takeOldest(held, lengths.now().longest * track.timescale)) {
      if (track.separate === undefined) {
        inMemoryFrom = Math.max(inMemoryFrom, forgotten.sequence + 1);
      }
      if (!isStored(state, forgotten)) {
        table.markMissing(forgotten.sequence);
      }
    }
  }

  /** A write that failed may have been that of chunks which the store had taken already. */
  function isStored({ table, track }: TrackState, { sequence, stored }: Held): boolean {
    const index = table.indexOfSequence(sequence);
    return stored && (index < 0 || (store?.holds(track.id, table.placeOf(index), table.at(index).size) ?? true));
  }

  function appendMissing(state: TrackState, sequence: number): void {
    const { table, track } = state;
    const last = table.at(table.length - 1);
    const from = boundaries.find((boundary) => boundary.sequence === sequence);
    const to = boundaries.find((boundary) => boundary.sequence === sequence + 1);
    const time =
      from === undefined ? ticks(last.time + BigInt(last.duration)) : boundaryTicks(from, track.timescale);
    // Of cuts so long ago that nobody knows them any more only the order is kept.
    const known = from !== undefined && to !== undefined;
    const duration = known ? Number(boundaryTicks(to, track.timescale) - time) : 0;
    table.append(
      { sequence, time, duration: Math.max(0, duration), size: 0, discontinuity: from?.discontinuity ?? false },
      { file: 0, offset: 0 },
    );
  }

  return {
    input: {
      open(opened) {
        for (const track of opened) {
          addTrack(track);
          segmenter?.addTrack(segmented(track));
        }
        // Separate tracks may be there first: they wait for what they are beside.
        if (segmenter !== undefined || tracks.length === 0) {
          return;
        }
        segmenter = createSegmenter(
          {
            tracks: [...tracks, ...separate].map(({ track }) => segmented(track)),
            partSeconds: options.partSeconds,
            segmentSeconds: options.segmentSeconds,
            minSegmentSeconds: MIN_SEGMENT_SECONDS,
            firstSequence: options.firstSequence,
          },
          {
            boundary: onBoundary,
            chunk: onChunk,
            dropped: (trackId, sample, reason) => options.onDropped(stateOf(trackId).track, sample, reason),
            gap: (trackId, expected, found) => options.onGap(stateOf(trackId).track, expected, found),
            stopped(trackId, sequence) {
              completeSegment(stateOf(trackId), sequence + 1);
              touch();
            },
          },
        );
      },
      push(trackId, samples) {
        const isEarly = segmenter === undefined && stateOf(trackId).track.separate !== undefined;
        assert(segmenter !== undefined || isEarly, 'tracks are announced before their samples');
        if (!ended) {
          segmenter?.push(trackId, samples);
        }
      },
    },
    tracks: () => tracks,
    separate: () => separate,
    revision: () => revision,
    changed,
    newestSequence: () => newest,
    firstWithin(seconds) {
      const begun = tracks.filter(({ table }) => table.length > 0);
      // Back from the track that has come furthest: one that has stopped must not stop the window.
      const [leader] = begun.toSorted((a, b) => endOf(b) - endOf(a));
      if (leader === undefined) {
        return 0;
      }
      const newestSegment = leader.table.at(leader.table.length - 1);
      const edge = ticksToSeconds(
        ticks(newestSegment.time + BigInt(newestSegment.duration)),
        leader.track.timescale,
      );
      const from = edge - Math.max(0, seconds - ROUNDING_SECONDS);
      // By all that were there by then: one that has come late, or had stopped, knows no segment so far back or so far on.
      const found = begun.flatMap(({ table, track }) => {
        const index = table.indexBefore(secondsToTicks(from, track.timescale));
        return index < 0 ? [] : [table.firstSequence + index];
      });
      const first =
        found.length > 0 ? Math.max(...found) : Math.min(...begun.map(({ table }) => table.firstSequence));
      return Math.min(first, firstOfLeastMedia(begun, leader, { seconds, longest: lengths.now().longest }));
    },
    lengths: () => lengths.now(),
    inMemoryFrom: () => inMemoryFrom,
    discontinuities: () => breaks,
    discontinuitiesBefore: () => trimmedBreaks,
    attachStore(target) {
      assert(store === undefined, 'one store at a time');
      store = target;
      storeFrom = Math.max(newest, options.firstSequence);
      for (const state of states.values()) {
        store.addTrack(state.track);
        replay(state, store);
      }
      return storeFrom;
    },
    detachStore() {
      store = undefined;
      storeFrom = Infinity;
    },
    trim(sequence) {
      for (const { table } of states.values()) {
        table.dropFirst(Math.max(0, sequence - table.firstSequence));
      }
      while (breaks[0] !== undefined && breaks[0] < sequence) {
        breaks.shift();
        trimmedBreaks += 1;
      }
    },
    removeSince(fromMs) {
      const firsts = tracks.flatMap(({ track }) => firstSince(stateOf(track.id), fromMs) ?? []);
      const fromSequence = Math.min(Math.max(newest, options.firstSequence), ...firsts);
      removals.begin(fromSequence, fromMs);
      for (const state of states.values()) {
        forget(state, fromSequence);
      }
      touch();
      return { fromSequence, toSequence: newest };
    },
    endRemovalAt: (ms) => removals.endAt(ms),
    removed: () => removals.list(),
    end() {
      if (ended) {
        return;
      }
      segmenter?.flush();
      ended = true;
      for (const state of states.values()) {
        completeSegment(state, 0);
      }
      touch();
    },
  };

  /** Writes what there is of the open segment, as if the store had been there from its beginning. */
  function replay(state: TrackState, target: ChunkStore): void {
    const { current } = state;
    if (current === undefined || current.sequence < storeFrom) {
      return;
    }
    for (const [part, bytes] of current.chunks.entries()) {
      const ref = current.parts[part];
      assert(ref !== undefined, 'a part for every chunk');
      const chunk = {
        decodeTime: ref.time,
        duration: ref.duration,
        sampleCount: 0,
        independent: ref.independent,
        bytes,
      };
      const position = { sequence: current.sequence, part, discontinuity: current.discontinuity };
      keep(state, current, target.append(state.track.id, chunk, position), part);
    }
  }
}

/** Drops the bytes of the segments from one on; their times stay. */
function forget({ table, held, current }: TrackState, fromSequence: number): void {
  const end = table.firstSequence + table.length;
  for (let sequence = Math.max(fromSequence, table.firstSequence); sequence < end; sequence += 1) {
    table.markMissing(sequence);
  }
  held.splice(0, held.length, ...held.filter(({ sequence }) => sequence < fromSequence));
  if (current !== undefined && current.sequence >= fromSequence) {
    emptyHeld(current);
  }
}

function segmented({ id, kind, timescale, separate }: Track): SegmenterTrack {
  return { id, kind, timescale, aside: separate !== undefined };
}
