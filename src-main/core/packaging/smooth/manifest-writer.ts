import { type SmoothManifest, writeSmoothManifest } from '../../../manifest/smooth/smooth-manifest.ts';
import type { StreamIndex } from '../../../manifest/smooth/stream-index.ts';
import { SMOOTH_TIMESCALE } from '../../../media/smooth/smooth-time.ts';
import { secondsToTicks, type Ticks, ticks } from '../../../media/time.ts';
import type { Presentation } from '../../ports/presentation.ts';
import { removalsOf } from '../../ports/removed-media.ts';
import { shownCues } from '../cues/shown-cues.ts';
import { createPiece, type Piece } from '../pieces.ts';
import type { ShownTrack } from '../shown-tracks.ts';
import type { Snapshot } from '../snapshot.ts';
import { createFragmentLines, type FragmentLines, type ListedSet } from './fragment-list.ts';
import { LOOK_AHEAD } from './look-ahead.ts';
import { sparseStreams } from './sparse-streams.ts';
import { describeStreams } from './stream-descriptions.ts';

export type SmoothWriter = {
  /** The same array as long as nothing in it has changed. */
  pieces(snapshot: Snapshot, sets: readonly ListedSet[]): readonly Piece[];
};

/** Stands where the fragments of a stream belong. No text of a manifest can have it: XML 1.0 does not allow it. */
const MARK = '\u0001';

export function createSmoothWriter(options: {
  readonly presentation: Pick<Presentation, 'removed'>;
  /** Version 2.2 has repetitions, 2.0 has not. */
  readonly minorVersion: 0 | 2;
  /** How far back viewers of what is live can go; undefined: to its beginning. */
  readonly windowSeconds: () => number | undefined;
  /** The address of a track's fragments. */
  readonly urlOf: (name: string) => string;
  readonly protectionsOf: (windows: readonly ShownTrack[]) => SmoothManifest['protections'];
}): SmoothWriter {
  const { minorVersion, urlOf } = options;
  const lines = new Map<number, FragmentLines>();
  let latest: { readonly key: string; readonly pieces: readonly Piece[] } | undefined;

  function linesOf({ id }: ListedSet): FragmentLines {
    const found = lines.get(id) ?? createFragmentLines(options.presentation, { repeats: minorVersion >= 2 });
    lines.set(id, found);
    return found;
  }

  function manifestOf(snapshot: Snapshot, sets: readonly ListedSet[]): SmoothManifest {
    const isLive = snapshot.phase === 'live';
    const streams = describeStreams(sets).map((description, index): StreamIndex => {
      const set = sets[index];
      return {
        ...description,
        url: urlOf(set?.windows[0].track.name ?? description.name),
        fragmentCount: isLive || set === undefined ? 0 : linesOf(set).count(set),
        fragments: { written: [`${MARK}${index}${MARK}`] },
      };
    });
    const taken = streams.map(({ name }) => name);
    const messages = sparseStreams(shownCues(snapshot), { parent: taken[0] ?? '', taken, urlOf });
    return {
      minorVersion,
      timescale: SMOOTH_TIMESCALE,
      duration: isLive ? ticks(0n) : durationOf(sets),
      live: isLive
        ? {
            lookAheadFragments: LOOK_AHEAD,
            windowDuration: secondsToTicks(options.windowSeconds() ?? 0, SMOOTH_TIMESCALE),
            canSeek: true,
            canPause: true,
          }
        : undefined,
      protections: options.protectionsOf(sets.flatMap(({ windows }) => windows)),
      streams: [...streams, ...messages],
    };
  }

  function durationOf(sets: readonly ListedSet[]): Ticks {
    const spans = sets.flatMap((set) => linesOf(set).span(set) ?? []);
    const start = spans.reduce((least, span) => (span.start < least ? span.start : least), spans[0]?.start ?? 0n);
    const end = spans.reduce((most, span) => (span.end > most ? span.end : most), 0n);
    return ticks(end - start);
  }

  return {
    pieces(snapshot, sets) {
      const key = `${removalsOf(options.presentation)} ${keyOf(snapshot, sets)}`;
      if (latest?.key !== key) {
        const pieces = writeSmoothManifest(manifestOf(snapshot, sets))
          .split(MARK)
          .flatMap((part, index) => {
            const set = index % 2 === 1 ? sets[Number(part)] : undefined;
            return set === undefined ? [createPiece(part)] : linesOf(set).pieces(set);
          });
        for (const one of lines.values()) {
          one.prune();
        }
        latest = { key, pieces };
      }
      return latest.pieces;
    },
  };
}

/** All that a manifest depends on. */
function keyOf(snapshot: Snapshot, sets: readonly ListedSet[]): string {
  const listed = sets.map(({ from, to, windows }) => [from, to, ...windows.map(({ track }) => track.id)]);
  const cues = shownCues(snapshot).map(({ number, ended }) => [number, String(ended?.time ?? '')]);
  return JSON.stringify([snapshot.phase, listed, cues]);
}
