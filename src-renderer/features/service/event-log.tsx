import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { useFormat } from '../../i18n/use-format.ts';
import { useStores } from '../../stores/context.ts';
import { filtered, LOG_LEVELS, type LogEntry, type LogFilter, subjectsOf } from '../../stores/event-log.ts';
import { Select } from '../../ui/field.tsx';
import { Chip } from '../../ui/parts.tsx';
import { LEVEL_TONES } from './event-tones.ts';
import { eventWords } from './log-words.ts';

const ALL = 'all';

/** What the service told since the page was opened, in words, and less of it when that is wanted. */
export function EventLog(): ReactNode {
  const { t } = useTranslation();
  const { liveEvents } = useStores();
  const log = useStore(liveEvents, (slice) => slice.log);
  const [filter, setFilter] = useState<LogFilter>({ level: ALL, subject: ALL });
  const subjects = subjectsOf(log);
  // One that has left the log meanwhile would hide everything.
  const subject = subjects.includes(filter.subject) ? filter.subject : ALL;
  const shown = filtered(log, { ...filter, subject });
  return (
    <section className="card" aria-labelledby="log-title">
      <header className="service__filters">
        <h2 id="log-title" className="section-title">
          {t('service.log.title')}
        </h2>
        <Select
          label={t('service.log.level')}
          value={filter.level}
          onChange={(level) => setFilter({ level, subject })}
          choices={[
            { value: ALL, label: t('service.log.allLevels') },
            ...LOG_LEVELS.filter((level) => level !== 'Information').map((value) => ({
              value,
              label: t(`service.log.from.${value}`),
            })),
          ]}
        />
        <Select
          label={t('service.log.subject')}
          value={subject}
          onChange={(next) => setFilter({ ...filter, subject: next })}
          choices={[
            { value: ALL, label: t('service.log.allSubjects') },
            ...subjects.map((value) => ({ value, label: value })),
          ]}
        />
      </header>
      {shown.length === 0 && (
        <p className="card__note">{t(log.length === 0 ? 'service.log.none' : 'service.log.noneOfThese')}</p>
      )}
      {shown.length > 0 && (
        <ol className="log" tabIndex={0} aria-labelledby="log-title">
          {shown.map((entry) => (
            <Line key={entry.event.id} entry={entry} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Line({ entry }: { readonly entry: LogEntry }): ReactNode {
  const { event, level } = entry;
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <li className="log__item">
      <time className="log__time" dateTime={event.eventTime}>
        {format.timeOfDay(event.eventTime)}
      </time>
      <span className="log__level">
        {level !== 'Information' && <Chip tone={LEVEL_TONES[level]}>{t(`service.level.${level}`)}</Chip>}
      </span>
      <span className="log__type">
        {eventWords(t, event, format)}
        <span className="log__code">{event.eventType}</span>
      </span>
      <span className="log__subject">{event.subject}</span>
    </li>
  );
}
