import { rescale, type Ticks, ticks } from '../../../media/time.ts';
import { CUE_TIMESCALE, type PlacedCue } from '../../ports/cues.ts';
import { type Snapshot, shownRange } from '../snapshot.ts';

/** The splices that manifests tell of: those that reach into the window, and while it is live those to come. By time. */
export function shownCues(snapshot: Snapshot): readonly PlacedCue[] {
  if (snapshot.cues.length === 0) {
    return [];
  }
  const { start, end } = spanOf(snapshot);
  return snapshot.cues.filter(
    ({ kind, withdrawn, time, until }) =>
      kind !== 'metadata' &&
      !withdrawn &&
      (until === undefined || until + ROUNDING >= start) &&
      (snapshot.phase === 'live' || time < end),
  );
}

/** Dates have milliseconds: a range must not go while one of its own is still in the window (8216bis §6.2.1). */
const ROUNDING = BigInt(CUE_TIMESCALE / 500);

/** From the beginning of the first segment that is shown to the end of the last complete one, in ticks of cues. */
function spanOf(snapshot: Snapshot): { readonly start: Ticks; readonly end: Ticks } {
  let start: Ticks | undefined;
  let end = ticks(0n);
  for (const window of snapshot.tracks) {
    const range = shownRange(window, snapshot);
    if (range !== undefined) {
      const { segments, track } = window;
      const last = segments.at(range.last - segments.firstSequence);
      const from = rescale(segments.at(range.first - segments.firstSequence).time, track.timescale, CUE_TIMESCALE);
      const to = rescale(ticks(last.time + BigInt(last.duration)), track.timescale, CUE_TIMESCALE);
      start = start === undefined || from < start ? from : start;
      end = to > end ? to : end;
    }
  }
  return { start: start ?? ticks(0n), end };
}
