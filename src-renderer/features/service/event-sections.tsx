import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { type InputProtocol, STRETCH_MODES } from '../../../src-main/shared/api/live-events.ts';
import type { Submitting } from '../../stores/use-submit.ts';
import { Select, Switch, TextAreaField, TextField } from '../../ui/field.tsx';
import { AddressRows } from './address-rows.tsx';
import {
  type EventFields,
  type FieldFault,
  INGEST_ACCESSES,
  type IngestAccess,
  PREVIEW_ACCESSES,
} from './event-fields.ts';
import { PairRows } from './pair-rows.tsx';
import { SlatePicker } from './slate-picker.tsx';

/** What the service calls the fields of these forms when it has something against them. */
export const FIELDS = {
  description: 'description',
  tags: 'tags',
  token: 'input.accessToken',
  ingestInterval: 'input.keyFrameIntervalDuration',
  encodingInterval: 'encoding.keyFrameInterval',
  stretchMode: 'encoding.stretchMode',
  slate: 'encoding.slate',
  ingestAllow: 'input.accessControl',
  previewAllow: 'preview.accessControl',
  staticHost: 'useStaticHostname',
  hostPrefix: 'hostnamePrefix',
  clientPolicy: 'crossSiteAccessPolicies.clientAccessPolicy',
  domainPolicy: 'crossSiteAccessPolicies.crossDomainPolicy',
} as const;

export type SectionProps = {
  readonly fields: EventFields;
  readonly onChange: (patch: Partial<EventFields>) => void;
  readonly faults: { has(fault: FieldFault): boolean };
  readonly submission: Pick<Submitting, 'faultOf' | 'problem'>;
  readonly isDisabled?: boolean | undefined;
};

export function KeyFrameField(props: SectionProps): ReactNode {
  const { fields, faults, submission } = props;
  const { t } = useTranslation();
  return (
    <TextField
      label={t('service.create.keyFrame')}
      value={fields.keyFrameInterval}
      onChange={(keyFrameInterval) => props.onChange({ keyFrameInterval })}
      inputMode="decimal"
      suffix={t('settings.units.seconds')}
      description={t('service.create.keyFrameDescription')}
      isDisabled={props.isDisabled}
      error={
        faults.has('keyFrameInterval')
          ? t('service.create.keyFrameFault')
          : (submission.faultOf(FIELDS.ingestInterval) ?? submission.faultOf(FIELDS.encodingInterval))
      }
    />
  );
}

/** How a picture of another shape gets into the sizes of an encoding event. */
export function StretchField(props: SectionProps): ReactNode {
  const { fields, submission } = props;
  const { t } = useTranslation();
  return (
    <Select
      label={t('service.create.stretchMode')}
      value={fields.stretchMode}
      onChange={(stretchMode) => props.onChange({ stretchMode })}
      choices={STRETCH_MODES.map((value) => ({
        value,
        label: t(`service.stretchMode.${value}`),
        detail: t(`service.stretchModeDetail.${value}`),
      }))}
      description={t(`service.stretchModeDetail.${fields.stretchMode}`)}
      isDisabled={props.isDisabled}
      error={submission.faultOf(FIELDS.stretchMode)}
    />
  );
}

/** Who may send, and who may look at the preview. */
export function AccessFields(
  props: SectionProps & {
    readonly protocol: InputProtocol;
    /** An event that is there has a list; what the service takes when nothing is said is of new ones only. */
    readonly accesses?: readonly IngestAccess[];
  },
): ReactNode {
  const { fields, onChange, submission, isDisabled, protocol, accesses = INGEST_ACCESSES } = props;
  const { t } = useTranslation();
  return (
    <>
      {protocol !== 'Studio' && (
        <Select
          label={t('service.create.ingestAccess')}
          value={fields.ingestAccess}
          onChange={(ingestAccess) => onChange({ ingestAccess })}
          choices={accesses.map((value) => ({ value, label: t(`service.ingestAccess.${value}`) }))}
          description={t('service.create.ingestAccessDescription')}
          isDisabled={isDisabled}
        />
      )}
      {protocol !== 'Studio' && fields.ingestAccess === 'list' && (
        <AddressRows
          label={t('service.create.ingestAllow')}
          emptyText={t('service.addresses.nobodySends')}
          rows={fields.ingestAllow}
          onChange={(ingestAllow) => onChange({ ingestAllow })}
          problem={submission.problem}
          field={FIELDS.ingestAllow}
          isDisabled={isDisabled}
        />
      )}
      <Select
        label={t('service.create.previewAccess')}
        value={fields.previewAccess}
        onChange={(previewAccess) => onChange({ previewAccess })}
        choices={PREVIEW_ACCESSES.map((value) => ({ value, label: t(`service.previewAccess.${value}`) }))}
        isDisabled={isDisabled}
      />
      {fields.previewAccess === 'list' && (
        <AddressRows
          label={t('service.create.previewAllow')}
          emptyText={t('service.addresses.nobodyLooks')}
          rows={fields.previewAllow}
          onChange={(previewAllow) => onChange({ previewAllow })}
          problem={submission.problem}
          field={FIELDS.previewAllow}
          isDisabled={isDisabled}
        />
      )}
    </>
  );
}

/** What viewers of an encoding event see while no picture comes in, and in breaks. */
export function SlateFields(props: SectionProps): ReactNode {
  const { fields, onChange, submission, isDisabled } = props;
  const { t } = useTranslation();
  return (
    <>
      <SlatePicker
        label={t('service.slates.label')}
        usual={t('service.slates.stock')}
        description={t('service.slates.description')}
        value={fields.slateAsset}
        onChange={(slateAsset) => onChange({ slateAsset })}
        error={submission.faultOf(FIELDS.slate)}
        isDisabled={isDisabled}
      />
      <Switch
        isSelected={fields.slateOnBreaks}
        onChange={(slateOnBreaks) => onChange({ slateOnBreaks })}
        isDisabled={isDisabled}
      >
        {t('service.slates.onBreaks')}
      </Switch>
    </>
  );
}

/** What other programs may ask an event for. */
export function HostFields(
  props: SectionProps & {
    /** It is one that is in use: nobody's business who looks over a shoulder. */
    readonly isTokenHidden?: boolean;
  },
): ReactNode {
  const { fields, onChange, faults, submission, isDisabled } = props;
  const { t } = useTranslation();
  return (
    <>
      <TextField
        label={t('service.create.token')}
        type={props.isTokenHidden === true ? 'password' : 'text'}
        value={fields.accessToken}
        onChange={(accessToken) => onChange({ accessToken: accessToken.trim() })}
        placeholder={t('service.create.guidAuto')}
        description={t('service.create.tokenDescription')}
        isDisabled={isDisabled}
        error={
          submission.faultOf(FIELDS.token) ??
          (faults.has('accessToken') ? t('service.create.guidFault') : undefined)
        }
      />
      <TextField
        label={t('service.create.hostPrefix')}
        value={fields.hostnamePrefix}
        onChange={(hostnamePrefix) => onChange({ hostnamePrefix: hostnamePrefix.trim() })}
        description={t('service.create.hostDescription')}
        isDisabled={isDisabled}
        error={
          submission.faultOf(FIELDS.hostPrefix) ??
          (faults.has('hostnamePrefix') ? t('service.create.hostPrefixFault') : undefined)
        }
      />
      <Switch
        isSelected={fields.useStaticHostname}
        onChange={(useStaticHostname) => onChange({ useStaticHostname })}
        isDisabled={isDisabled}
      >
        {t('service.create.staticHost')}
      </Switch>
      <TextAreaField
        label={t('service.create.clientPolicy')}
        value={fields.clientAccessPolicy}
        onChange={(clientAccessPolicy) => onChange({ clientAccessPolicy })}
        isDisabled={isDisabled}
        error={submission.faultOf(FIELDS.clientPolicy)}
      />
      <TextAreaField
        label={t('service.create.domainPolicy')}
        value={fields.crossDomainPolicy}
        onChange={(crossDomainPolicy) => onChange({ crossDomainPolicy })}
        description={t('service.create.policiesDescription')}
        isDisabled={isDisabled}
        error={submission.faultOf(FIELDS.domainPolicy)}
      />
    </>
  );
}

export function AboutFields(props: SectionProps): ReactNode {
  const { fields, onChange, faults, submission } = props;
  const { t } = useTranslation();
  return (
    <>
      <TextField
        label={t('service.create.description')}
        value={fields.description}
        onChange={(description) => onChange({ description })}
        error={submission.faultOf(FIELDS.description)}
      />
      <PairRows
        words={{
          title: t('service.tags.title'),
          key: t('service.tags.key'),
          value: t('service.tags.value'),
          add: t('service.tags.add'),
          remove: (number) => t('service.tags.remove', { number }),
        }}
        rows={fields.tags}
        onChange={(tags) => onChange({ tags })}
        error={submission.faultOf(FIELDS.tags) ?? (faults.has('tags') ? t('service.tags.fault') : undefined)}
      />
    </>
  );
}
