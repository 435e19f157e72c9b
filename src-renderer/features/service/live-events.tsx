import { type ReactNode, type RefObject, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { LiveEvent } from '../../../src-main/shared/api/live-events.ts';
import { useMirror, useStores } from '../../stores/context.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Banner, Chip, EmptyState } from '../../ui/parts.tsx';
import { Waiting } from '../../ui/spinner.tsx';
import { EVENT_TONES } from './event-tones.ts';
import { LiveEventPanel } from './live-event-panel.tsx';

/** All live events, and everything about the chosen one. */
export function LiveEvents(props: {
  readonly chosen: string | undefined;
  readonly onChoose: (name: string | undefined) => void;
  readonly onCreate: () => void;
}): ReactNode {
  const { t } = useTranslation();
  const { liveEvents } = useStores();
  const { items, status } = useMirror(liveEvents.list);
  const deletedHere = useStore(liveEvents, (slice) => slice.deletedHere);
  const [first, setFirst] = useState<string>();
  const list = useRef<HTMLUListElement>(null);
  if (first === undefined && items[0] !== undefined) {
    setFirst(items[0].name);
  }
  const wanted = props.chosen ?? first;
  const found = items.find((event) => event.name === wanted);
  const shown = found ?? items[0];
  const isGone = status === 'ready' && wanted !== undefined && found === undefined;
  useFocusKept(list, shown?.name);

  const gone = isGone && !deletedHere.has(wanted) && (
    <Banner
      tone="info"
      role="status"
      title={t('service.events.goneTitle', { name: wanted })}
      action={
        <IconButton
          icon="close"
          label={t('common.dismiss')}
          onPress={() => {
            setFirst(shown?.name);
            props.onChoose(shown?.name);
          }}
        />
      }
    >
      {t('service.events.goneText')}
    </Banner>
  );

  if (status === 'loading') {
    return <Waiting>{t('common.loading')}</Waiting>;
  }
  if (status === 'failed') {
    return undefined;
  }
  if (shown === undefined) {
    return (
      <>
        {gone}
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
      </>
    );
  }
  return (
    <div className="service__stack">
      {gone}
      <div className="service__grid">
        <section className="card service__events" aria-labelledby="events-title">
          <h2 id="events-title" className="section-title">
            {t('service.events.title')}
          </h2>
          <ul className="rows" ref={list}>
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
    </div>
  );
}

/** When the event that had the focus is gone, the one that is shown in its place has it: from nowhere there is no way on by keyboard. */
function useFocusKept(list: RefObject<HTMLElement | null>, shown: string | undefined): void {
  const before = useRef(shown);
  useEffect(() => {
    if (before.current !== undefined && before.current !== shown && document.activeElement === document.body) {
      list.current?.querySelector<HTMLElement>('[aria-pressed="true"]')?.focus();
    }
    before.current = shown;
  }, [list, shown]);
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
