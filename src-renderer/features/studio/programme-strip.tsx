import { type ReactNode, useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { LOUDNESS_TARGETS } from '../../../src-main/shared/sound-limits.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { useStores, useStudio } from '../../stores/context.ts';
import { programmeReading } from '../../stores/sound-watch.ts';
import { Select } from '../../ui/field.tsx';
import { Icon } from '../../ui/icon.tsx';
import { LevelMeter } from '../../ui/level-meter.tsx';
import { LevelFigures } from './level-figures.tsx';
import { useReading } from './use-reading.ts';

type TargetKey = 'off' | `${(typeof LOUDNESS_TARGETS)[number]}`;

/** What goes out: its level, how loud it is for people, and what it is brought to. */
export function ProgrammeStrip(): ReactNode {
  const { t } = useTranslation();
  const { preview } = useStores();
  const read = useCallback(() => programmeReading(preview.readings().readings), [preview]);
  return (
    <div className="strip-box">
      <div className="strip strip--programme">
        <span className="strip__icon">
          <Icon name="speaker" />
        </span>
        <span className="strip__name">
          <span className="strip__label">{t('studio.sound.programme')}</span>
        </span>
        <LevelMeter label={t('studio.sound.programmeLevel')} read={read} />
        <LevelFigures read={read} />
        <Loudness />
        <Target />
      </div>
    </div>
  );
}

function Loudness(): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { preview } = useStores();
  const read = useCallback(() => programmeReading(preview.readings().readings), [preview]);
  const reading = useReading(read);
  const shown = (lufs: number | undefined): string => (lufs === undefined ? '–' : format.decibels(lufs));
  return (
    <span className="strip__loudness">
      <span className="strip__lufs" title={t('studio.sound.loudness')}>
        {shown(reading?.lufs)}
      </span>
      <span className="strip__short-term" title={t('studio.sound.shortTerm')}>
        {shown(reading?.shortTermLufs)}
      </span>
      {' LUFS'}
    </span>
  );
}

function Target(): ReactNode {
  const { t } = useTranslation();
  const { studio } = useStores();
  const target = useStudio((slice) => slice.studio?.sound.loudnessTarget ?? 'off');
  return (
    <Select<TargetKey>
      label={t('studio.sound.target')}
      isLabelHidden
      value={`${target}`}
      choices={[
        { value: 'off', label: t('studio.sound.targetOff'), detail: t('studio.sound.targetOffDetail') },
        ...LOUDNESS_TARGETS.map((lufs) => ({
          value: `${lufs}` as const,
          label: t('studio.sound.targetLufs', { lufs: `−${-lufs}` }),
          detail: t(`studio.sound.targetDetail.${lufs}`),
        })),
      ]}
      onChange={(chosen) => {
        const lufs = LOUDNESS_TARGETS.find((candidate) => `${candidate}` === chosen);
        void studio.setLoudnessTarget(lufs ?? 'off');
      }}
    />
  );
}
