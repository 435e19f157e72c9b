import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { LiveEvent } from '../../../src-main/shared/api/live-events.ts';
import { parseIsoDuration } from '../../../src-main/shared/iso-duration.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { useStores } from '../../stores/context.ts';
import { NO_HEALTH } from '../../stores/live-health-store.ts';
import { Chip } from '../../ui/parts.tsx';
import { Spinner } from '../../ui/spinner.tsx';
import { BreaksPanel } from './breaks-panel.tsx';
import { EventActions } from './event-actions.tsx';
import { EVENT_TONES, HEALTH_TONES } from './event-tones.ts';
import { FeedPanel } from './feed-panel.tsx';
import { HealthPanel } from './health-panel.tsx';
import { OutputsPanel } from './outputs-panel.tsx';
import { PicturePanel } from './picture-panel.tsx';

const ON_ITS_WAY = ['Allocating', 'Starting', 'Stopping', 'Deleting'] as const;

/** Everything about one live event: what can be done with it, how to feed it, and how it is doing. */
export function LiveEventPanel({ event }: { readonly event: LiveEvent }): ReactNode {
  const { t } = useTranslation();
  const { liveEvents, liveHealth } = useStores();
  const { name, resourceState } = event;
  const health = useStore(liveHealth, ({ events }) => events.get(name) ?? NO_HEALTH);

  useEffect(() => {
    void liveEvents.loadOutputs(name);
    return liveHealth.watch(name);
  }, [liveEvents, liveHealth, name]);

  const level = health.status?.healthStatus;
  const isRunning = resourceState === 'Running';
  const hasInput = health.tracks.length > 0 || health.status?.ingestion !== undefined;
  const way = ON_ITS_WAY.find((state) => state === resourceState);
  return (
    <section className="service__event" aria-labelledby="event-title">
      <div className="card">
        <header className="service__head">
          <h2 id="event-title" className="service__name">
            {name}
          </h2>
          <span className="service__state" role="status">
            <Chip tone={EVENT_TONES[resourceState]} hasDot>
              {t(`service.state.${resourceState}`)}
            </Chip>
            {isRunning && level !== undefined && (
              <Chip tone={HEALTH_TONES[level]}>{t(`service.health.level.${level}`)}</Chip>
            )}
          </span>
        </header>
        <Facts event={event} />
        {event.description !== '' && <p className="card__note">{event.description}</p>}
        {way !== undefined && (
          <p className="service__way">
            <Spinner />
            <span>{t(`service.onItsWay.${way}`)}</span>
          </p>
        )}
        <EventActions event={event} />
      </div>
      <div className="service__parts">
        <div className="service__stack">
          <FeedPanel event={event} />
          <OutputsPanel event={event} />
        </div>
        <div className="service__stack">
          <PicturePanel event={event} hasInput={hasInput} />
          {isRunning && <BreaksPanel event={event} />}
          <HealthPanel event={event} health={health} />
        </div>
      </div>
    </section>
  );
}

function Facts({ event }: { readonly event: LiveEvent }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { encoding, input, streamOptions } = event;
  const seconds = parseIsoDuration(encoding.keyFrameInterval ?? input.keyFrameIntervalDuration) ?? 0;
  const facts = [
    t(`service.protocol.${input.streamingProtocol}`),
    t(`service.encodingType.${encoding.encodingType}`),
    ...(encoding.presetName === undefined ? [] : [encoding.presetName]),
    ...(encoding.customPreset === undefined
      ? []
      : [t('service.preset.ownOf', { count: encoding.customPreset.layers.length })]),
    t('service.keyFrames', { seconds: format.decimal(seconds, Number.isInteger(seconds) ? 0 : 1) }),
    ...streamOptions.filter((option) => option !== 'Default').map((option) => t(`service.streamOption.${option}`)),
    ...Object.entries(event.tags).map(([key, value]) => (value === '' ? key : `${key}: ${value}`)),
  ];
  return (
    <ul className="service__facts">
      {facts.map((fact) => (
        <li key={fact} className="tag">
          {fact}
        </li>
      ))}
    </ul>
  );
}
