import { assert } from '../../base/assert.ts';
import { writeChunk } from '../../media/cmaf/chunk.ts';
import { chunkNumber } from '../../media/cmaf/chunk-number.ts';
import type { Chunk, Sample } from '../../media/cmaf/types.ts';
import { rescale, type Ticks, ticks } from '../../media/time.ts';
import type { ChunkPosition } from '../ports/store.ts';

/** What the segmenter has to know of a track. */
export type SegmenterTrack = {
  readonly id: string;
  readonly kind: 'video' | 'audio';
  readonly timescale: number;
  /** It sets no cuts, whatever else there is or is not, and nobody waits for it: it may begin, and be missing, anywhere. */
  readonly aside?: boolean | undefined;
};

export type SegmenterOptions = {
  /** Those known at the beginning, so that the one that sets the cuts is known from the first sample. */
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
  /** Samples begin to be left out that overlap what the track already has, or that nothing can be decoded from: the first of a row. */
  readonly dropped: (trackId: string, sample: Sample, reason: DropReason) => void;
  /** The track jumped forward. Both in ticks of the track. */
  readonly gap: (trackId: string, expected: Ticks, found: Ticks) => void;
  /** The track has had nothing for so long that it is not waited for: up to and with this segment it has what it has. */
  readonly stopped: (trackId: string, sequence: number) => void;
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
 * silent for longer than `HOLD_SECONDS`, another that has samples leads, until one before it in that order has a key frame again.
 */
export type Segmenter = {
  /**
   * A track that comes when the others have begun. It begins with the newest cut if it has that very one, else with one behind it; that of
   * the pictures may be set by its key frames only when no track before it has any.
   */
  addTrack(track: SegmenterTrack): void;
  push(trackId: string, samples: readonly Sample[]): void;
  /** Emits what is pending as the last chunks. */
  flush(): void;
};

/** Follower samples that wait for a leader that has stopped; beyond this the leader is given up. */
const HOLD_SECONDS = 3;
/**
 * Of pictures that have begun: sooner, because they set the same cuts. So nothing is lost when the leader was only late, while all who watch
 * wait. Those that have not begun would pass over cuts on their way to their first key frame.
 */
const HOLD_PICTURES_SECONDS = 1;
/**
 * A jump forward of no more than this is an encoder that left out a frame or two: nothing that was coded is missing, so it decodes on.
 * Behind a longer one the stream may be another.
 */
const SKIP_SECONDS = 0.1;
/** An encoder that takes over and begins further back than this has nothing to do with what the track has: it counts from its next key frame. */
const SQUEEZE_SECONDS = 1;
/** What an aside track may have waiting while nobody leads; then it begins anew. */
const ASIDE_SECONDS = 20;
/** A track that is further than this behind a cut has stopped: nobody who waits for the segment before it waits for that track. */
const STOPPED_SECONDS = 10;
/** Cuts that a follower may still ask for. Followers are at most `HOLD_SECONDS` behind and cuts at least half a second apart. */
const BOUNDARIES_KEPT = 64;

type DropReason = 'overlap' | 'no-key-frame';

type TrackState = {
  readonly track: SegmenterTrack;
  /** Where the next sample is expected. */
  next: Ticks | undefined;
  /** Samples not yet looked at: for followers, those the leader has not passed. */
  queue: Sample[];
  /** Samples of the chunk being gathered. */
  pending: Sample[];
  pendingTicks: number;
  /** The stream broke off and, if video, is still without a key frame to go on from. */
  lost: boolean;
  /** Why samples are being left out at present. */
  dropping: DropReason | undefined;
  /** Takes what overlaps, in next to no time. */
  squeezes: boolean;
  /** Of a video track the newest key frame and those shortly before it, as they came. */
  keyFrames: Sample[];
  /** The first segment that it may begin with at another time than the cut's; earlier ones that it has nothing of are not begun. */
  joinsFrom: number;
  /** No segment up to and with this one is begun any more. */
  settledTo: number;
  segment:
    | { readonly sequence: number; readonly start: Ticks; readonly discontinuity: boolean; parts: number }
    | undefined;
};

export function createSegmenter(options: SegmenterOptions, sink: SegmenterSink): Segmenter {
  const states = new Map<string, TrackState>();
  const boundaries: Boundary[] = [];
  let sequence = options.firstSequence - 1;
  let settled = sequence;
  /** In the order in which they may lead: video before audio. */
  let candidates: readonly TrackState[] = [];
  for (const track of options.tracks) {
    addTrack(track);
  }
  let leader = firstOf(candidates);

  function addTrack(track: SegmenterTrack): void {
    assert(!states.has(track.id), `track ${track.id} is new`);
    states.set(track.id, {
      track,
      next: undefined,
      queue: [],
      pending: [],
      pendingTicks: 0,
      lost: false,
      dropping: undefined,
      squeezes: false,
      keyFrames: [],
      joinsFrom: track.aside === true ? 0 : sequence + 1,
      settledTo: options.firstSequence - 1,
      segment: undefined,
    });
    candidates = [...states.values()]
      .filter((state) => state.track.aside !== true)
      .toSorted((a, b) => rank(a.track) - rank(b.track));
  }

  function push(trackId: string, samples: readonly Sample[]): void {
    const state = states.get(trackId);
    assert(state !== undefined, `track ${trackId} was announced`);
    state.queue.push(...samples);
    if (state.track.aside === true) {
      state.queue = heldSeconds(state) > ASIDE_SECONDS ? [] : state.queue;
      drain();
      return;
    }
    if (leadsBefore(state)) {
      leader = state;
    }
    drain();
    if (state !== leader && isHeldTooLong(state)) {
      leader = firstOf(candidates.filter((candidate) => candidate.queue.length > 0));
      drain();
    }
  }

  /** Whether the track that should lead is back. It may still be behind what the others have: there it joins their cuts. */
  function leadsBefore(state: TrackState): boolean {
    return candidates.indexOf(state) < candidates.indexOf(leader) && state.queue.some(({ sync }) => sync);
  }

  /** By what is held and not by its times: sound from before and behind a gap is no sign that the pictures stay away. */
  function isHeldTooLong(state: TrackState): boolean {
    const setsSameCuts = state.track.kind === 'video' && state.segment !== undefined;
    return heldSeconds(state) > (setsSameCuts ? HOLD_PICTURES_SECONDS : HOLD_SECONDS);
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
    settle();
  }

  /** Closes what has stopped behind it, so that no window waits for it. */
  function settle(): void {
    const newest = boundaries.at(-1);
    if (newest === undefined || newest.sequence === settled) {
      return;
    }
    settled = newest.sequence;
    const limit = ticks(newest.time - BigInt(STOPPED_SECONDS * newest.timescale));
    const last = boundaries.findLast(
      (candidate) => !isBefore(limit, newest.timescale, candidate.time, candidate.timescale),
    );
    if (last === undefined) {
      return;
    }
    for (const state of states.values()) {
      const { next, segment, settledTo, track } = state;
      const isBehind = next !== undefined && !isBefore(last.time, last.timescale, next, track.timescale);
      if (isBehind && Math.max(segment?.sequence ?? 0, settledTo) < last.sequence) {
        flushPending(state);
        state.segment = undefined;
        state.settledTo = last.sequence;
        state.joinsFrom = last.sequence + 1;
        sink.stopped(track.id, last.sequence);
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
      overlap(state, sample, state.next, -away);
      return;
    }
    state.squeezes = false;
    if (away <= tolerance) {
      // Its end stays where it is, so that times that are rounded, or durations that are, add up to nothing.
      const fitted = { ...sample, decodeTime: state.next, duration: sample.duration + away };
      place(state, away === 0 ? sample : fitted, sample);
    } else if (away <= SKIP_SECONDS * state.track.timescale) {
      flushPending(state);
      place(state, sample);
    } else {
      flushPending(state);
      if (!state.lost) {
        sink.gap(state.track.id, state.next, sample.decodeTime);
        state.lost = true;
      }
      place(state, sample);
    }
  }

  /**
   * What the track already has is dropped. Only the pictures of another encoder, which took over a little before its predecessor ended, are
   * needed: what follows is coded against them. They get a tick each: decoded, and as good as not shown.
   */
  function overlap(state: TrackState, sample: Sample, next: Ticks, ticksBehind: number): void {
    if (state.track.kind === 'video' && sample.sync) {
      const isKnown = state.keyFrames.some((known) => isSameFrame(sample, known));
      state.squeezes = !isKnown && ticksBehind <= SQUEEZE_SECONDS * state.track.timescale;
      state.lost = !isKnown && !state.squeezes;
    }
    if (state.squeezes) {
      place(state, { ...sample, decodeTime: next, duration: 1 }, sample);
    } else {
      drop(state, sample, 'overlap');
    }
  }

  function drop(state: TrackState, sample: Sample, reason: DropReason): void {
    if (state.dropping !== reason) {
      state.dropping = reason;
      sink.dropped(state.track.id, sample, reason);
    }
  }

  /** `original` is the sample as it came. */
  function place(state: TrackState, sample: Sample, original = sample): void {
    if (state.track.kind === 'video' && !sample.sync && (state.segment === undefined || state.lost)) {
      // Nothing can be decoded before a key frame: the gap lasts until the next one.
      drop(state, sample, 'no-key-frame');
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
    state.dropping = undefined;
    if (state.track.kind === 'video' && sample.sync) {
      const since = sample.decodeTime - BigInt(SQUEEZE_SECONDS * state.track.timescale);
      state.keyFrames = [...state.keyFrames.filter(({ decodeTime }) => decodeTime >= since), original];
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
    // One that has just taken over may be behind the cuts of another.
    const joined = followerCut(state, sample);
    const isOwnGap = lost && wentOnWithout(state, sample);
    // The pictures of the others are cut at the same key frames: one that has no cut yet is theirs too.
    if (joined !== undefined && !(isOwnGap && secondsSince(joined, state, sample) >= options.minSegmentSeconds)) {
      return joined;
    }
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
      return undefined;
    }
    sequence += 1;
    const discontinuity = lost && !isOwnGap;
    const boundary = { sequence, time: sample.decodeTime, timescale: track.timescale, discontinuity };
    boundaries.push(boundary);
    if (boundaries.length > BOUNDARIES_KEPT) {
      boundaries.shift();
    }
    sink.boundary(boundary);
    return boundary;
  }

  /** Whether other pictures were there for the better part of a gap: then it is none of the timeline, but of this track alone. */
  function wentOnWithout({ track, next }: TrackState, { decodeTime }: Sample): boolean {
    if (next === undefined) {
      return false;
    }
    const middle = ticks((next + decodeTime) / 2n);
    return candidates.some(
      (other) =>
        other.track.kind === 'video' &&
        other.track.id !== track.id &&
        other.next !== undefined &&
        isBefore(middle, track.timescale, other.next, other.track.timescale),
    );
  }

  function followerCut(state: TrackState, sample: Sample): Boundary | undefined {
    if (state.track.kind === 'video' && !sample.sync) {
      return undefined;
    }
    // Half a frame of tolerance for video: its key frame may be rounded to a tick before the leader's. Behind a gap a little more, because
    // there sound may have cut before the pictures are back. Sound may be rounded to before it, too: behind a gap it would else be alone
    // behind the hole in the segment before it.
    const video = state.lost ? Math.floor(SKIP_SECONDS * state.track.timescale) : Math.floor(sample.duration / 2);
    const audio = state.lost ? sample.duration - 1 : 0;
    const reach = state.track.kind === 'video' ? video : audio;
    const time = ticks(sample.decodeTime + BigInt(reach));
    const boundary = boundaries.findLast(
      (candidate) => !isBefore(time, state.track.timescale, candidate.time, candidate.timescale),
    );
    if (boundary === undefined || boundary.sequence <= Math.max(state.segment?.sequence ?? 0, state.settledTo)) {
      return undefined;
    }
    const isJoining = state.segment === undefined && boundary.sequence < state.joinsFrom;
    return isJoining && !startsAt(boundary, state, sample) ? undefined : boundary;
  }

  /** Whether a sample is the one that begins a segment, not one from its middle. */
  function startsAt(boundary: Boundary, state: TrackState, sample: Sample): boolean {
    const reach = state.track.kind === 'video' ? sample.duration / 2 : sample.duration;
    return secondsSince(boundary, state, sample) * state.track.timescale < reach;
  }

  function secondsSince(boundary: Boundary, { track }: TrackState, { decodeTime }: Sample): number {
    return Number(decodeTime - boundaryTicks(boundary, track.timescale)) / track.timescale;
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
    addTrack,
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

/** How much waits of a track. */
function heldSeconds({ queue, track }: TrackState): number {
  return queue.reduce((sum, { duration }) => sum + duration, 0) / track.timescale;
}

/** Which leads before which. */
function rank(track: SegmenterTrack): number {
  return track.kind === 'video' ? 0 : 1;
}

function firstOf(candidates: readonly TrackState[]): TrackState {
  const [first] = candidates;
  assert(first !== undefined, 'an event has a track');
  return first;
}

/** Whether a sample came twice, as after a connection that was made again, and is no other picture at the same time. */
function isSameFrame(sample: Sample, known: Sample): boolean {
  return (
    sample.decodeTime === known.decodeTime &&
    sample.data.length === known.data.length &&
    sample.data.every((byte, index) => byte === known.data[index])
  );
}

/** a < b, exactly, whatever their timescales. */
function isBefore(a: Ticks, aTimescale: number, b: Ticks, bTimescale: number): boolean {
  return aTimescale === bTimescale ? a < b : a * BigInt(bTimescale) < b * BigInt(aTimescale);
}

/** Where the follower of a cut stands in its own ticks; for tables that have nothing there. */
export function boundaryTicks(boundary: Boundary, timescale: number): Ticks {
  return rescale(boundary.time, boundary.timescale, timescale);
}
