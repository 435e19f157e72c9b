import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LiveEvent } from '../../../src-main/shared/api/live-events.ts';
import { problemText } from '../../i18n/problem-text.ts';
import { useMirror, useStores } from '../../stores/context.ts';
import { Button } from '../../ui/button.tsx';
import { Banner, Chip } from '../../ui/parts.tsx';
import { Waiting } from '../../ui/spinner.tsx';
import { CreateEventDialog } from './create-event-dialog.tsx';
import { EndpointsPanel } from './endpoints-panel.tsx';
import { EventLog } from './event-log.tsx';
import { EVENT_TONES } from './event-tones.ts';
import { LiveEventPanel } from './live-event-panel.tsx';
import { LocatorsPanel } from './locators-panel.tsx';
import './service.css';

/** The service as Azure Media Services showed it: for who knows those words. */
export function ServiceScreen(): ReactNode {
  const { t } = useTranslation();
  const { liveEvents } = useStores();
  const { items, status, problem } = useMirror(liveEvents.list);
  const [chosen, setChosen] = useState<string>();
  const [creating, setCreating] = useState(false);
  const shown = items.find((event) => event.name === chosen) ?? items[0];

  return (
    <div className="page service">
      <header className="page__head">
        <div>
          <h1 className="page__title">{t('service.heading')}</h1>
          <p className="page__lead">{t('service.lead')}</p>
        </div>
        <Button icon="plus" onPress={() => setCreating(true)}>
          {t('service.create.button')}
        </Button>
      </header>
      {problem !== undefined && (
        <Banner
          tone="fault"
          title={problemText(t, problem).title}
          action={<Button onPress={() => void liveEvents.list.refresh()}>{t('common.retry')}</Button>}
        >
          {problemText(t, problem).text}
        </Banner>
      )}
      <div className="service__grid">
        <section className="card service__events" aria-labelledby="events-title">
          <h2 id="events-title" className="section-title">
            {t('service.events.title')}
          </h2>
          {status === 'loading' && <Waiting>{t('common.loading')}</Waiting>}
          {status === 'ready' && items.length === 0 && <p className="card__note">{t('service.events.none')}</p>}
          <ul className="rows">
            {items.map((event) => (
              <EventRow
                key={event.name}
                event={event}
                isChosen={event.name === shown?.name}
                onChoose={() => setChosen(event.name)}
              />
            ))}
          </ul>
        </section>
        {shown !== undefined && <LiveEventPanel key={shown.name} event={shown} />}
        <EndpointsPanel />
        <LocatorsPanel />
        <EventLog />
      </div>
      {creating && <CreateEventDialog onClose={() => setCreating(false)} />}
    </div>
  );
}

function EventRow(props: {
  readonly event: LiveEvent;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}): ReactNode {
  const { event, isChosen, onChoose } = props;
  const { t } = useTranslation();
  return (
    <li>
      <button type="button" className="rows__button" aria-pressed={isChosen} onClick={onChoose}>
        <span className="rows__main">
          <strong>{event.name}</strong>
          <span className="rows__detail">{t(`service.protocol.${event.input.streamingProtocol}`)}</span>
        </span>
        <Chip tone={EVENT_TONES[event.resourceState]} hasDot>
          {t(`service.state.${event.resourceState}`)}
        </Chip>
      </button>
    </li>
  );
}
