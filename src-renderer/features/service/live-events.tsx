import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { LiveEvent } from '../../../src-main/shared/api/live-events.ts';
import { useMirror, useStores } from '../../stores/context.ts';
import { Button } from '../../ui/button.tsx';
import { Chip, EmptyState } from '../../ui/parts.tsx';
import { Waiting } from '../../ui/spinner.tsx';
import { EVENT_TONES } from './event-tones.ts';
import { LiveEventPanel } from './live-event-panel.tsx';

/** All live events, and everything about the chosen one. */
export function LiveEvents(props: {
  readonly chosen: string | undefined;
  readonly onChoose: (name: string) => void;
  readonly onCreate: () => void;
}): ReactNode {
  const { t } = useTranslation();
  const { liveEvents } = useStores();
  const { items, status } = useMirror(liveEvents.list);
  const shown = items.find((event) => event.name === props.chosen) ?? items[0];

  if (status === 'loading') {
    return <Waiting>{t('common.loading')}</Waiting>;
  }
  if (shown === undefined) {
    return (
      <EmptyState
        icon="service"
        title={t('service.events.none')}
        action={
          <Button tone="primary" icon="plus" onPress={props.onCreate}>
            {t('service.create.button')}
          </Button>
        }
      >
        {t('service.events.noneText')}
      </EmptyState>
    );
  }
  return (
    <div className="service__grid">
      <section className="card service__events" aria-labelledby="events-title">
        <h2 id="events-title" className="section-title">
          {t('service.events.title')}
        </h2>
        <ul className="rows">
          {items.map((event) => (
            <EventRow
              key={event.name}
              event={event}
              isChosen={event.name === shown.name}
              onChoose={() => props.onChoose(event.name)}
            />
          ))}
        </ul>
      </section>
      <LiveEventPanel key={shown.name} event={shown} />
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
