import { assert } from '../../base/assert.ts';
import { writeChunk } from '../../media/cmaf/chunk.ts';
import { chunkNumber } from '../../media/cmaf/chunk-number.ts';
import type { Chunk, Sample } from '../../media/cmaf/types.ts';
import { rescale, type Ticks, ticks } from '../../media/time.ts';
import type { ChunkPosition } from '../ports/store.ts';

/** What the segmenter has to know of a track. */
export type SegmenterTrack = { readonly id: string; readonly kind: 'video' | 'audio'; readonly timescale: number };

export type SegmenterOptions = {
  /** Every track that will come, so that the one that sets the cuts is known from the first sample. */
  readonly tracks: readonly SegmenterTrack[];
  /** Aimed-at length of a part in seconds; parts are whole frames nearest to it. */
  readonly partSeconds: number;
  /** Aimed-at length of a segment where no key frames set it (sound only). */
  readonly segmentSeconds: number;
  /** Key frames nearer than this to the last cut do not cut again. */
  readonly minSegmentSeconds: number;
  /** Sequence number of the first segment. */
  readonly firstSequence: number;
};

export type SegmenterSink = {
  /** A segment of the timeline begins, told before the first chunk of it in any track. */
  readonly boundary: (boundary: Boundary) => void;
  readonly chunk: (trackId: string, chunk: Chunk, position: ChunkPosition) => void;
  /** A sample that overlaps what the track already has, or that nothing can be decoded from. */
  readonly dropped: (trackId: string, sample: Sample, reason: 'overlap' | 'no-key-frame') => void;
  /** The track jumped forward. Both in ticks of the track. */
  readonly gap: (trackId: string, expected: Ticks, found: Ticks) => void;
};

export type Boundary = {
  readonly sequence: number;
  /** In ticks of the track that set it. */
  readonly time: Ticks;
  readonly timescale: number;
  readonly discontinuity: boolean;
};

/**
 * Turns the samples of an event's tracks into chunks on one row of segments.
 *
 * One track, the first video or else the first audio, sets the cuts: at its key frames. The others follow it: video starts a segment at its
 * own key frame there, sound at the first frame that begins there or later. A follower's samples wait until the leader has passed them,
 * because only then is it known whether there is a cut; both are needed for playing anyway, so that costs nobody time. When the leader is
 * silent for longer than `HOLD_SECONDS`, the follower that is furthest ahead leads.
 */
export type Segmenter = {
  push(trackId: string, samples: readonly Sample[]): void;
  /** Emits what is pending as the last chunks. */
  flush(): void;
};

/** Follower samples that wait for a leader that has stopped; beyond this the leader is given up. */
const HOLD_SECONDS = 3;
/** Cuts that a follower may still ask for. Followers are at most `HOLD_SECONDS` behind and cuts at least half a second apart. */
const BOUNDARIES_KEPT = 64;

type TrackState = {
  readonly track: SegmenterTrack;
  /** Where the next sample is expected. */
  next: Ticks | undefined;
  /** Samples not yet looked at: for followers, those the leader has not passed. */
  queue: Sample[];
  /** Samples of the chunk being gathered. */
  pending: Sample[];
  pendingTicks: number;
  /** Jumped forward and, if video, still without a key frame to go on from. */
  lost: boolean;
  segment:
    | { readonly sequence: number; readonly start: Ticks; readonly discontinuity: boolean; parts: number }
    | undefined;
};

export function createSegmenter(options: SegmenterOptions, sink: SegmenterSink): Segmenter {
  const states = new Map<string, TrackState>(
    options.tracks.map((track) => [
      track.id,
      { track, next: undefined, queue: [], pending: [], pendingTicks: 0, lost: false, segment: undefined },
    ]),
  );
  const boundaries: Boundary[] = [];
  let sequence = options.firstSequence - 1;
  let leader = leaderOf([...states.values()]);

  function leaderOf(candidates: readonly TrackState[]): TrackState {
    const found = candidates.find(({ track }) => track.kind === 'video') ?? candidates[0];
    assert(found !== undefined, 'an event has a track');
    return found;
  }

  function push(trackId: string, samples: readonly Sample[]): void {
    const state = states.get(trackId);
    assert(state !== undefined, `track ${trackId} was announced`);
    state.queue.push(...samples);
    if (state !== leader && isHeldTooLong(state)) {
      leader = leaderOf([...states.values()].filter((candidate) => candidate.queue.length > 0));
    }
    drain();
  }

  function isHeldTooLong(state: TrackState): boolean {
    const [first] = state.queue;
    const last = state.queue.at(-1);
    return (
      first !== undefined &&
      last !== undefined &&
      Number(last.decodeTime - first.decodeTime) > HOLD_SECONDS * state.track.timescale
    );
  }

  function drain(): void {
    for (const sample of leader.queue.splice(0)) {
      accept(leader, sample);
    }
    const horizon = leader.next;
    if (horizon === undefined) {
      return;
    }
    for (const state of states.values()) {
      if (state === leader) {
        continue;
      }
      let passed = 0;
      for (const sample of state.queue) {
        if (!isBefore(sample.decodeTime, state.track.timescale, horizon, leader.track.timescale)) {
          break;
        }
        passed += 1;
      }
      for (const sample of state.queue.splice(0, passed)) {
        accept(state, sample);
      }
    }
  }

  /** Puts a sample onto its track's row of times: drops what overlaps, closes differences below half a frame, notes gaps. */
  function accept(state: TrackState, sample: Sample): void {
    if (state.next === undefined) {
      place(state, sample);
      return;
    }
    const away = Number(sample.decodeTime - state.next);
    const tolerance = sample.duration / 2;
    if (away < -tolerance) {
      sink.dropped(state.track.id, sample, 'overlap');
    } else if (away <= tolerance) {
      place(state, away === 0 ? sample : { ...sample, decodeTime: state.next });
    } else {
      if (!state.lost) {
        sink.gap(state.track.id, state.next, sample.decodeTime);
        flushPending(state);
        state.lost = true;
      }
      place(state, sample);
    }
  }

  function place(state: TrackState, sample: Sample): void {
    if (state.track.kind === 'video' && !sample.sync && (state.segment === undefined || state.lost)) {
      // Nothing can be decoded before a key frame: the gap lasts until the next one.
      sink.dropped(state.track.id, sample, 'no-key-frame');
      return;
    }
    const cut = state === leader ? leaderCut(state, sample) : followerCut(state, sample);
    state.lost = false;
    if (cut !== undefined) {
      flushPending(state);
      state.segment = {
        sequence: cut.sequence,
        start: sample.decodeTime,
        discontinuity: cut.discontinuity,
        parts: 0,
      };
    }
    if (state.segment === undefined) {
      // A follower before the first cut of the timeline.
      return;
    }
    state.pending.push(sample);
    state.pendingTicks += sample.duration;
    state.next = ticks(sample.decodeTime + BigInt(sample.duration));
    if (isPartFull(state, state.segment, sample)) {
      flushPending(state);
    }
  }

  function leaderCut(state: TrackState, sample: Sample): Boundary | undefined {
    const { segment, track, lost } = state;
    if (segment !== undefined && !lost) {
      const elapsed = Number(sample.decodeTime - segment.start) + sample.duration / 2;
      const least = track.kind === 'video' ? options.minSegmentSeconds : options.segmentSeconds;
      if (!sample.sync || elapsed < least * track.timescale) {
        return undefined;
      }
    }
    // A new leader takes over a timeline that has cuts already: it never cuts at or before the last of them.
    const last = boundaries.at(-1);
    if (last !== undefined && !isBefore(last.time, last.timescale, sample.decodeTime, track.timescale)) {
      return segment === undefined ? last : undefined;
    }
    sequence += 1;
    const boundary = { sequence, time: sample.decodeTime, timescale: track.timescale, discontinuity: lost };
    boundaries.push(boundary);
    if (boundaries.length > BOUNDARIES_KEPT) {
      boundaries.shift();
    }
    sink.boundary(boundary);
    return boundary;
  }

  function followerCut(state: TrackState, sample: Sample): Boundary | undefined {
    if (state.track.kind === 'video' && !sample.sync) {
      return undefined;
    }
    // Half a frame of tolerance for video: its key frame may be rounded to a tick before the leader's.
    const reach = state.track.kind === 'video' ? Math.floor(sample.duration / 2) : 0;
    const time = ticks(sample.decodeTime + BigInt(reach));
    const boundary = boundaries.findLast(
      (candidate) => !isBefore(time, state.track.timescale, candidate.time, candidate.timescale),
    );
    return boundary !== undefined && boundary.sequence > (state.segment?.sequence ?? -1) ? boundary : undefined;
  }

  /** Video parts are counted in frames, so that all are alike; sound parts keep to the grid of parts from the segment's start. */
  function isPartFull(
    state: TrackState,
    segment: { readonly start: Ticks; readonly parts: number },
    sample: Sample,
  ): boolean {
    const goal = options.partSeconds * state.track.timescale;
    if (state.track.kind === 'video') {
      return state.pendingTicks + sample.duration / 2 > goal;
    }
    const end = Number(sample.decodeTime - segment.start) + sample.duration;
    return end + sample.duration / 2 >= (segment.parts + 1) * goal;
  }

  function flushPending(state: TrackState): void {
    const { segment, pending } = state;
    if (segment === undefined || pending.length === 0) {
      return;
    }
    const position = { sequence: segment.sequence, part: segment.parts, discontinuity: segment.discontinuity };
    const chunk = writeChunk(pending, {
      sequenceNumber: chunkNumber(position.sequence, position.part),
      kind: state.track.kind,
    });
    segment.parts += 1;
    state.pending = [];
    state.pendingTicks = 0;
    sink.chunk(state.track.id, chunk, position);
  }

  return {
    push,
    flush() {
      // Whoever waited for the leader needs not wait any more.
      for (const state of states.values()) {
        for (const sample of state.queue.splice(0)) {
          accept(state, sample);
        }
      }
      for (const state of states.values()) {
        flushPending(state);
      }
    },
  };
}

/** a < b, exactly, whatever their timescales. */
function isBefore(a: Ticks, aTimescale: number, b: Ticks, bTimescale: number): boolean {
  return aTimescale === bTimescale ? a < b : a * BigInt(bTimescale) < b * BigInt(aTimescale);
}

/** Where the follower of a cut stands in its own ticks; for tables that have nothing there. */
export function boundaryTicks(boundary: Boundary, timescale: number): Ticks {
  return rescale(boundary.time, boundary.timescale, timescale);
}
