import { ticksToSeconds } from '../../../media/time.ts';
import type { LiveText } from '../../ports/presentation.ts';
import type { ShownTrack } from '../shown-tracks.ts';
import { type Snapshot, shownRange } from '../snapshot.ts';

/** Which segments are listed of text that is made while it is live: those up to which it is final. Pictures and sound do not wait for it. */
export type TextListing = {
  /** Undefined while there is none. */
  listed(snapshot: Snapshot, text: LiveText): ListedText | undefined;
};

export type ListedText = {
  /** The track whose cuts it is cut at. */
  readonly ruler: ShownTrack;
  /** Sequence numbers; `to` is not in. */
  readonly first: number;
  readonly to: number;
};

export function createTextListing(): TextListing {
  const states = new WeakMap<LiveText, { readonly rulerId: string; readonly to: number }>();
  return {
    listed(snapshot, text) {
      const state = states.get(text);
      const ruler = rulerOf(snapshot, [state?.rulerId, text.sourceTrackId()]);
      const range = ruler && shownRange(ruler, snapshot);
      if (ruler === undefined || range === undefined) {
        return undefined;
      }
      const { first, last } = range;
      let to = Math.max(state?.to ?? first, first);
      if (to === first) {
        // Players that come in the first seconds learn of it only then, so the first segment waits for nothing.
        text.closeUntil(endMsAt(ruler, first));
        to = first + 1;
      }
      while (to <= last && text.isFinalUntil(endMsAt(ruler, to))) {
        to += 1;
      }
      states.set(text, { rulerId: ruler.track.id, to });
      return { ruler, first, to };
    },
  };
}

/** Media time in ms at which a segment of a track ends that is in its window. */
export function endMsAt({ segments, track }: ShownTrack, sequence: number): number {
  const { time, duration } = segments.at(sequence - segments.firstSequence);
  return 1000 * (ticksToSeconds(time, track.timescale) + duration / track.timescale);
}

/** The sound that it is made of, which has no holes. A track that was it once stays it: addresses are made of its times. */
function rulerOf({ tracks }: Snapshot, wanted: readonly (string | undefined)[]): ShownTrack | undefined {
  const begun = tracks.filter(({ segments }) => segments.length > 0);
  const found = wanted.flatMap((id) => begun.find(({ track }) => track.id === id) ?? []);
  return found[0] ?? begun.find(({ track }) => track.kind === 'audio') ?? begun[0];
}
