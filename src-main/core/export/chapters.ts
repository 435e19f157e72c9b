import type { Chapter } from '../../media/isobmff/chpl.ts';
import type { Marker } from '../../shared/api/assets.ts';
import type { ExportPlan } from './plan-export.ts';

/**
 * The markers of the part that is exported, as chapters of the file. Players show no gap before the first chapter, so one with the title of the
 * recording stands for what is before the first marker.
 */
export function chaptersOf(
  markers: readonly Marker[],
  { start, end }: Pick<ExportPlan, 'start' | 'end'>,
  title: string,
): readonly Chapter[] {
  const chapters = markers
    .filter(({ time }) => time >= start && time < end)
    .map(({ time, label }, index) => ({
      seconds: Math.round((time - start) * 1000) / 1000,
      title: label === '' ? String(index + 1) : label,
    }));
  const [first] = chapters;
  return first === undefined || first.seconds === 0 ? chapters : [{ seconds: 0, title }, ...chapters];
}
