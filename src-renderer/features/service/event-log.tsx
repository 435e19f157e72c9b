import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { useFormat } from '../../i18n/use-format.ts';
import { useStores } from '../../stores/context.ts';

/** The newest of what the service told, without the studio's snapshots, which come all the time. */
export function EventLog(): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { liveEvents } = useStores();
  const log = useStore(liveEvents, (slice) => slice.log);
  const shown = log.filter((event) => event.eventType !== 'Lectern.StudioChanged').slice(0, 60);
  return (
    <section className="card service__log" aria-labelledby="log-title">
      <h2 id="log-title" className="section-title">
        {t('service.log.title')}
      </h2>
      {shown.length === 0 && <p className="card__note">{t('service.log.none')}</p>}
      <ol className="log">
        {shown.map((event) => (
          <li key={event.id} className="log__item">
            <time className="log__time">{format.timeOfDay(event.eventTime)}</time>
            <span className="log__type">{event.eventType.replace(/^(?:Microsoft\.Media|Lectern)\./, '')}</span>
            <span className="log__subject">{event.subject}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
