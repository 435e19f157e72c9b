import { ticksToSeconds } from '../../media/time.ts';
import type { PartRef, TrackWindow } from '../ports/presentation.ts';

/** A quality that is so far behind another one has stopped: the computer makes fewer of them for a while. */
export const STOPPED_SECONDS = 1;

/** Where the media of a track end, in seconds; -Infinity before they begin. */
export function mediaEnd({ track, segments, open }: TrackWindow): number {
  const last: Pick<PartRef, 'time' | 'duration'> | undefined =
    open?.parts.at(-1) ?? (segments.length === 0 ? undefined : segments.at(segments.length - 1));
  return last === undefined
    ? -Infinity
    : ticksToSeconds(last.time, track.timescale) + last.duration / track.timescale;
}
