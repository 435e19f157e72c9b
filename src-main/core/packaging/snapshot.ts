import type { Clock } from '../../base/clock.ts';
import { type Ticks, ticksToSeconds } from '../../media/time.ts';
import type { PlacedCue } from '../ports/cues.ts';
import type { LiveText, Presentation, TrackWindow } from '../ports/presentation.ts';
import { lengthsOf } from '../ports/segment-lengths.ts';
import { createShownTracks, type ShownTrack } from './shown-tracks.ts';
import { isRecorded, type LateTracks, NO_LATE_TRACKS, splitLateTracks } from './text/late-tracks.ts';
import { switchingKey } from './tracks.ts';

/**
 * Where a presentation stands, as viewers are to see it.
 *
 *     live ──ended, while somebody watched──▶ closing ──CLOSING_SEGMENTS after the last live answer──▶ ended
 *
 * Closing: nothing comes any more, but the window is the one that was shown last and times count as they did, because players that were
 * watching must not see a playlist go backwards (8216bis §6.2.2) or Periods change. They learn of the end and never ask again. After that it
 * is a recording: the whole archive, counted from 0.
 */
type Phase = 'live' | 'closing' | 'ended';

export type Snapshot = {
  readonly phase: Phase;
  /** Video best first, then audio; those that have nothing yet are there too. */
  readonly tracks: readonly ShownTrack[];
  /** Besides those. */
  readonly late: LateTracks;
  /** Text that is made of its sound as it goes on; none of a recording, which has it among the late tracks. */
  readonly liveTexts: readonly LiveText[];
  /** Sequence number of the first segment shown. */
  readonly from: number;
  /** Of the first segment behind each break at or behind `from`, oldest first. */
  readonly breaks: readonly number[];
  /** Breaks before `from`. */
  readonly breaksBefore: number;
  /** By time; also some that it does not show. The same array until something changes. */
  readonly cues: readonly PlacedCue[];
  /** Different whenever something a manifest shows may be. */
  readonly revision: string;
};

/** Longer than any player waits before it reloads, even one that missed a few answers. */
const CLOSING_SEGMENTS = 6;

export function createSnapshots(presentation: Presentation, clock: Clock): () => Snapshot {
  const shownTracks = createShownTracks(presentation);
  let current: Snapshot | undefined;
  let liveAnswerMs = Number.NEGATIVE_INFINITY;
  let liveFrom = 0;

  function phaseNow(): Phase {
    if (presentation.state() === 'live') {
      liveAnswerMs = clock.monotonicMs();
      return 'live';
    }
    const closingMs = CLOSING_SEGMENTS * lengthsOf(presentation).longest * 1000;
    return clock.monotonicMs() < liveAnswerMs + closingMs ? 'closing' : 'ended';
  }

  return () => {
    const phase = phaseNow();
    const revision = `${presentation.revision()}${phase === 'closing' ? 'c' : ''}`;
    if (current?.revision === revision && current.phase === phase) {
      return current;
    }
    const { tracks, ...late } =
      phase === 'ended'
        ? splitLateTracks(presentation, shownTracks('recording'))
        : { tracks: shownTracks('broadcast').filter(isRecorded), ...NO_LATE_TRACKS };
    const first = Math.min(
      ...tracks.filter(({ segments }) => segments.length > 0).map(({ segments }) => segments.firstSequence),
    );
    const windowFrom = Number.isFinite(first) ? first : 0;
    const from = phase === 'closing' ? Math.max(liveFrom, windowFrom) : windowFrom;
    if (phase === 'live') {
      liveFrom = from;
    }
    const breaks = presentation.discontinuities();
    const shown = breaks.filter((sequence) => sequence >= from);
    current = {
      phase,
      tracks,
      late,
      liveTexts: phase === 'ended' ? [] : (presentation.liveTexts?.() ?? []),
      from,
      breaks: shown,
      breaksBefore: presentation.discontinuitySequence() + breaks.length - shown.length,
      cues: presentation.cues(),
      revision,
    };
    return current;
  };
}

/** First and last complete segment of a track that is shown; undefined while there is none. */
export function shownRange(
  { segments }: TrackWindow,
  snapshot: Pick<Snapshot, 'from'>,
): { readonly first: number; readonly last: number } | undefined {
  const last = segments.firstSequence + segments.length - 1;
  const first = Math.max(snapshot.from, segments.firstSequence);
  return segments.length === 0 || first > last ? undefined : { first, last };
}

/** A track that still has nothing when another has this many segments keeps nobody waiting any longer: its device may be dead. */
const SEGMENTS_TO_WAIT = 3;

/** The tracks that manifests list: those with something to play. Undefined as long as more of them can be expected in a moment. */
export function offeredTracks(snapshot: Snapshot): readonly ShownTrack[] | undefined {
  const ranges = snapshot.tracks.map((track) => shownRange(track, snapshot));
  const most = Math.max(0, ...ranges.map((range) => (range === undefined ? 0 : range.last + 1 - range.first)));
  const isWaiting = snapshot.phase === 'live' && most < SEGMENTS_TO_WAIT && ranges.includes(undefined);
  return most === 0 || isWaiting ? undefined : snapshot.tracks.filter((_, index) => ranges[index] !== undefined);
}

/** So many segments that others have, and a track is no longer offered to those who come while others can take its place. */
const SEGMENTS_TO_LEAVE = 3;

/** Those of the tracks that somebody who begins to watch now may choose from. */
export function choosableTracks(offered: readonly ShownTrack[], snapshot: Snapshot): readonly ShownTrack[] {
  if (snapshot.phase !== 'live') {
    return offered;
  }
  const present = offered.filter((window) => !hasLeft(window, substitutesFor(window, offered)));
  const keys = new Set(present.map(({ track }) => switchingKey(track)));
  return offered.filter((window) => present.includes(window) || !keys.has(switchingKey(window.track)));
}

function substitutesFor({ track }: ShownTrack, offered: readonly ShownTrack[]): readonly ShownTrack[] {
  return offered.filter((other) => other.track !== track && switchingKey(other.track) === switchingKey(track));
}

/** Where none has anything the encoder was gone, and the first that is back is followed by the others. */
function hasLeft({ segments, open }: ShownTrack, substitutes: readonly ShownTrack[]): boolean {
  if (open !== undefined) {
    return false;
  }
  const end = segments.firstSequence + segments.length;
  for (let sequence = end - 1; sequence >= end - SEGMENTS_TO_LEAVE; sequence -= 1) {
    if (
      sequence < segments.firstSequence ||
      segments.at(sequence - segments.firstSequence).size > 0 ||
      !substitutes.some((other) => hasMedia(other, sequence))
    ) {
      return false;
    }
  }
  return true;
}

function hasMedia({ segments }: ShownTrack, sequence: number): boolean {
  const index = sequence - segments.firstSequence;
  return index >= 0 && index < segments.length && segments.at(index).size > 0;
}

/** UTC in whole ms of a media time. */
export function utcMs(presentation: Presentation, time: Ticks, timescale: number): number {
  return Math.round(ticksToSeconds(time, timescale) * 1000 + presentation.epochOffsetMs);
}
