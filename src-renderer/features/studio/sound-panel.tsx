import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { AudioInput } from '../../../src-main/shared/api/studio.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { useStores, useStudio } from '../../stores/context.ts';
import { programmeReading, type SoundWarning } from '../../stores/sound-watch.ts';
import { selectIsOnAir } from '../../stores/studio-store.ts';
import { useSourceLabel } from '../../stores/use-source-label.ts';
import { IconButton } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { LevelMeter } from '../../ui/level-meter.tsx';
import { Chip } from '../../ui/parts.tsx';
import { Slider } from '../../ui/slider.tsx';
import { useVisible } from '../../ui/use-visible.ts';

const NO_INPUTS: readonly AudioInput[] = [];

/** One strip for each sound source, and one for what goes out. */
export function SoundPanel(props: { readonly onAddSource: () => void }): ReactNode {
  const { t } = useTranslation();
  const { preview, sound } = useStores();
  const inputs = useStudio(({ studio }) => studio?.audio ?? NO_INPUTS);
  const isOnAir = useStudio(selectIsOnAir);
  const warnings = useStore(sound, (slice) => slice.warnings);
  const panel = useRef<HTMLElement>(null);
  const isVisible = useVisible(panel);
  useEffect(() => (isVisible ? preview.want() : undefined), [isVisible, preview]);

  return (
    <section className="sound" aria-label={t('studio.sound.label')} ref={panel}>
      {inputs.length === 0 ? (
        <p className="sound__none">
          <Icon name="mic-off" />
          <span>{t('studio.sound.none')}</span>
          <button type="button" className="link" onClick={props.onAddSource}>
            {t('studio.sound.add')}
          </button>
        </p>
      ) : (
        inputs.map((input) => (
          <Strip key={input.id} input={input} warning={warnings.get(input.id)} isOnAir={isOnAir} />
        ))
      )}
      {inputs.length > 0 && <ProgrammeStrip />}
    </section>
  );
}

function Strip(props: {
  readonly input: AudioInput;
  readonly warning: SoundWarning | undefined;
  readonly isOnAir: boolean;
}): ReactNode {
  const { input, warning, isOnAir } = props;
  const { t } = useTranslation();
  const format = useFormat();
  const { studio, preview } = useStores();
  const [wanted, setWanted] = useState<number>();
  const read = useCallback(
    () => preview.readings().readings.find((reading) => reading.id === input.id),
    [preview, input.id],
  );
  const label = useSourceLabel()(input.id, input.label);
  const gain = wanted ?? input.gainDb;

  async function changeGain(gainDb: number): Promise<void> {
    // The thumb follows the hand; what the service made of it is shown once it has answered.
    setWanted(gainDb);
    await studio.setAudio(input.id, { gainDb });
    setWanted((current) => (current === gainDb ? undefined : current));
  }

  return (
    <div className="strip" data-warning={warning} data-on-air={isOnAir || undefined}>
      <IconButton
        icon={input.muted ? 'mic-off' : 'mic'}
        label={t(input.muted ? 'studio.sound.unmute' : 'studio.sound.mute', { input: label })}
        isPressed={input.muted}
        onPress={() => void studio.setAudio(input.id, { muted: !input.muted })}
      />
      <span className="strip__name">
        <span className="strip__label">{label}</span>
        {warning !== undefined && (
          <Chip tone={isOnAir ? 'fault' : 'caution'} icon="warning">
            {t(`studio.sound.warning.${warning}`)}
          </Chip>
        )}
      </span>
      <LevelMeter label={t('studio.sound.level', { input: label })} read={read} isMuted={input.muted} />
      <LevelFigures read={read} />
      <Slider
        label={t('studio.sound.gain', { input: label })}
        value={gain}
        min={-60}
        max={20}
        step={1}
        mark={0}
        onChange={(value) => void changeGain(value)}
      />
      <span className="strip__gain">
        {gain > 0 ? '+' : ''}
        {format.decimal(gain, 0).replace('-', '−')} dB
      </span>
    </div>
  );
}

function ProgrammeStrip(): ReactNode {
  const { t } = useTranslation();
  const { preview } = useStores();
  const read = useCallback(() => programmeReading(preview.readings().readings), [preview]);
  return (
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
    </div>
  );
}

/** Figures change four times a second: faster cannot be read. */
const FIGURE_MS = 250;

function useReading<T>(read: () => T): T {
  const [value, setValue] = useState(read);
  useEffect(() => {
    const handle = setInterval(() => setValue(read()), FIGURE_MS);
    return () => clearInterval(handle);
  }, [read]);
  return value;
}

function LevelFigures(props: {
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

function Loudness(): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { preview } = useStores();
  const read = useCallback(() => programmeReading(preview.readings().readings)?.lufs, [preview]);
  const lufs = useReading(read);
  return (
    <span className="strip__loudness" title={t('studio.sound.loudness')}>
      <span className="strip__lufs">{lufs === undefined ? '–' : format.decibels(lufs)}</span>
      {' LUFS'}
    </span>
  );
}
