import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { WEBHOOK_EVENT_TYPES, type Webhook } from '../../../src-main/shared/api/webhooks.ts';
import { useStores } from '../../stores/context.ts';
import { useSubmit } from '../../stores/use-submit.ts';
import { Checkbox, Select, Switch, TextField } from '../../ui/field.tsx';
import { Fold } from '../../ui/fold.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { isResourceName, NameField } from './name-field.tsx';

type Type = (typeof WEBHOOK_EVENT_TYPES)[number];

/** A new webhook, or one that is there: its secret goes in and never comes back. */
export function WebhookDialog(props: { readonly webhook?: Webhook; readonly onClose: () => void }): ReactNode {
  const { webhook, onClose } = props;
  const { t } = useTranslation();
  const { webhooks } = useStores();
  const [name, setName] = useState(webhook?.name ?? '');
  const [url, setUrl] = useState(webhook?.url ?? '');
  const [secret, setSecret] = useState('');
  const [signs, setSigns] = useState(webhook?.hasSecret ?? false);
  const [deliverySchema, setDeliverySchema] = useState(webhook?.deliverySchema ?? 'Event');
  const [types, setTypes] = useState<ReadonlySet<Type>>(new Set(webhook?.eventTypes ?? []));
  const submission = useSubmit({
    fields: ['name', 'url', 'secret', 'deliverySchema', 'eventTypes'],
    onDone: onClose,
    send() {
      const body = {
        url: url.trim(),
        eventTypes: WEBHOOK_EVENT_TYPES.filter((type) => types.has(type)),
        deliverySchema,
        ...(secret === '' ? {} : { secret }),
      };
      return webhook === undefined
        ? webhooks.add(name.trim(), { ...body, enabled: true })
        : webhooks.change(webhook.name, { ...body, ...(webhook.hasSecret && !signs ? { secret: null } : {}) });
    },
  });
  const { faultOf } = submission;

  function choose(type: Type, isChosen: boolean): void {
    setTypes(new Set(isChosen ? [...types, type] : [...types].filter((other) => other !== type)));
  }

  return (
    <FormDialog
      title={
        webhook === undefined
          ? t('service.webhooks.createTitle')
          : t('service.webhooks.editTitle', { name: webhook.name })
      }
      confirmLabel={t(webhook === undefined ? 'service.create.confirm' : 'service.edit.save')}
      isReady={isResourceName(name) && url.trim() !== ''}
      submission={submission}
      onClose={onClose}
      width="medium"
    >
      {webhook === undefined && <NameField name={name} onChange={setName} fault={faultOf('name')} />}
      <TextField
        label={t('service.webhooks.url')}
        type="url"
        value={url}
        onChange={setUrl}
        placeholder="https://example.org/events"
        error={faultOf('url')}
      />
      {webhook?.hasSecret === true && (
        <Switch isSelected={signs} onChange={setSigns}>
          {t('service.webhooks.sign')}
        </Switch>
      )}
      {(webhook?.hasSecret !== true || signs) && (
        <TextField
          label={t('service.webhooks.secret')}
          type="password"
          value={secret}
          onChange={setSecret}
          placeholder={webhook?.hasSecret === true ? t('service.webhooks.secretKept') : undefined}
          description={t('service.webhooks.secretDescription')}
          error={faultOf('secret')}
        />
      )}
      <Select
        label={t('service.webhooks.schema')}
        value={deliverySchema}
        onChange={setDeliverySchema}
        choices={(['Event', 'EventGrid'] as const).map((value) => ({
          value,
          label: t(`service.webhooks.schemas.${value}`),
        }))}
        error={faultOf('deliverySchema')}
      />
      <Fold
        title={t('service.webhooks.onlyTypes', { count: types.size })}
        mustBeOpen={faultOf('eventTypes') !== undefined}
      >
        <p className="card__note">{t('service.webhooks.typesNote')}</p>
        <div className="service__types">
          {WEBHOOK_EVENT_TYPES.map((type) => (
            <Checkbox key={type} isSelected={types.has(type)} onChange={(isChosen) => choose(type, isChosen)}>
              <span className="service__type">{type}</span>
            </Checkbox>
          ))}
        </div>
      </Fold>
    </FormDialog>
  );
}
