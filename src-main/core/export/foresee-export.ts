import { secondsToTicks, ticksToSeconds } from '../../media/time.ts';
import type { ExportCreate } from '../../shared/api/assets.ts';
import type { ExportPlan, KeyFrames, KeyFramesQuery } from '../../shared/api/export-plans.ts';
import type { Presentation } from '../ports/presentation.ts';
import { chooseTracks } from './choose-tracks.ts';
import { createCuts, rowsOf } from './cuts.ts';
import { originOf, planExport } from './plan-export.ts';

/** What an export would be, as it is told. Throws what planning it throws. */
export async function foreseeExport(
  presentation: Presentation,
  request: Omit<ExportCreate, 'out'>,
): Promise<ExportPlan> {
  const { format, sound } = request;
  const { quality, start, end, bytes } = await planExport(presentation, request);
  return {
    format,
    quality,
    ...(sound === undefined || sound === 'programme' ? {} : { sound }),
    start: toMilliseconds(start),
    end: toMilliseconds(end),
    size: bytes,
  };
}

/**
 * The key frames around a time, as exports are cut at them. Asked for piece by piece: a recording of 25 hours has tens of thousands.
 *
 * Throws `archive/empty`, `export/quality-not-found`, `archive/damaged`.
 */
export async function findKeyFrames(
  presentation: Presentation,
  { time, count, quality }: KeyFramesQuery,
): Promise<KeyFrames> {
  const origin = originOf(presentation);
  const { leader, quality: chosen } = chooseTracks(presentation.tracks(), { format: 'mp4', quality });
  const { timescale } = leader.track;
  const cuts = createCuts(presentation, leader, rowsOf(leader));
  const { cuts: found, isFirst, isLast } = await cuts.around(secondsToTicks(origin + time, timescale), count);
  return {
    quality: chosen,
    times: found.map(({ presentedAt }) =>
      toMilliseconds(Math.max(0, ticksToSeconds(presentedAt, timescale) - origin)),
    ),
    isFirst,
    isLast,
  };
}

/** Exact enough to find the same frame again. */
export function toMilliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
