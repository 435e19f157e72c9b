import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ENCODING_TYPES, INPUT_PROTOCOLS } from '../../../src-main/shared/api/live-events.ts';
import { useStores } from '../../stores/context.ts';
import { useSubmit } from '../../stores/use-submit.ts';
import { Select, Switch, TextField } from '../../ui/field.tsx';
import { Fold } from '../../ui/fold.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import {
  changed,
  type EventDraft,
  FIRST_EVENT,
  faultsOf,
  OWN_PRESET,
  requestOf,
  streamOptionsOf,
} from './event-draft.ts';
import {
  AboutFields,
  AccessFields,
  HostFields,
  KeyFrameField,
  type SectionProps,
  FIELDS as SHARED_FIELDS,
  SlateFields,
  StretchField,
} from './event-sections.tsx';
import { FormSection } from './form-section.tsx';
import { isEncodingKind, presetsOf } from './preset-draft.ts';
import { CUSTOM_PRESET, PresetEditor } from './preset-editor.tsx';

const FIELDS = {
  name: 'name',
  preset: 'encoding.presetName',
  own: CUSTOM_PRESET,
  type: 'encoding.encodingType',
  options: 'streamOptions',
  previewLocator: 'preview.previewLocator',
} as const;

export function CreateEventDialog(props: {
  readonly onCreated: (name: string) => void;
  readonly onClose: () => void;
}): ReactNode {
  const { t } = useTranslation();
  const { liveEvents } = useStores();
  const [draft, setDraft] = useState(FIRST_EVENT);
  const change = (patch: Partial<EventDraft>): void => setDraft((current) => changed(current, patch));
  const faults = faultsOf(draft);
  const submission = useSubmit({
    fields: [...Object.values(FIELDS), ...Object.values(SHARED_FIELDS)],
    send: () => liveEvents.create(draft.name, requestOf(draft), draft.autoStart),
    onDone() {
      props.onCreated(draft.name);
      props.onClose();
    },
  });
  const { faultOf, problem } = submission;
  const section: SectionProps = { fields: draft, onChange: change, faults, submission };
  const { encodingType } = draft;
  const isFoldFaulty = [...Object.values(SHARED_FIELDS), FIELDS.options, FIELDS.previewLocator].some(
    (field) => faultOf(field) !== undefined,
  );

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
            value={encodingType}
            onChange={(type) => change({ encodingType: type })}
            choices={ENCODING_TYPES.map((value) => ({
              value,
              label: t(`service.encodingType.${value}`),
              detail: t(`service.encodingTypeDetail.${value}`),
            }))}
            description={t(`service.encodingTypeDetail.${encodingType}`)}
            error={faultOf(FIELDS.type)}
          />
          {isEncodingKind(encodingType) && (
            <Select
              label={t('service.create.preset')}
              value={draft.presetName}
              onChange={(presetName) => change({ presetName })}
              choices={[
                ...presetsOf(encodingType).map((value) => ({ value, label: value })),
                { value: OWN_PRESET, label: t('service.preset.own'), detail: t('service.preset.ownDetail') },
              ]}
              description={t('service.create.presetDescription')}
              error={faultOf(FIELDS.preset)}
            />
          )}
        </div>
      )}
      {isEncodingKind(encodingType) && draft.presetName === OWN_PRESET && (
        <PresetEditor
          kind={encodingType}
          draft={draft.own}
          onChange={(own) => change({ own })}
          problem={problem}
        />
      )}
      <Switch isSelected={draft.autoStart} onChange={(autoStart) => change({ autoStart })}>
        {t('service.create.autoStart')}
      </Switch>
      <Fold title={t('service.create.more')} mustBeOpen={isFoldFaulty}>
        <FormSection title={t('service.edit.timing')}>
          <div className="form__row">
            <KeyFrameField {...section} />
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
          {isEncodingKind(encodingType) && <StretchField {...section} />}
        </FormSection>
        <FormSection title={t('service.edit.access')}>
          <AccessFields {...section} protocol={draft.protocol} />
        </FormSection>
        {isEncodingKind(encodingType) && (
          <FormSection title={t('service.edit.slate')}>
            <SlateFields {...section} />
          </FormSection>
        )}
        <FormSection title={t('service.edit.host')}>
          <TextField
            label={t('service.create.previewLocator')}
            value={draft.previewLocator}
            onChange={(previewLocator) => change({ previewLocator: previewLocator.trim() })}
            placeholder={t('service.create.guidAuto')}
            description={t('service.create.previewLocatorDescription')}
            error={
              faultOf(FIELDS.previewLocator) ??
              (faults.has('previewLocator') ? t('service.create.guidFault') : undefined)
            }
          />
          <HostFields {...section} />
        </FormSection>
        <FormSection title={t('service.edit.about')}>
          <AboutFields {...section} />
        </FormSection>
      </Fold>
    </FormDialog>
  );
}
