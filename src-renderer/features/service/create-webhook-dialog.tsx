import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { resourceName } from '../../../src-main/shared/api/common.ts';
import { WEBHOOK_EVENT_TYPES } from '../../../src-main/shared/api/webhooks.ts';
import { useStores } from '../../stores/context.ts';
import { useSubmit } from '../../stores/use-submit.ts';
import { Checkbox, Select, TextField } from '../../ui/field.tsx';
import { Fold } from '../../ui/fold.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';

type Type = (typeof WEBHOOK_EVENT_TYPES)[number];

/** The secret goes in and never comes back. */
export function CreateWebhookDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const { webhooks } = useStores();
  const [name, setName] = useState('');
  const [url, setUrl] = useState('');
  const [secret, setSecret] = useState('');
  const [deliverySchema, setDeliverySchema] = useState<'Event' | 'EventGrid'>('Event');
  const [types, setTypes] = useState<ReadonlySet<Type>>(new Set());
  const isNameGood = resourceName.safeParse(name.trim()).success;
  const submission = useSubmit({
    fields: ['name', 'url', 'secret', 'deliverySchema', 'eventTypes'],
    onDone: onClose,
    send: () =>
      webhooks.add(name.trim(), {
        url: url.trim(),
        ...(secret === '' ? {} : { secret }),
        eventTypes: WEBHOOK_EVENT_TYPES.filter((type) => types.has(type)),
        deliverySchema,
        enabled: true,
      }),
  });
  const { faultOf } = submission;

  function choose(type: Type, isChosen: boolean): void {
    setTypes(new Set(isChosen ? [...types, type] : [...types].filter((other) => other !== type)));
  }

  return (
    <FormDialog
      title={t('service.webhooks.createTitle')}
      confirmLabel={t('service.create.confirm')}
      isReady={isNameGood && url.trim() !== ''}
      submission={submission}
      onClose={onClose}
      width="medium"
    >
      <TextField
        label={t('service.create.name')}
        value={name}
        onChange={setName}
        error={faultOf('name') ?? (name !== '' && !isNameGood ? t('service.webhooks.nameFault') : undefined)}
        autoFocus
      />
      <TextField
        label={t('service.webhooks.url')}
        type="url"
        value={url}
        onChange={setUrl}
        placeholder="https://example.org/events"
        error={faultOf('url')}
      />
      <TextField
        label={t('service.webhooks.secret')}
        type="password"
        value={secret}
        onChange={setSecret}
        description={t('service.webhooks.secretDescription')}
        error={faultOf('secret')}
      />
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
