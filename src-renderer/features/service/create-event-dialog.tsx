import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ENCODING_TYPES, INPUT_PROTOCOLS } from '../../../src-main/shared/api/live-events.ts';
import { useStores } from '../../stores/context.ts';
import { useSubmit } from '../../stores/use-submit.ts';
import { Select, Switch, TextAreaField, TextField } from '../../ui/field.tsx';
import { Fold } from '../../ui/fold.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import {
  addressFault,
  changed,
  FIRST_EVENT,
  faultsOf,
  INGEST_ACCESSES,
  presetsOf,
  requestOf,
  streamOptionsOf,
} from './event-draft.ts';

const FIELDS = {
  name: 'name',
  preset: 'encoding.presetName',
  type: 'encoding.encodingType',
  ingestInterval: 'input.keyFrameIntervalDuration',
  encodingInterval: 'encoding.keyFrameInterval',
  options: 'streamOptions',
  ingestAllow: 'input.accessControl',
  previewAllow: 'preview.accessControl',
  description: 'description',
} as const;

export function CreateEventDialog(props: {
  readonly onCreated: (name: string) => void;
  readonly onClose: () => void;
}): ReactNode {
  const { t } = useTranslation();
  const { liveEvents } = useStores();
  const [draft, setDraft] = useState(FIRST_EVENT);
  const change = (patch: Partial<typeof draft>): void => setDraft(changed(draft, patch));
  const faults = faultsOf(draft);
  const submission = useSubmit({
    fields: Object.values(FIELDS),
    send: () => liveEvents.create(draft.name, requestOf(draft), draft.autoStart),
    onDone() {
      props.onCreated(draft.name);
      props.onClose();
    },
  });
  const { faultOf, problem } = submission;

  const intervalFault = faults.has('keyFrameInterval')
    ? t('service.create.keyFrameFault')
    : (faultOf(FIELDS.ingestInterval) ?? faultOf(FIELDS.encodingInterval));
  const ingestFault = addressFault(problem, FIELDS.ingestAllow, draft.ingestAllow);
  const previewFault = addressFault(problem, FIELDS.previewAllow, draft.previewAllow);
  const isFoldFaulty = [
    intervalFault,
    ingestFault,
    previewFault,
    faultOf(FIELDS.options),
    faultOf(FIELDS.description),
  ].some((fault) => fault !== undefined);

  return (
    <FormDialog
      title={t('service.create.title')}
      confirmLabel={t('service.create.confirm')}
      isReady={faults.size === 0}
      submission={submission}
      onClose={props.onClose}
      width="medium"
    >
      <TextField
        label={t('service.create.name')}
        value={draft.name}
        onChange={(name) => change({ name })}
        description={t('service.create.nameDescription')}
        error={
          faultOf(FIELDS.name) ??
          (draft.name !== '' && faults.has('name') ? t('service.create.nameFault') : undefined)
        }
        autoFocus
      />
      <RadioCards
        label={t('service.create.protocol')}
        columns={2}
        value={draft.protocol}
        onChange={(protocol) => change({ protocol })}
        cards={(['RTMP', ...INPUT_PROTOCOLS.filter((protocol) => protocol !== 'RTMP')] as const).map((value) => ({
          value,
          label: t(`service.protocol.${value}`),
          detail: t(`service.protocolDetail.${value}`),
        }))}
      />
      {draft.protocol !== 'Studio' && (
        <div className="form__row">
          <Select
            label={t('service.create.encodingType')}
            value={draft.encodingType}
            onChange={(encodingType) => change({ encodingType })}
            choices={ENCODING_TYPES.map((value) => ({
              value,
              label: t(`service.encodingType.${value}`),
              detail: t(`service.encodingTypeDetail.${value}`),
            }))}
            description={t(`service.encodingTypeDetail.${draft.encodingType}`)}
            error={faultOf(FIELDS.type)}
          />
          {draft.presetName !== '' && (
            <Select
              label={t('service.create.preset')}
              value={draft.presetName}
              onChange={(presetName) => change({ presetName })}
              choices={presetsOf(draft.encodingType).map((value) => ({ value, label: value }))}
              description={t('service.create.presetDescription')}
              error={faultOf(FIELDS.preset)}
            />
          )}
        </div>
      )}
      <Switch isSelected={draft.autoStart} onChange={(autoStart) => change({ autoStart })}>
        {t('service.create.autoStart')}
      </Switch>
      <Fold title={t('service.create.more')} mustBeOpen={isFoldFaulty}>
        <div className="form__row">
          <TextField
            label={t('service.create.keyFrame')}
            value={draft.keyFrameInterval}
            onChange={(keyFrameInterval) => change({ keyFrameInterval })}
            inputMode="decimal"
            suffix={t('settings.units.seconds')}
            description={t('service.create.keyFrameDescription')}
            error={intervalFault}
          />
          <Select
            label={t('service.create.streamOption')}
            value={draft.streamOption}
            onChange={(streamOption) => change({ streamOption })}
            choices={streamOptionsOf(draft).map((value) => ({
              value,
              label: t(`service.streamOption.${value}`),
              detail: t(`service.streamOptionDetail.${value}`),
            }))}
            error={faultOf(FIELDS.options)}
          />
        </div>
        {draft.protocol !== 'Studio' && (
          <Select
            label={t('service.create.ingestAccess')}
            value={draft.ingestAccess}
            onChange={(ingestAccess) => change({ ingestAccess })}
            choices={INGEST_ACCESSES.map((value) => ({ value, label: t(`service.ingestAccess.${value}`) }))}
            description={t('service.create.ingestAccessDescription')}
          />
        )}
        {draft.protocol !== 'Studio' && draft.ingestAccess === 'list' && (
          <TextAreaField
            label={t('service.create.ingestAllow')}
            value={draft.ingestAllow}
            onChange={(ingestAllow) => change({ ingestAllow })}
            description={t('service.create.ingestAllowDescription')}
            error={ingestFault}
          />
        )}
        <TextAreaField
          label={t('service.create.previewAllow')}
          value={draft.previewAllow}
          onChange={(previewAllow) => change({ previewAllow })}
          description={t('service.create.previewAllowDescription')}
          error={previewFault}
        />
        <TextField
          label={t('service.create.description')}
          value={draft.description}
          onChange={(description) => change({ description })}
          error={faultOf(FIELDS.description)}
        />
      </Fold>
    </FormDialog>
  );
}
