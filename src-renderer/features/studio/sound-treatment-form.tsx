import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { AudioInput, AudioInputPatch } from '../../../src-main/shared/api/studio.ts';
import {
  CHANNEL_MODES,
  MOST_DELAY_MS,
  NOISE_SUPPRESSIONS,
  SEPARATE_TRACK_CHOICES,
} from '../../../src-main/shared/sound-limits.ts';
import { Select, Switch } from '../../ui/field.tsx';
import { NumberField } from '../../ui/number-field.tsx';

/** A fifth of a frame: finer cannot be seen on lips. */
const DELAY_STEP_MS = 5;

/** What few people need of a sound source; each of it may be changed while live. */
export function SoundTreatmentForm(props: {
  readonly label: string;
  readonly input: AudioInput;
  readonly onChange: (patch: AudioInputPatch) => void;
}): ReactNode {
  const { input, onChange } = props;
  const { t } = useTranslation();
  return (
    <div className="treatment" role="group" aria-label={t('studio.sound.more', { input: props.label })}>
      <NumberField
        label={t('studio.sound.delay')}
        value={input.delayMs}
        min={0}
        max={MOST_DELAY_MS}
        step={DELAY_STEP_MS}
        suffix="ms"
        less={t('studio.sound.earlier')}
        more={t('studio.sound.later')}
        onChange={(delayMs) => onChange({ delayMs: Math.round(delayMs) })}
      />
      <Select
        label={t('studio.sound.channels')}
        value={input.channels}
        choices={CHANNEL_MODES.map((value) => ({
          value,
          label: t(`studio.sound.channel.${value}.label`),
          detail: t(`studio.sound.channel.${value}.detail`),
        }))}
        onChange={(channels) => onChange({ channels })}
      />
      <Select
        label={t('studio.sound.noise')}
        value={input.noiseSuppression}
        choices={NOISE_SUPPRESSIONS.map((value) => ({
          value,
          label: t(`studio.sound.suppression.${value}.label`),
          detail: t(`studio.sound.suppression.${value}.detail`),
        }))}
        onChange={(noiseSuppression) => onChange({ noiseSuppression })}
      />
      <Select
        label={t('studio.sound.separate')}
        value={input.separateTrack}
        choices={SEPARATE_TRACK_CHOICES.map((value) => ({
          value,
          label: t(`studio.sound.separateChoice.${value}.label`),
          detail: t(`studio.sound.separateChoice.${value}.detail`),
        }))}
        onChange={(separateTrack) => onChange({ separateTrack })}
      />
      <Switch isSelected={input.highPass} onChange={(highPass) => onChange({ highPass })}>
        {t('studio.sound.highPass')}
      </Switch>
    </div>
  );
}
