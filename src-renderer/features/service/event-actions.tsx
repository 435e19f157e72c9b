import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { LiveEvent } from '../../../src-main/shared/api/live-events.ts';
import { useStores } from '../../stores/context.ts';
import { allowedActions, isBusy, type LiveEventAction } from '../../stores/live-events-store.ts';
import { AskFirst } from '../../ui/ask-first.tsx';
import { Button } from '../../ui/button.tsx';
import type { IconName } from '../../ui/icon.tsx';
import { EditEventDialog } from './edit-event-dialog.tsx';
import { NO_OUTPUTS } from './outputs-panel.tsx';
import { ProblemBanner } from './problem-banner.tsx';

const ICONS: Readonly<Record<LiveEventAction, IconName>> = {
  start: 'play',
  allocate: 'pin',
  stop: 'stop',
  reset: 'refresh',
  delete: 'trash',
};

/** What takes viewers off or throws something away is asked about first, with the outputs that it ends. */
type Asked = {
  readonly action: Exclude<LiveEventAction, 'start' | 'allocate'>;
  readonly outputs: readonly string[];
};

/** The buttons that the event's state allows, and no others. */
export function EventActions({ event }: { readonly event: LiveEvent }): ReactNode {
  const { t } = useTranslation();
  const { liveEvents } = useStores();
  const { name, resourceState } = event;
  const pending = useStore(liveEvents, (slice) => slice.pending);
  const outputs = useStore(liveEvents, (slice) => slice.outputs.get(name) ?? NO_OUTPUTS);
  const refusal = useStore(liveEvents, ({ refusals }) => refusals.get(name));
  const [asked, setAsked] = useState<Asked>();
  const [editing, setEditing] = useState(false);
  const actions = allowedActions(resourceState);

  function press(action: LiveEventAction): void {
    switch (action) {
      case 'start':
        void liveEvents.start(name);
        break;
      case 'allocate':
        void liveEvents.allocate(name);
        break;
      default:
        setAsked({ action, outputs: outputs.map((output) => output.name) });
    }
  }

  function confirm({ action, outputs: ended }: Asked): void {
    switch (action) {
      case 'stop':
        void liveEvents.stop(name, ended.length > 0);
        break;
      case 'reset':
        void liveEvents.reset(name);
        break;
      case 'delete':
        void liveEvents.delete(name);
        break;
    }
  }

  return (
    <>
      <ProblemBanner problem={refusal} onDismiss={() => liveEvents.forgive(name)} />
      {actions.length > 0 && (
        <div className="row">
          {actions.map((action) => (
            <Button
              key={action}
              tone={action === 'start' ? 'primary' : 'plain'}
              icon={ICONS[action]}
              isDisabled={isBusy(pending, name) && !pending.has(`${name}/${action}`)}
              isPending={pending.has(`${name}/${action}`)}
              onPress={() => press(action)}
            >
              {t(`service.actions.${action}`)}
            </Button>
          ))}
          <Button icon="edit" onPress={() => setEditing(true)}>
            {t('service.edit.button')}
          </Button>
        </div>
      )}
      {editing && <EditEventDialog event={event} onClose={() => setEditing(false)} />}
      <AskFirst
        asked={asked}
        onClose={() => setAsked(undefined)}
        onConfirm={confirm}
        wordsOf={({ action, outputs: ended }) => ({
          title: t(`service.confirm.${action}.title`, { name }),
          cancel: t('common.cancel'),
          confirm:
            action === 'stop' && ended.length > 0
              ? t('service.confirm.stop.withOutputs', { count: ended.length })
              : t(`service.actions.${action}`),
          text: (
            <div className="form">
              <p>{t(`service.confirm.${action}.text`)}</p>
              {ended.length > 0 && (
                <>
                  <p>{t('service.confirm.outputs', { count: ended.length })}</p>
                  <ul className="points">
                    {ended.map((output) => (
                      <li key={output}>
                        <strong>{output}</strong>
                      </li>
                    ))}
                  </ul>
                </>
              )}
            </div>
          ),
        })}
      />
    </>
  );
}
