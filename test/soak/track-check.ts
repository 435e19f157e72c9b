import type { Sample } from '../../src-main/media/cmaf/types.ts';
import type { SenderClock } from '../support/live-senders.ts';
import type { LoopedTrack } from '../support/looped-media.ts';

/** A piece of the media that is not there, in seconds of the senders' clock. */
export type Hole = { readonly from: number; readonly to: number };

/** Where the senders' clock stands on the media time of an event: seconds to be added to it, the newest first. */
export type Anchors = { readonly all: number[] };

/** Holds every sample of a track that comes out against the one that went in under its number. */
export type TrackCheck = {
  take(samples: readonly Sample[]): void;
  readonly holes: () => readonly Hole[];
  readonly counts: () => { readonly samples: number; readonly duplicates: number; readonly wrong: number };
  /** The most that a sample was away from where its number puts it, seconds. */
  readonly deviation: () => number;
  /** Seconds of the senders' clock behind the newest sample. */
  readonly end: () => number;
};

/** A sample is looked for this far around where the clock is. */
const SEARCH_SECONDS = 12;

export function createTrackCheck(options: {
  readonly track: LoopedTrack;
  readonly anchors: Anchors;
  readonly clock: SenderClock;
}): TrackCheck {
  const { track, anchors, clock } = options;
  const frame = track.duration / track.description.timescale;
  const isVideo = track.description.kind === 'video';
  const holes: Hole[] = [];
  /** Sound that came before the pictures have said where the clock is. */
  const early: { readonly seconds: number; readonly data: Uint8Array }[] = [];
  let next: number | undefined;
  let samples = 0;
  let duplicates = 0;
  let wrong = 0;
  let deviation = 0;

  const isSame = (number: number, data: Uint8Array): boolean =>
    number >= 0 && Buffer.compare(track.at(number).data, data) === 0;

  /** Only a key frame is known by itself: other pictures, and sounds, may be alike. */
  function findAnchor(seconds: number, data: Uint8Array): number | undefined {
    const newest = Math.ceil(clock.now() / frame);
    for (let back = 0; back < SEARCH_SECONDS / frame; back += 1) {
      const number = newest - back;
      if (number >= 0 && track.at(number).sync && isSame(number, data)) {
        return seconds - number * frame;
      }
    }
    return undefined;
  }

  function anchorOf(seconds: number, data: Uint8Array, sync: boolean): number | undefined {
    const fits = (anchor: number): boolean => isSame(Math.round((seconds - anchor) / frame), data);
    const known = anchors.all.find(fits);
    if (known !== undefined || !isVideo || !sync) {
      return known;
    }
    const found = findAnchor(seconds, data);
    if (found !== undefined) {
      anchors.all.unshift(found);
    }
    return found;
  }

  function takeOne(seconds: number, data: Uint8Array, sync: boolean): void {
    const anchor = anchorOf(seconds, data, sync);
    const [usual] = anchors.all;
    if (usual === undefined) {
      early.push({ seconds, data });
      return;
    }
    samples += 1;
    if (anchor === undefined) {
      wrong += 1;
    }
    const position = (seconds - (anchor ?? usual)) / frame;
    const number = Math.round(position);
    deviation = Math.max(deviation, Math.abs(position - number) * frame);
    next ??= number;
    if (number < next) {
      duplicates += 1;
      return;
    }
    if (number > next) {
      holes.push({ from: next * frame, to: number * frame });
    }
    next = number + 1;
  }

  return {
    take(taken) {
      if (anchors.all.length > 0) {
        for (const { seconds, data } of early.splice(0)) {
          takeOne(seconds, data, true);
        }
      }
      for (const { decodeTime, data, sync } of taken) {
        takeOne(Number(decodeTime) / track.description.timescale, data, sync);
      }
    },
    holes: () => holes,
    counts: () => ({ samples, duplicates, wrong }),
    deviation: () => deviation,
    end: () => (next ?? 0) * frame,
  };
}
