import { type ReactNode, useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AudioInput, SourceStatus } from '../../../src-main/shared/api/studio.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { useStores } from '../../stores/context.ts';
import type { SoundWarning } from '../../stores/sound-watch.ts';
import { useSourceLabel } from '../../stores/use-source-label.ts';
import { IconButton } from '../../ui/button.tsx';
import { LevelMeter } from '../../ui/level-meter.tsx';
import { Chip } from '../../ui/parts.tsx';
import { Slider } from '../../ui/slider.tsx';
import { LevelFigures } from './level-figures.tsx';
import { SoundTreatmentForm } from './sound-treatment-form.tsx';

/** What spoils the sound for viewers is said as loudly off air as on it: now is the time to mend it. */
const ALWAYS_LOUD: ReadonlySet<SoundWarning> = new Set<SoundWarning>(['muted-speaking']);

const HAND_RESTS_MS = 1500;

/** One sound source: mute, name, what is wrong with it, level, gain; and, unfolded, what is done to it. */
export function SoundStrip(props: {
  readonly input: AudioInput;
  /** Of the source that it comes from. */
  readonly state: SourceStatus['state'] | undefined;
  readonly warning: SoundWarning | undefined;
  readonly isOnAir: boolean;
}): ReactNode {
  const { input, state, isOnAir } = props;
  const gone = state === 'lost' || state === 'failed' ? state : undefined;
  // That it gives nothing goes without saying then.
  const warning = gone !== undefined && props.warning === 'no-signal' ? undefined : props.warning;
  const { t } = useTranslation();
  const format = useFormat();
  const { studio, preview } = useStores();
  const [wanted, setWanted] = useState<number>();
  const [isOpen, setOpen] = useState(false);
  const read = useCallback(
    () => preview.readings().readings.find((reading) => reading.id === input.id),
    [preview, input.id],
  );
  const label = useSourceLabel()(input.id, input.label);
  const gain = wanted ?? input.gainDb;
  const isSeparate = input.separateTrack !== 'off';

  useEffect(() => {
    if (wanted === undefined) {
      return undefined;
    }
    // The thumb follows the hand, step by step; what the service made of it is shown once the hand rests.
    const handle = setTimeout(() => setWanted(undefined), HAND_RESTS_MS);
    return () => clearTimeout(handle);
  }, [wanted]);

  function changeGain(gainDb: number): void {
    setWanted(gainDb);
    void studio.setAudio(input.id, { gainDb });
  }

  return (
    <div className="strip-box" data-warning={gone ?? warning} data-on-air={isOnAir || undefined}>
      <div className="strip">
        <IconButton
          icon={input.muted ? 'mic-off' : 'mic'}
          label={t(input.muted ? 'studio.sound.unmute' : 'studio.sound.mute', { input: label })}
          isPressed={input.muted}
          onPress={() => void studio.setAudio(input.id, { muted: !input.muted })}
        />
        <span className="strip__name">
          <span className="strip__label">{label}</span>
          {gone !== undefined && (
            <Chip tone={isOnAir ? 'fault' : 'caution'} icon="warning">
              {t(`studio.sourceState.${gone}`)}
            </Chip>
          )}
          {warning !== undefined && (
            <Chip tone={isOnAir || ALWAYS_LOUD.has(warning) ? 'fault' : 'caution'} icon="warning">
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
          onChange={changeGain}
        />
        <span className="strip__gain">
          {gain > 0 ? '+' : ''}
          {format.decimal(gain, 0).replace('-', '−')} dB
        </span>
        <IconButton
          icon="layers"
          label={t(isSeparate ? 'studio.sound.separateOff' : 'studio.sound.separateOn', { input: label })}
          isPressed={isSeparate}
          onPress={() => void studio.setAudio(input.id, { separateTrack: isSeparate ? 'off' : 'unless-muted' })}
        />
        <IconButton
          icon="settings"
          label={t('studio.sound.more', { input: label })}
          isExpanded={isOpen}
          onPress={() => setOpen(!isOpen)}
        />
      </div>
      {isOpen && (
        <SoundTreatmentForm
          label={label}
          input={input}
          onChange={(patch) => void studio.setAudio(input.id, patch)}
        />
      )}
    </div>
  );
}
