import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Webhook } from '../../../src-main/shared/api/webhooks.ts';
import { problemText } from '../../i18n/problem-text.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { useMirror, useStores } from '../../stores/context.ts';
import { useAction } from '../../stores/use-action.ts';
import { AskFirst } from '../../ui/ask-first.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { Switch } from '../../ui/field.tsx';
import { Chip, EmptyState, type Tone } from '../../ui/parts.tsx';
import { ProblemBanner } from './problem-banner.tsx';
import { WebhookDialog } from './webhook-dialog.tsx';

const TONES: Readonly<Record<Webhook['state'], Tone>> = {
  off: 'neutral',
  idle: 'good',
  delivering: 'good',
  waiting: 'fault',
};

/** Where events are sent to. */
export function WebhooksPanel(): ReactNode {
  const { t } = useTranslation();
  const { webhooks } = useStores();
  const { items, problem, status } = useMirror(webhooks);
  const [creating, setCreating] = useState(false);
  const add = (
    <Button icon="plus" onPress={() => setCreating(true)}>
      {t('service.webhooks.add')}
    </Button>
  );
  const dialog = creating && <WebhookDialog onClose={() => setCreating(false)} />;
  if (status === 'ready' && items.length === 0) {
    return (
      <>
        <EmptyState icon="link" title={t('service.webhooks.none')} action={add}>
          {t('service.webhooks.noneText')}
        </EmptyState>
        {dialog}
      </>
    );
  }
  return (
    <section className="card" aria-labelledby="webhooks-title">
      <header className="card__head">
        <h2 id="webhooks-title" className="section-title">
          {t('service.webhooks.title')}
        </h2>
        {add}
      </header>
      <ProblemBanner problem={problem} onRetry={() => void webhooks.refresh()} />
      <ul className="rows">
        {items.map((webhook) => (
          <Row key={webhook.name} webhook={webhook} />
        ))}
      </ul>
      {dialog}
    </section>
  );
}

function Row({ webhook }: { readonly webhook: Webhook }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { webhooks } = useStores();
  const action = useAction();
  const [editing, setEditing] = useState(false);
  const [leaving, setLeaving] = useState<string>();
  const { name, eventTypes, lastDelivery, retryAt, error } = webhook;
  const facts = [
    eventTypes.length === 0
      ? t('service.webhooks.allTypes')
      : t('service.webhooks.types', { count: eventTypes.length }),
    t(webhook.hasSecret ? 'service.webhooks.signed' : 'service.webhooks.unsigned'),
    t('service.webhooks.counts', {
      delivered: webhook.delivered,
      queued: webhook.queued,
      dropped: webhook.dropped,
    }),
    ...(lastDelivery === undefined
      ? []
      : [t('service.webhooks.last', { time: format.timeOfDay(lastDelivery.time), status: lastDelivery.status })]),
  ];
  return (
    <li className="rows__item rows__item--wrap">
      <span className="rows__main">
        <strong>{name}</strong>
        <span className="rows__detail">{webhook.url}</span>
        <span className="rows__detail">{facts.join(' · ')}</span>
        {error !== undefined && (
          <span className="rows__fault">
            {problemText(t, error).text}
            {retryAt !== undefined && <> {t('service.webhooks.retry', { time: format.timeOfDay(retryAt) })}</>}
          </span>
        )}
      </span>
      <Chip tone={TONES[webhook.state]} hasDot>
        {t(`service.webhookState.${webhook.state}`)}
      </Chip>
      <Switch
        label={t('service.webhooks.enabled', { name })}
        isSelected={webhook.enabled}
        isDisabled={action.pending !== undefined}
        onChange={(enabled) => action.run('enabled', () => webhooks.change(name, { enabled }))}
      >
        {undefined}
      </Switch>
      <IconButton icon="edit" label={t('service.webhooks.edit', { name })} onPress={() => setEditing(true)} />
      <IconButton
        icon="trash"
        label={t('service.webhooks.remove', { name })}
        isDisabled={action.pending === 'delete'}
        onPress={() => setLeaving(name)}
      />
      {action.problem !== undefined && (
        <div className="rows__more">
          <ProblemBanner problem={action.problem} onDismiss={action.dismiss} />
        </div>
      )}
      {editing && <WebhookDialog webhook={webhook} onClose={() => setEditing(false)} />}
      <AskFirst
        asked={leaving}
        onClose={() => setLeaving(undefined)}
        onConfirm={() => action.run('delete', () => webhooks.delete(name))}
        wordsOf={() => ({
          title: t('service.webhooks.removeTitle', { name }),
          text: t('service.webhooks.removeText'),
          confirm: t('service.webhooks.removeConfirm'),
        })}
      />
    </li>
  );
}
