import type { TextCue } from '../../media/text/cue.ts';
import { escapeCueText } from '../../media/text/webvtt.ts';
import type { LiveText } from '../ports/presentation.ts';

/** The text of one language of a run, as it grows. */
export type TextTrack = LiveText & {
  /** Adds what was said from one media time in ms to another; gives it as it is recorded, undefined when nothing was. */
  add(said: { readonly startMs: number; readonly endMs: number; readonly text: string }): TextCue | undefined;
  /** Forgets what was said in [fromMs, toMs) of media time, and takes nothing more of it. */
  remove(fromMs: number, toMs: number): void;
  /** The recogniser has no more to say of what lies before a media time in ms. */
  finish(untilMs: number): void;
  /** As `isFinalUntil`, without deciding anything. */
  isSettled(ms: number): boolean;
  /** Nothing more comes. */
  end(): void;
};

export type TextTrackOptions = Pick<LiveText, 'id' | 'name' | 'language' | 'shownAs' | 'sourceTrackId'> & {
  /** What is so much older than the newest sound is not waited for. */
  readonly lagMs: number;
  /** Media time in ms of what comes in just now; undefined before anything has. */
  readonly edgeMs: () => number | undefined;
};

/** Of the address, and for players that add bit rates up: a line of text a second. */
const BITRATE = 2000;
/** No longer is anything shown, whatever a recogniser says: long enough for a whole window of Whisper. */
const MAX_CUE_MS = 30_000;
const MAX_TEXT = 2000;
/** Longer than any window: what is older nobody asks for. */
const KEPT_MS = 26 * 3_600_000;

export function createTextTrack({ lagMs, edgeMs, ...about }: TextTrackOptions): TextTrack {
  /** As they are shown, by their beginning. */
  let cues: TextCue[] = [];
  let finishedMs = Number.NEGATIVE_INFINITY;
  /** What lies before it has been shown and stays as it is. */
  let closedMs = Number.NEGATIVE_INFINITY;
  const removed: { readonly fromMs: number; readonly toMs: number }[] = [];

  /** Index of the first cue that begins at a time or later. */
  function indexOf(ms: number): number {
    let low = 0;
    let high = cues.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cues[middle]?.startMs ?? 0) < ms) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  function isSettled(ms: number): boolean {
    return ms <= closedMs || ms <= finishedMs || ms <= (edgeMs() ?? Number.NEGATIVE_INFINITY) - lagMs;
  }

  function show(cue: TextCue): void {
    // Segments end between two milliseconds, and cues do not.
    const startMs = Math.ceil(Math.max(cue.startMs, closedMs));
    if (startMs < cue.endMs) {
      cues.splice(indexOf(startMs + 1), 0, { ...cue, startMs, id: idOf(startMs) });
    }
    const [oldest] = cues;
    if (oldest !== undefined && oldest.endMs < cue.startMs - 2 * KEPT_MS) {
      cues = cues.filter(({ endMs }) => endMs >= cue.startMs - KEPT_MS);
    }
  }

  return {
    ...about,
    kind: 'text',
    bitrate: BITRATE,
    add({ startMs, endMs, text }) {
      const written = escapeCueText(tidy(text));
      const [start, end] = [Math.round(startMs), Math.round(Math.min(endMs, startMs + MAX_CUE_MS))];
      const isTakenBack = removed.some(({ fromMs, toMs }) => start < toMs && end > fromMs);
      if (written === '' || end <= start || isTakenBack) {
        return undefined;
      }
      const cue: TextCue = { startMs: start, endMs: end, id: idOf(start), settings: '', text: written };
      show(cue);
      return cue;
    },
    remove(fromMs, toMs) {
      removed.push({ fromMs, toMs });
      cues = cues.filter((cue) => cue.startMs >= toMs || cue.endMs <= fromMs);
    },
    finish(untilMs) {
      finishedMs = Math.max(finishedMs, untilMs);
    },
    isSettled,
    isFinalUntil(ms) {
      const isFinal = isSettled(ms);
      closedMs = isFinal ? Math.max(closedMs, ms) : closedMs;
      return isFinal;
    },
    closeUntil(ms) {
      closedMs = Math.max(closedMs, ms);
    },
    within(fromMs, toMs) {
      return cues.slice(indexOf(fromMs - MAX_CUE_MS), indexOf(toMs)).filter(({ endMs }) => endMs > fromMs);
    },
    end() {
      finishedMs = Number.POSITIVE_INFINITY;
    },
  };
}

/** Players tell by it that a cue which two segments have is one. */
function idOf(startMs: number): string {
  return startMs.toString(36);
}

/** One line, without what WebVTT and XML cannot hold. */
function tidy(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, MAX_TEXT)
    .toWellFormed();
}
