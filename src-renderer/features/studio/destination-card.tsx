import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Destination, DestinationState } from '../../../src-main/shared/api/publishing.ts';
import { problemText } from '../../i18n/problem-text.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { useStores } from '../../stores/context.ts';
import { Button } from '../../ui/button.tsx';
import { Chip, type Tone } from '../../ui/parts.tsx';
import { type MenuEntry, MoreMenu } from '../../ui/popover.tsx';
import { useNow } from '../../ui/use-now.ts';
import { AirLine } from './air.tsx';

const TONES: Readonly<Record<DestinationState, Tone>> = {
  off: 'neutral',
  waiting: 'neutral',
  connecting: 'neutral',
  live: 'good',
  reconnecting: 'fault',
  failed: 'fault',
};

/** More waiting than this is said in red: viewers there are that far behind, and it grows. */
const QUEUE_FAULT_SECONDS = 2;

export function DestinationCard(props: {
  readonly destination: Destination;
  readonly onEdit: () => void;
  readonly onRemove: () => void;
}): ReactNode {
  const { destination, onEdit, onRemove } = props;
  const { t } = useTranslation();
  const { destinations } = useStores();
  const { name, state } = destination;
  const isOn = state !== 'off';

  const toggle: MenuEntry = isOn
    ? {
        id: 'stop',
        icon: 'stop',
        label: t('studio.destinations.stop'),
        onAction: () => void destinations.stop(name),
      }
    : {
        id: 'start',
        icon: 'play',
        label: t('studio.destinations.start'),
        onAction: () => void destinations.start(name),
      };

  return (
    <article className="card destination" aria-label={name} data-state={state}>
      <header className="card__head">
        <h2 className="card__title">{name}</h2>
        <MoreMenu
          label={t('studio.destinations.more', { name })}
          entries={[
            { id: 'edit', icon: 'edit', label: t('common.edit'), onAction: onEdit },
            toggle,
            {
              id: 'remove',
              icon: 'trash',
              label: t('studio.destinations.remove'),
              onAction: onRemove,
              isDestructive: true,
            },
          ]}
        />
      </header>
      <div className="destination__where">
        <Chip tone={TONES[state]} hasDot>
          {t(`studio.destinations.state.${state}`)}
        </Chip>
        <p className="destination__url">{destination.url}</p>
      </div>
      <Detail destination={destination} onEdit={onEdit} />
      <AirLine subject={`destination/${name}`} />
    </article>
  );
}

function Detail(props: { readonly destination: Destination; readonly onEdit: () => void }): ReactNode {
  const { destination, onEdit } = props;
  const { t } = useTranslation();
  switch (destination.state) {
    case 'live':
      return (
        <>
          <Sending destination={destination} />
          <Reduced destination={destination} />
        </>
      );
    case 'reconnecting':
      return <TriedAgain destination={destination} />;
    case 'failed':
      return (
        <TriedAgain destination={destination}>
          <Button size="small" icon="edit" onPress={onEdit}>
            {t('studio.destinations.correct')}
          </Button>
        </TriedAgain>
      );
    case 'off':
    case 'waiting':
    case 'connecting':
      return <p className="card__note">{t(`studio.destinations.note.${destination.state}`)}</p>;
  }
}

/** How much goes there, and how much waits. In kbit/s, which is what services and networks are measured in. */
function Sending({ destination }: { readonly destination: Destination }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { sentBitrate, queueSeconds, droppedSeconds, sending } = destination;
  return (
    <dl className="facts">
      <div>
        <dt>{t('studio.destinations.bitrate')}</dt>
        <dd>{format.decimal(Math.round(sentBitrate / 1000), 0)} kbit/s</dd>
      </div>
      {sending !== undefined && (
        <div data-fault={sending.isReduced || undefined}>
          <dt>{t('studio.destinations.sends')}</dt>
          <dd>{sending.height}p</dd>
        </div>
      )}
      <div data-fault={queueSeconds > QUEUE_FAULT_SECONDS || undefined}>
        <dt>{t('studio.destinations.queue')}</dt>
        <dd>{format.decimal(queueSeconds, 1)} s</dd>
      </div>
      {droppedSeconds > 0 && (
        <div data-fault>
          <dt>{t('studio.destinations.dropped')}</dt>
          <dd>{format.decimal(droppedSeconds, 1)} s</dd>
        </div>
      )}
    </dl>
  );
}

/** Why it gets less than was chosen, and the way to try again at once. */
function Reduced({ destination }: { readonly destination: Destination }): ReactNode {
  const { t } = useTranslation();
  const { destinations } = useStores();
  const { name, sending } = destination;
  if (sending?.isReduced !== true) {
    return undefined;
  }
  return (
    <div className="destination__fault">
      <p>{t('studio.destinations.reduced', { quality: `${sending.height}p` })}</p>
      <div className="row">
        <Button size="small" icon="refresh" onPress={() => void destinations.start(name)}>
          {t('studio.destinations.tryBest')}
        </Button>
      </div>
    </div>
  );
}

/** Why nothing goes there, when it is tried again, and what can be done about it. */
function TriedAgain(props: { readonly destination: Destination; readonly children?: ReactNode }): ReactNode {
  const { destination, children } = props;
  const { t } = useTranslation();
  const { destinations, timers, serverTime } = useStores();
  const nowMs = useNow(250, timers.nowMs);
  const leftMs =
    destination.retryAt === undefined ? 0 : Date.parse(destination.retryAt) - nowMs - serverTime.offsetMs();
  return (
    <div className="destination__fault">
      {destination.error !== undefined && <p>{problemText(t, destination.error).text}</p>}
      <div className="row row--spread">
        <span className="card__note">
          {leftMs > 0
            ? t('studio.destinations.retryIn', { seconds: Math.ceil(leftMs / 1000), count: destination.retries })
            : t('studio.destinations.retrying')}
        </span>
        {children}
        <Button size="small" icon="refresh" keyCap="N" onPress={() => void destinations.start(destination.name)}>
          {t('studio.destinations.retryNow')}
        </Button>
      </div>
    </div>
  );
}
