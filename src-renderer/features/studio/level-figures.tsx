import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../i18n/use-format.ts';
import { useReading } from './use-reading.ts';

/** Peak and average of a strip, for eyes; the meter beside it has the name. */
export function LevelFigures(props: {
  readonly read: () => { readonly peakDb: number; readonly rmsDb: number } | undefined;
}): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const level = useReading(props.read);
  return (
    <span className="strip__figures" aria-hidden="true">
      <span title={t('studio.sound.peak')}>{level === undefined ? '–' : format.decibels(level.peakDb)}</span>
      <span className="strip__rms" title={t('studio.sound.rms')}>
        {level === undefined ? '–' : format.decibels(level.rmsDb)}
      </span>
    </span>
  );
}
