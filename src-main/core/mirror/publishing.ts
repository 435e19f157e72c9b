import { crc32 } from 'node:zlib';
import { writeMultivariantPlaylist } from '../../manifest/hls/multivariant-playlist.ts';
import { DASH_NAME, HLS_NAME } from './file-names.ts';
import type { ListedMpd, Progress } from './listing/listing.ts';
import { cutPlaylist, neededPlaylists, withTextsOf } from './listing/static-hls.ts';
import { type CutMpd, cutMpd } from './listing/static-mpd.ts';
import type { Front } from './planner.ts';
import type { StoredObject } from './store/object-store.ts';

/** A manifest that is to be sent. */
export type DueDocument = { readonly object: StoredObject; readonly version: string };

export type DueDocuments = {
  /** In rows that are sent one after the other: what names the others comes last. */
  readonly rows: readonly (readonly DueDocument[])[];
  /** Up to where viewers of the copy can watch once these are there, in media time. */
  readonly endSeconds: number | undefined;
  /** It is all that the listing has. */
  readonly isWhole: boolean;
};

const HLS_TYPE = 'application/vnd.apple.mpegurl';
const DASH_TYPE = 'application/dash+xml';
/** For as long may a live manifest be kept: less than half a segment, so that nobody sees two that are a segment apart. */
const LIVE_SECONDS = 1;
/** What does not change any more but when text or sound is added to a recording. */
const ENDED_SECONDS = 60;

/** Target durations that a live playlist has when segments have been taken from it. */
const LEAST_TARGETS = 3;

/**
 * The manifests of a listing, as far as everything that they name is there: a recording when it is whole, a broadcast up to where it is. `versionOf`
 * says which of them the storage has.
 */
export function dueDocuments(
  { listing, fromSeconds }: Front,
  options: {
    readonly progress: Progress;
    readonly versionOf: (name: string) => string | undefined;
    /** UTC in ms. */
    readonly nowMs: number;
    /** End of what there is to be watched, in media time. */
    readonly edgeSeconds: number;
  },
): DueDocuments | undefined {
  const { progress, versionOf, nowMs } = options;
  const isEnded = listing.phase === 'ended';
  const cuts = listing.playlists.map((listed) => {
    const cut = cutPlaylist(listed, progress);
    // What went on with the newest must not be shorter than this, if it was longer before (8216bis §6.2.2).
    const least = fromSeconds === undefined ? 0 : LEAST_TARGETS * listed.playlist.targetDurationSeconds;
    const isLong = cut !== undefined && (cut.isWhole || cut.seconds >= least);
    return { name: listed.name, cut: isLong ? cut : undefined };
  });
  const mpd = listing.mpd && longEnough(cutMpd(listing.mpd, progress, fromSeconds), fromSeconds, listing.mpd);
  const isMpdWhole = listing.mpd === undefined || mpd?.isWhole === true;
  const isWhole = cuts.every(({ cut }) => cut?.isWhole === true) && isMpdWhole;
  if (isEnded && !isWhole) {
    return undefined;
  }

  function due(name: string, contentType: string, text: string, version = versionOfText(text)): DueDocument[] {
    if (versionOf(name) === version) {
      return [];
    }
    const cacheControl = `public, max-age=${isEnded ? ENDED_SECONDS : LIVE_SECONDS}`;
    return [{ object: { name, contentType, cacheControl, chunks: [Buffer.from(text)] }, version }];
  }

  const playlists = cuts.flatMap(({ name, cut }) => (cut === undefined ? [] : due(name, HLS_TYPE, cut.text)));
  // The time at which it was published is no change.
  const mpds = mpd === undefined ? [] : due(DASH_NAME, DASH_TYPE, mpd.write(nowMs), versionOfText(mpd.write(0)));
  const shown = new Map(cuts.map(({ name, cut }) => [name, cut !== undefined || versionOf(name) !== undefined]));
  const isThere = (name: string): boolean => shown.get(name) === true;
  const multivariant =
    listing.multivariant === undefined || !neededPlaylists(listing.multivariant).every(isThere)
      ? []
      : due(HLS_NAME, HLS_TYPE, writeMultivariantPlaylist(withTextsOf(listing.multivariant, isThere)));
  // What is there as far as it is made is not behind: text is made later than its sound.
  const ends = [
    ...cuts.map(({ cut }) => (cut?.isWhole === true ? Infinity : cut?.endSeconds)),
    ...(listing.mpd === undefined ? [] : [mpd?.isWhole === true ? Infinity : mpd?.endSeconds]),
  ];
  const known = ends.filter((end) => end !== undefined);
  return {
    rows: [playlists, mpds, multivariant].filter((row) => row.length > 0),
    endSeconds: known.length < ends.length ? undefined : Math.min(options.edgeSeconds, ...known),
    isWhole,
  };
}

/** The same of an MPD: with less, players of what went on with the newest would stand still at once. */
function longEnough(
  cut: CutMpd | undefined,
  fromSeconds: number | undefined,
  { mpd: { maxSegmentDurationSeconds = 0 } }: ListedMpd,
): CutMpd | undefined {
  const seconds = (cut?.endSeconds ?? Infinity) - (fromSeconds ?? Number.NEGATIVE_INFINITY);
  return cut?.isWhole === true || seconds >= LEAST_TARGETS * maxSegmentDurationSeconds ? cut : undefined;
}

function versionOfText(text: string): string {
  return `${crc32(text).toString(36)}-${text.length.toString(36)}`;
}

/**
 * Sends rows one after the other, and so many documents of a row at once. Rejects with the first failure, but not before everything has ended: a
 * newer version of what is still under way must not be overtaken by it.
 */
export async function sendInRows(
  rows: DueDocuments['rows'],
  lanes: number,
  send: (document: DueDocument) => Promise<void>,
): Promise<void> {
  for (const row of rows) {
    const rest = row.values();
    const lane = async (): Promise<void> => {
      for (const document of rest) {
        await send(document);
      }
    };
    const ended = await Promise.allSettled(Array.from({ length: lanes }, lane));
    for (const one of ended) {
      if (one.status === 'rejected') {
        throw one.reason;
      }
    }
  }
}
