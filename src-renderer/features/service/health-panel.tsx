import { lazy, type ReactNode, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { LiveEvent } from '../../../src-main/shared/api/live-events.ts';
import type { LiveEventStatus, StreamEvent } from '../../../src-main/shared/api/telemetry.ts';
import { parseIsoDuration } from '../../../src-main/shared/iso-duration.ts';
import { useFormat } from '../../i18n/use-format.ts';
import type { LiveHealth } from '../../stores/live-health-store.ts';
import { Fold } from '../../ui/fold.tsx';
import { Chip } from '../../ui/parts.tsx';
import { HEALTH_TONES, LEVEL_TONES } from './event-tones.ts';
import { codeWords } from './log-words.ts';

const TrackCharts = lazy(async () => {
  const { TrackCharts: component } = await import('./track-charts.tsx');
  return { default: component };
});

/** How the feed is doing, in a word, in sentences and in curves; and what has happened to it. */
export function HealthPanel(props: { readonly event: LiveEvent; readonly health: LiveHealth }): ReactNode {
  const { health, event } = props;
  const { t } = useTranslation();
  const { status, tracks, streamEvents } = health;
  const level = event.resourceState === 'Running' ? status?.healthStatus : undefined;
  return (
    <section className="card" aria-labelledby="health-title">
      <header className="card__head">
        <h3 id="health-title" className="section-title">
          {t('service.health.title')}
        </h3>
        {level !== undefined && (
          <Chip tone={HEALTH_TONES[level]} hasDot>
            {t(`service.health.level.${level}`)}
          </Chip>
        )}
      </header>
      <p className="card__note" role="status">
        {level === undefined
          ? t(event.resourceState === 'Running' ? 'service.health.nothingYet' : 'service.health.notRunning')
          : t(`service.health.meaning.${level}`)}
      </p>
      {level !== undefined && status !== undefined && status.healthDescriptions.length > 0 && (
        <ul className="points card__note">
          {status.healthDescriptions.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      )}
      {tracks.length > 0 && (
        <Suspense>
          <TrackCharts tracks={tracks} />
        </Suspense>
      )}
      {status?.ingestion !== undefined && <Ingestion ingestion={status.ingestion} />}
      {streamEvents.length > 0 && (
        <Fold title={t('service.health.events', { count: streamEvents.length })}>
          <StreamEvents streamEvents={streamEvents} />
        </Fold>
      )}
    </section>
  );
}

function Ingestion({ ingestion }: { readonly ingestion: NonNullable<LiveEventStatus['ingestion']> }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { begin, end, endReason, ingestInterruptions } = ingestion;
  return (
    <div className="service__ingestion">
      <p className="card__note">
        {end === undefined
          ? t('service.health.since', { time: format.dateAndTime(begin) })
          : t('service.health.ended', { time: format.dateAndTime(end), reason: codeWords(t, endReason) })}
      </p>
      <h4 className="service__subtitle">{t('service.health.interruptions')}</h4>
      {ingestInterruptions.length === 0 ? (
        <p className="card__note">{t('service.health.noInterruptions')}</p>
      ) : (
        <ul className="rows service__scroll" tabIndex={0} aria-label={t('service.health.interruptions')}>
          {ingestInterruptions.map((interruption) => (
            <li key={interruption.begin} className="service__line">
              <time dateTime={interruption.begin}>{format.timeOfDay(interruption.begin)}</time>
              <span>
                {interruption.end === undefined
                  ? t('service.health.stillInterrupted')
                  : t('service.health.interrupted', { time: lengthOf(interruption.duration, format) })}
                {' · '}
                {codeWords(t, interruption.reason)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** AMS wrote this length as `PT12S` in one place and as `00:00:12` in others. */
function lengthOf(duration: string, format: ReturnType<typeof useFormat>): string {
  const seconds = parseIsoDuration(duration);
  return seconds === undefined ? duration : format.duration(Math.max(1, seconds));
}

/** More than this nobody reads; the rest is in the API. */
const MOST_EVENTS = 50;

function StreamEvents({ streamEvents }: { readonly streamEvents: readonly StreamEvent[] }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <ol className="service__events-list service__scroll" tabIndex={0} aria-label={t('service.health.eventsLabel')}>
      {streamEvents.slice(0, MOST_EVENTS).map((event, index) => (
        // Two may be of one kind and one millisecond: their place tells them apart.
        <li key={`${event.eventTime} ${index}`} className="service__line">
          <time dateTime={event.eventTime}>{format.timeOfDay(event.eventTime)}</time>
          <span>
            {t(`service.streamEvent.${event.eventType.replace('StreamEvent/', '')}`, {
              defaultValue: event.eventType,
            })}
            <Details data={event.data} />
          </span>
          {event.eventLevel !== 'Information' && (
            <Chip tone={LEVEL_TONES[event.eventLevel]}>{t(`service.level.${event.eventLevel}`)}</Chip>
          )}
        </li>
      ))}
    </ol>
  );
}

/** Which track or stream, and why, where the event says so. */
function Details({ data }: { readonly data: Readonly<Record<string, unknown>> }): ReactNode {
  const { t } = useTranslation();
  const facts = ['trackName', 'trackId', 'streamName', 'streamId', 'remoteIp', 'encoderIp'].flatMap((key) => {
    const value = data[key];
    return typeof value === 'string' && value !== '' ? [value] : [];
  });
  const code = data['resultCode'] ?? data['reason'];
  const words = [...new Set(facts), ...(typeof code === 'string' ? [codeWords(t, code)] : [])];
  return words.length === 0 ? undefined : <span className="service__detail"> · {words.join(' · ')}</span>;
}
