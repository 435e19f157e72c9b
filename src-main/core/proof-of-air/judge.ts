import type { AirClock, AirVerdict } from '../../shared/api/proof-of-air.ts';
import { STEP_MS } from './decode.ts';
import type { Sight } from './look.ts';
import type { SentMemory } from './sent-memory.ts';
import { distance, isBlack, type Signature } from './signature.ts';

/** What a look is compared with: the look before it, at the same place. */
export type Before = {
  readonly atMs: number;
  readonly edge: string;
  /** When the edge was first seen there. */
  readonly edgeSinceMs: number;
  readonly last: Signature | undefined;
};

export type Judgement = {
  readonly verdict: AirVerdict;
  readonly delaySeconds: number | undefined;
  readonly delayFrom: AirClock | undefined;
};

/** A playlist that has not moved for so many of its segments, and no less than so long, stands still. */
const STALLED_SEGMENTS = 3;
const STALLED_LEAST_MS = 8000;
/** Quieter than any room. */
const SILENT_DB = -60;
/** Encoders do not give back the very same picture; a repeated one differs by less than this. */
const STILL = 1;
/** A listing or a mark that is further away than this is that of something else. */
const MOST_BEHIND_MS = 15 * 60_000;
/** Clocks of others run a little fast. */
const MOST_AHEAD_MS = 2000;

/**
 * What a look says, given the one before and what was sent. Pure. `isOwn`: the stream is made here, so that its times are of our clock. What was sent is asked
 * for before anything is called a fault: a slide stands still, and a pause is silent, because the presenter wants it so.
 */
export function judge(
  sight: Sight,
  before: Before | undefined,
  sent: SentMemory | undefined,
  options: { readonly isOwn: boolean },
): Judgement {
  const found = sight.pictures === undefined ? undefined : sent?.find(sight.pictures, STEP_MS);
  const times = timesOf(sight, found?.kind === 'sent' ? found.atMs : undefined, options.isOwn);
  const delay = times === undefined ? undefined : delayOf(sight, times.startMs);
  const told = {
    delaySeconds: delay,
    delayFrom: delay === undefined ? undefined : times?.from,
  };

  const standsMs = before?.edge === sight.edge ? sight.atMs - before.edgeSinceMs : 0;
  if (standsMs >= Math.max(STALLED_LEAST_MS, STALLED_SEGMENTS * sight.duration * 1000)) {
    return { ...told, verdict: 'frozen' };
  }
  if (sight.isEncrypted) {
    return { ...told, verdict: 'arriving' };
  }
  const isSilent = isSilentUnasked(sight, times?.startMs, sent);
  if (sight.pictures === undefined) {
    return { ...told, verdict: isSilent ? 'silent' : 'arriving' };
  }
  // Where it is not known when a picture was sent, it was sent since as long ago as a service may be behind.
  const [fromMs, toMs] = sentBetween(sight, times?.startMs);
  if (sight.pictures.every(isBlack) && sent?.wasBlack(fromMs, toMs) !== true) {
    return { ...told, verdict: 'black' };
  }
  if (hasStoodStill(sight, before) && hasMovedSince(sight, before, times?.startMs, sent)) {
    return { ...told, verdict: 'frozen' };
  }
  if (found?.kind === 'never-sent') {
    // What was there before this broadcast may still be on its way to viewers.
    const isRemembered = (sent?.sinceMs() ?? sight.atMs) <= (times?.startMs ?? sight.atMs - LONGEST_WAY_MS);
    return { verdict: isRemembered ? 'other-picture' : 'checking', delaySeconds: undefined, delayFrom: undefined };
  }
  return { ...told, verdict: isSilent ? 'silent' : 'seen' };
}

type Times = { readonly startMs: number; readonly from: AirClock };

/**
 * When the beginning of the segment was before the camera. Our own listing says it exactly; of a stream that went through others, what is in the
 * pictures does, because what their servers write counts from when they got it, if they write it at all.
 */
function timesOf(sight: Sight, pictureMs: number | undefined, isOwn: boolean): Times | undefined {
  const candidates: readonly (readonly [from: AirClock, startMs: number | undefined])[] = isOwn
    ? [
        ['programme-time', sight.listedMs],
        ['mark', sight.markMs],
        ['picture', pictureMs],
      ]
    : [
        ['mark', sight.markMs],
        ['picture', pictureMs],
        ['programme-time', sight.listedMs],
      ];
  for (const [from, startMs] of candidates) {
    if (startMs !== undefined && startMs <= sight.atMs + MOST_AHEAD_MS && startMs >= sight.atMs - MOST_BEHIND_MS) {
      return { startMs, from };
    }
  }
  return undefined;
}

function delayOf({ atMs, toPlayhead }: Sight, startMs: number): number {
  return Math.max(0, (atMs - startMs) / 1000 - toPlayhead);
}

/** How far behind services may be of which nothing is known. */
const LONGEST_WAY_MS = 60_000;
const WAY_STEP_MS = 4000;

/** When the pictures of a look were sent; wide where that is not known. */
function sentBetween(sight: Sight, startMs: number | undefined): readonly [fromMs: number, toMs: number] {
  return startMs === undefined
    ? [sight.atMs - LONGEST_WAY_MS, sight.atMs]
    : [startMs - STEP_MS, startMs + sight.duration * 1000 + STEP_MS];
}

function isSilentUnasked(sight: Sight, startMs: number | undefined, sent: SentMemory | undefined): boolean {
  if (sent === undefined || (sight.peakDb ?? Number.NEGATIVE_INFINITY) > SILENT_DB) {
    return false;
  }
  const [fromMs, toMs] = sentBetween(sight, startMs);
  return sent.wasSilent(fromMs, toMs) === false;
}

/** All pictures of the look are the last one of the look before. */
function hasStoodStill(sight: Sight, before: Before | undefined): boolean {
  const last = before?.last;
  return last !== undefined && sight.pictures?.every((picture) => distance(picture, last) <= STILL) === true;
}

/**
 * Whether what was sent for these pictures and those of the look before changed. Where it is not known when they were sent, it must have changed
 * whenever that was: a slide that stood until a moment ago still stands there.
 */
function hasMovedSince(
  sight: Sight,
  before: Before | undefined,
  startMs: number | undefined,
  sent: SentMemory | undefined,
): boolean {
  if (before === undefined || sent === undefined) {
    return false;
  }
  const sinceMs = sight.atMs - before.atMs;
  const starts =
    startMs === undefined
      ? Array.from({ length: LONGEST_WAY_MS / WAY_STEP_MS }, (_, index) => sight.atMs - (index + 1) * WAY_STEP_MS)
      : [startMs];
  return starts.every((start) => sent.hasMoved(start - sinceMs, start + sight.duration * 1000) === true);
}

/** What the next look is compared with. */
export function remember(sight: Sight, before: Before | undefined): Before {
  return {
    atMs: sight.atMs,
    edge: sight.edge,
    edgeSinceMs: before?.edge === sight.edge ? before.edgeSinceMs : sight.atMs,
    last: sight.pictures?.at(-1),
  };
}
