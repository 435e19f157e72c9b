import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { StudioPhase } from '../../../src-main/shared/api/studio.ts';
import { clockTime } from '../../i18n/format.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { useStores, useStudio } from '../../stores/context.ts';
import { selectPhase } from '../../stores/studio-store.ts';
import { Chip, Figure, type Tone } from '../../ui/parts.tsx';
import { useNow } from '../../ui/use-now.ts';
import { Actions } from './actions.tsx';
import { AirChip } from './air.tsx';
import { Battery } from './battery.tsx';
import { HealthChip } from './health-chip.tsx';

export function TopBar(): ReactNode {
  return (
    <header className="top-bar">
      <div className="top-bar__what">
        <Title />
        <State />
      </div>
      <div className="top-bar__how">
        <HealthChip />
        <AirChip />
        <Figures />
      </div>
      <Actions />
    </header>
  );
}

function Title(): ReactNode {
  const { t } = useTranslation();
  const { studio } = useStores();
  const title = useStudio((slice) => slice.studio?.title ?? '');
  const [draft, setDraft] = useState<string>();

  function commit(): void {
    const wanted = draft?.trim();
    setDraft(undefined);
    if (wanted !== undefined && wanted !== '' && wanted !== title) {
      void studio.setTitle(wanted);
    }
  }

  return (
    <>
      <h1 className="visually-hidden">{t('studio.heading')}</h1>
      <input
        className="title"
        aria-label={t('studio.title')}
        placeholder={t('studio.titlePlaceholder')}
        maxLength={200}
        value={draft ?? title}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === 'Enter') {
            event.currentTarget.blur();
          } else if (event.key === 'Escape') {
            setDraft(undefined);
          }
        }}
      />
    </>
  );
}

const TONES: Readonly<Record<StudioPhase, Tone>> = {
  'off-air': 'neutral',
  rehearsing: 'good',
  starting: 'good',
  live: 'air',
  reconnecting: 'fault',
  ending: 'air',
};

function State(): ReactNode {
  const { t } = useTranslation();
  const phase = useStudio(selectPhase);
  return (
    <span className="state">
      <Chip tone={TONES[phase]} hasDot>
        {t(`studio.phase.${phase}`)}
      </Chip>
      <OnAirClock />
    </span>
  );
}

/** How long it has been on air. Its own component, so that one second redraws eight digits. */
function OnAirClock(): ReactNode {
  const { timers, serverTime } = useStores();
  const startedAt = useStudio(({ studio }) =>
    studio === undefined || studio.phase === 'off-air' || studio.phase === 'starting'
      ? undefined
      : studio.session?.startedAt,
  );
  const nowMs = useNow(startedAt === undefined ? undefined : 250, timers.nowMs);
  if (startedAt === undefined) {
    return undefined;
  }
  const seconds = (nowMs + serverTime.offsetMs() - Date.parse(startedAt)) / 1000;
  return (
    <time className="state__clock" role="timer">
      {clockTime(seconds, { withHours: true })}
    </time>
  );
}

/** It keeps up at 1, and a reading over a second wavers a little. */
const SPEED_FAULT = 0.97;
/** Less than this much recording left is said in red while there is time to do something. */
const DISK_FAULT_SECONDS = 600;
const DISK_CAUTION_SECONDS = 3600;

function Figures(): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const speed = useStudio(({ studio }) => studio?.encoder?.speed);
  const measured = useStudio(({ studio }) => studio?.ladder.measuredSpeed);
  const secondsLeft = useStudio(({ studio }) => studio?.disk.secondsLeft);
  const shown = speed ?? measured;
  return (
    <>
      {shown !== undefined && (
        <Figure
          label={t(speed === undefined ? 'studio.figures.measured' : 'studio.figures.speed')}
          tone={shown < SPEED_FAULT ? 'fault' : undefined}
        >
          {format.decimal(shown, speed === undefined ? 1 : 2)}×
        </Figure>
      )}
      {secondsLeft !== undefined && (
        <Figure
          label={t('studio.figures.disk')}
          tone={
            secondsLeft < DISK_FAULT_SECONDS ? 'fault' : secondsLeft < DISK_CAUTION_SECONDS ? 'caution' : undefined
          }
        >
          {format.duration(secondsLeft)}
        </Figure>
      )}
      <Battery />
    </>
  );
}
