import type { Clock } from '../../../base/clock.ts';
import type { FeedTrack } from './feed-track.ts';

/**
 * When the timeline of an event is opened, and with which tracks. Those of an encoder come one after the other, on several connections
 * perhaps; the ones that are there soon after the first key frame begin together, those behind it join at a cut.
 */
export type Opening = {
  /** Something has come, or been announced. */
  consider(): void;
  isOpen(): boolean;
  /** Opens with whatever there is. */
  force(): void;
  [Symbol.dispose](): void;
};

export type OpeningOptions = {
  readonly clock: Clock;
  readonly tracks: () => readonly FeedTrack[];
  /** Called with tracks whose bitrate is known, each of them once. */
  readonly open: (tracks: readonly NamedTrack[]) => void;
};

export type NamedTrack = { readonly track: FeedTrack; readonly bitrate: number };

/** From the first key frame on. */
const SETTLE_MS = 300;
/** Who declares no bitrate is measured for a second; that is waited for, and not much longer. */
const MEASURE_MS = 1500;
/** Only sound has come: pictures may be on their way. */
const SOUND_MS = 2000;
/** Pictures have been announced and their first key frame may be as far off as this (spec 2.3). */
const KEY_FRAME_MS = 20_000;
/** Samples that wait; an encoder that sends more than this before a key frame is not waited for. */
const MAX_WAITING_BYTES = 48 * 1024 * 1024;

export function createOpening(options: OpeningOptions): Opening {
  const { clock, tracks, open } = options;
  let firstSampleMs: number | undefined;
  let firstKeyMs: number | undefined;
  let isOpen = false;
  let timer: Disposable | undefined;
  let isConsidering = false;

  function dueMs(): number | undefined {
    const all = tracks();
    if (all.reduce((sum, track) => sum + track.waitingBytes(), 0) > MAX_WAITING_BYTES) {
      return -Infinity;
    }
    if (firstKeyMs !== undefined) {
      const isMeasuring = all.some((track) => track.hasSamples() && track.bitrate() === undefined);
      return firstKeyMs + (isMeasuring ? MEASURE_MS : SETTLE_MS);
    }
    const awaitsPictures = all.some(({ description, sources }) => description.kind === 'video' && sources > 0);
    return firstSampleMs === undefined ? undefined : firstSampleMs + (awaitsPictures ? KEY_FRAME_MS : SOUND_MS);
  }

  function note(): void {
    const now = clock.monotonicMs();
    if (tracks().some((track) => track.hasSamples())) {
      firstSampleMs ??= now;
    }
    if (tracks().some(({ newestKey }) => newestKey !== undefined)) {
      firstKeyMs ??= now;
    }
  }

  function openFirst(): void {
    // What was announced and is known, or has at least begun.
    const known = tracks().flatMap((track) => {
      const bitrate = track.hasSamples() || track.sources > 0 ? track.measuredBitrate() : undefined;
      return bitrate === undefined ? [] : [{ track, bitrate }];
    });
    if (known.some(({ track }) => track.hasSamples())) {
      isOpen = true;
      timer?.[Symbol.dispose]();
      open(known);
    }
  }

  function openLate(): void {
    for (const track of tracks()) {
      const bitrate = track.track() === undefined && track.hasSamples() ? track.bitrate() : undefined;
      if (bitrate !== undefined) {
        open([{ track, bitrate }]);
      }
    }
  }

  function consider(): void {
    // Opening lets samples go, which may make others come.
    if (isConsidering) {
      return;
    }
    isConsidering = true;
    try {
      note();
      if (isOpen) {
        openLate();
        return;
      }
      const due = dueMs();
      timer?.[Symbol.dispose]();
      timer = undefined;
      if (due === undefined) {
        return;
      }
      if (clock.monotonicMs() >= due) {
        openFirst();
      } else {
        timer = clock.after(due - clock.monotonicMs(), consider);
      }
    } finally {
      isConsidering = false;
    }
  }

  return {
    consider,
    isOpen: () => isOpen,
    force() {
      if (!isOpen) {
        openFirst();
      }
    },
    [Symbol.dispose]() {
      timer?.[Symbol.dispose]();
      timer = undefined;
    },
  };
}
