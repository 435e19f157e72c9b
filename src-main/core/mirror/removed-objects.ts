import { ticks, ticksToSeconds } from '../../media/time.ts';
import type { Presentation, TrackWindow } from '../ports/presentation.ts';
import { type RemovedMedia, removalsOf } from '../ports/removed-media.ts';
import { trackFolder } from './file-names.ts';
import type { SentObjects } from './sent-objects.ts';

/** `video-2500000/90000.m4s`, `text_en-2000-cbc/90000.vtt`. */
const MEDIA = /^(.+)\/(?:text-)?(\d+)\.(?:m4s|vtt)$/;

type Folder = { readonly name: string; readonly timescale: number; readonly window: TrackWindow | undefined };

/** Objects of media that were taken back. */
export type RemovedObjects = {
  /** Those that are still in the storage. */
  due(presentation: Presentation): readonly string[];
};

/** What was being sent when it was taken back is there by then, or has failed. */
const SENDING_MOST_MS = 60_000;

export function createRemovedObjects({
  sent,
  nowMs,
}: {
  readonly sent: SentObjects;
  readonly nowMs: () => number;
}): RemovedObjects {
  const found = new Set<string>();
  /** How often something had been taken back at the last look, and until when there may come more of it. */
  let removals = 0;
  let lookUntilMs = Number.NEGATIVE_INFINITY;
  return {
    due(presentation) {
      if (removalsOf(presentation) !== removals) {
        removals = removalsOf(presentation);
        lookUntilMs = nowMs() + SENDING_MOST_MS;
      }
      if (nowMs() < lookUntilMs) {
        for (const name of removedObjects(presentation, sent.names())) {
          found.add(name);
        }
      }
      for (const name of found) {
        if (sent.versionOf(name) === undefined) {
          found.delete(name);
        }
      }
      return [...found];
    },
  };
}

/** By their names alone, so that it does not matter when, or by which run of the service, they were sent. */
function removedObjects(presentation: Presentation, names: Iterable<string>): readonly string[] {
  const removed = presentation.removed?.() ?? [];
  if (removed.length === 0) {
    return [];
  }
  const folders = foldersOf(presentation);
  return [...names].filter((name) => {
    const [, folder = '', time] = MEDIA.exec(name) ?? [];
    const found = folders.find((one) => folder === one.name || folder.startsWith(`${one.name}-`));
    return time !== undefined && found !== undefined && isRemoved(found, BigInt(time), removed);
  });
}

function foldersOf(presentation: Presentation): readonly Folder[] {
  const windows = presentation.tracks().filter(({ track }) => track.shownAs === undefined);
  const ofMedia = windows.map((window) => ({
    name: trackFolder(window.track, undefined),
    timescale: window.track.timescale,
    window,
  }));
  // Text that is made of sound is cut where that is, in its ticks.
  const sounds = windows.filter(({ track }) => track.kind === 'audio').map(({ track }) => track.timescale);
  const ofText = (presentation.liveTexts?.() ?? []).map((text) => ({
    name: trackFolder(text, undefined),
    timescale: windows.find(({ track }) => track.id === text.sourceTrackId())?.track.timescale ?? sounds[0] ?? 1,
    window: undefined,
  }));
  return [...ofMedia, ...ofText];
}

function isRemoved({ timescale, window }: Folder, time: bigint, removed: readonly RemovedMedia[]): boolean {
  const row = rowAt(window, time);
  if (row !== undefined) {
    // What begins before what was asked for, and goes on in it, was taken back as a whole.
    return (
      row.size === 0 &&
      removed.some(({ fromSequence, toSequence }) => isWithin(row.sequence, fromSequence, toSequence))
    );
  }
  const ms = 1000 * ticksToSeconds(ticks(time), timescale);
  return removed.some(({ fromMs, toMs }) => ms >= fromMs && ms < toMs);
}

function rowAt(
  window: TrackWindow | undefined,
  time: bigint,
): { readonly size: number; readonly sequence: number } | undefined {
  const index = window?.segments.indexAtTime(ticks(time)) ?? -1;
  return index < 0 ? undefined : window?.segments.at(index);
}

function isWithin(sequence: number, from: number, to: number): boolean {
  return sequence >= from && sequence <= to;
}
