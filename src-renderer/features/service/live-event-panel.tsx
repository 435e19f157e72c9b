import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { LiveEvent, LiveOutput } from '../../../src-main/shared/api/live-events.ts';
import { parseIsoDuration } from '../../../src-main/shared/iso-duration.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { useStores } from '../../stores/context.ts';
import { allowedActions, type LiveEventAction } from '../../stores/live-events-store.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { CopyField } from '../../ui/copy.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import type { IconName } from '../../ui/icon.tsx';
import { Chip } from '../../ui/parts.tsx';
import { CreateOutputDialog } from './create-output-dialog.tsx';
import { EVENT_TONES } from './event-tones.ts';

const ICONS: Readonly<Record<LiveEventAction, IconName>> = {
  start: 'play',
  stop: 'stop',
  reset: 'refresh',
  delete: 'trash',
};

/** What takes viewers off or throws something away is asked about first. */
type Asked = Exclude<LiveEventAction, 'start'>;

export function LiveEventPanel({ event }: { readonly event: LiveEvent }): ReactNode {
  const { t } = useTranslation();
  const { liveEvents } = useStores();
  const pending = useStore(liveEvents, (slice) => slice.pending);
  const [asked, setAsked] = useState<Asked>();
  const { name } = event;
  const isBusy = [...pending].some((key) => key.startsWith(`${name}/`));

  useEffect(() => {
    void liveEvents.loadOutputs(name);
  }, [liveEvents, name]);

  return (
    <section className="card service__event" aria-labelledby="event-title">
      <header className="card__head">
        <h2 id="event-title" className="card__title card__title--large">
          {name}
        </h2>
        <Chip tone={EVENT_TONES[event.resourceState]} hasDot>
          {t(`service.state.${event.resourceState}`)}
        </Chip>
      </header>
      {event.description !== '' && <p className="card__note">{event.description}</p>}
      <div className="row">
        {allowedActions(event.resourceState).map((action) => (
          <Button
            key={action}
            icon={ICONS[action]}
            isDisabled={isBusy && !pending.has(`${name}/${action}`)}
            isPending={pending.has(`${name}/${action}`)}
            onPress={() => (action === 'start' ? void liveEvents.act(name, action) : setAsked(action))}
          >
            {t(`service.actions.${action}`)}
          </Button>
        ))}
        {allowedActions(event.resourceState).length === 0 && <p className="card__note">{t('service.onItsWay')}</p>}
      </div>
      <Endpoints title={t('service.ingest')} endpoints={event.input.endpoints} none={t('service.ingestNone')} />
      <Endpoints
        title={t('service.preview')}
        endpoints={event.preview.endpoints}
        none={t('service.previewNone')}
      />
      <Outputs event={event} />
      <ConfirmDialog
        title={asked === undefined ? '' : t(`service.confirm.${asked}.title`, { name })}
        isOpen={asked !== undefined}
        onClose={() => setAsked(undefined)}
        onConfirm={() => {
          if (asked !== undefined) {
            void liveEvents.act(name, asked);
          }
        }}
        closeLabel={t('common.close')}
        cancelLabel={t('common.cancel')}
        confirmLabel={asked === undefined ? '' : t(`service.actions.${asked}`)}
      >
        <p>{asked === undefined ? '' : t(`service.confirm.${asked}.text`)}</p>
      </ConfirmDialog>
    </section>
  );
}

function Endpoints(props: {
  readonly title: string;
  readonly none: string;
  readonly endpoints: readonly { readonly protocol: string; readonly url: string }[];
}): ReactNode {
  const { t } = useTranslation();
  return (
    <div className="service__part">
      <h3 className="section-title">{props.title}</h3>
      {props.endpoints.length === 0 && <p className="card__note">{props.none}</p>}
      {props.endpoints.map((endpoint) => (
        <CopyField
          key={endpoint.url}
          label={endpoint.protocol}
          text={endpoint.url}
          copyLabel={t('common.copy')}
          copiedLabel={t('common.copied')}
        />
      ))}
    </div>
  );
}

const NO_OUTPUTS: readonly LiveOutput[] = [];

function Outputs({ event }: { readonly event: LiveEvent }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { liveEvents } = useStores();
  const outputs = useStore(liveEvents, (slice) => slice.outputs.get(event.name) ?? NO_OUTPUTS);
  const [creating, setCreating] = useState(false);
  const [leaving, setLeaving] = useState<string>();
  return (
    <div className="service__part">
      <header className="card__head">
        <h3 className="section-title">{t('service.outputs.title')}</h3>
        <Button size="small" icon="plus" onPress={() => setCreating(true)}>
          {t('service.outputs.add')}
        </Button>
      </header>
      {outputs.length === 0 && <p className="card__note">{t('service.outputs.none')}</p>}
      <ul className="rows">
        {outputs.map((output) => (
          <li key={output.name} className="rows__item">
            <span className="rows__main">
              <strong>{output.name}</strong>
              <span className="rows__detail">
                <a className="link" href={`#/archive/${encodeURIComponent(output.assetName)}`}>
                  {output.assetName}
                </a>
                {' · '}
                {t('service.outputs.window', {
                  time: format.duration(parseIsoDuration(output.archiveWindowLength) ?? 0),
                })}
              </span>
            </span>
            <Chip tone={output.resourceState === 'Running' ? 'good' : 'neutral'} hasDot>
              {t(`service.outputState.${output.resourceState}`)}
            </Chip>
            <IconButton
              icon="trash"
              label={t('service.outputs.remove', { name: output.name })}
              isDisabled={output.resourceState !== 'Running'}
              onPress={() => setLeaving(output.name)}
            />
          </li>
        ))}
      </ul>
      {creating && <CreateOutputDialog event={event.name} onClose={() => setCreating(false)} />}
      <ConfirmDialog
        title={t('service.outputs.removeTitle', { name: leaving ?? '' })}
        isOpen={leaving !== undefined}
        onClose={() => setLeaving(undefined)}
        onConfirm={() => {
          if (leaving !== undefined) {
            void liveEvents.deleteOutput(event.name, leaving);
          }
        }}
        closeLabel={t('common.close')}
        cancelLabel={t('common.keep')}
        confirmLabel={t('service.outputs.removeConfirm')}
      >
        <p>{t('service.outputs.removeText')}</p>
      </ConfirmDialog>
    </div>
  );
}
