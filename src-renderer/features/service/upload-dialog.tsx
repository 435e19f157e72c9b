import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Upload } from '../../../src-main/shared/api/uploads.ts';
import { useMirror, useStores } from '../../stores/context.ts';
import { type Submitting, useSubmit } from '../../stores/use-submit.ts';
import { Select, TextField } from '../../ui/field.tsx';
import { Fold } from '../../ui/fold.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { isResourceName, NameField } from './name-field.tsx';
import { bitrateOf, createOf, draftOf, targetOf, type UploadDraft } from './upload-draft.ts';

const TARGET_FIELDS = [
  'target.endpoint',
  'target.region',
  'target.bucket',
  'target.accessKeyId',
  'target.secretAccessKey',
  'target.containerUrl',
  'target.accountKey',
  'target.sas',
  'target.prefix',
] as const;

/** A new mirror, or one that is there: its key goes in and never comes back. */
export function UploadDialog(props: { readonly upload?: Upload; readonly onClose: () => void }): ReactNode {
  const { upload, onClose } = props;
  const { t } = useTranslation();
  const { uploads, locators } = useStores();
  const published = useMirror(locators).items.map((locator) => locator.name);
  const [name, setName] = useState(upload?.name ?? '');
  const [draft, setDraft] = useState(() => draftOf(upload, published[0] ?? ''));
  const change = (part: Partial<UploadDraft>): void => setDraft({ ...draft, ...part });
  const maxBitrate = bitrateOf(draft);
  const isLimitGood = !Number.isNaN(maxBitrate);
  const submission = useSubmit({
    fields: ['name', 'streamingLocatorName', 'publicUrl', 'retention', 'maxBitrate', ...TARGET_FIELDS],
    onDone: onClose,
    send: () =>
      upload === undefined
        ? uploads.add(name.trim(), createOf(draft))
        : uploads.change(upload.name, {
            streamingLocatorName: draft.streamingLocatorName,
            target: targetOf(draft, upload.target),
            retention: draft.retention,
            publicUrl: draft.publicUrl.trim() === '' ? null : draft.publicUrl.trim(),
            maxBitrate: maxBitrate ?? null,
          }),
  });
  const { faultOf } = submission;

  return (
    <FormDialog
      title={
        upload === undefined
          ? t('service.uploads.createTitle')
          : t('service.uploads.editTitle', { name: upload.name })
      }
      confirmLabel={t(upload === undefined ? 'service.create.confirm' : 'service.edit.save')}
      isReady={isResourceName(name) && isLimitGood && draft.streamingLocatorName !== '' && isPlaceNamed(draft)}
      submission={submission}
      onClose={onClose}
      width="medium"
    >
      {upload === undefined && <NameField name={name} onChange={setName} fault={faultOf('name')} />}
      <Select
        label={t('service.uploads.locator')}
        value={draft.streamingLocatorName}
        onChange={(streamingLocatorName) => change({ streamingLocatorName })}
        choices={published.map((value) => ({ value, label: value }))}
        error={
          faultOf('streamingLocatorName') ?? (published.length === 0 ? t('service.uploads.noLocators') : undefined)
        }
      />
      <Select
        label={t('service.uploads.kind')}
        value={draft.kind}
        onChange={(kind) => change({ kind })}
        choices={(['S3', 'AzureBlob'] as const).map((value) => ({
          value,
          label: t(`service.uploads.kinds.${value}`),
        }))}
      />
      <PlaceFields draft={draft} change={change} faultOf={faultOf} hasSecret={upload?.hasSecret === true} />
      <Fold
        title={t('service.create.more')}
        mustBeOpen={
          !isLimitGood ||
          ['target.prefix', 'publicUrl', 'retention', 'maxBitrate'].some((field) => faultOf(field) !== undefined)
        }
      >
        <TextField
          label={t('service.uploads.prefix')}
          value={draft.prefix}
          onChange={(prefix) => change({ prefix })}
          error={faultOf('target.prefix')}
        />
        <TextField
          label={t('service.uploads.publicUrl')}
          type="url"
          value={draft.publicUrl}
          onChange={(publicUrl) => change({ publicUrl })}
          description={t('service.uploads.publicUrlDescription')}
          error={faultOf('publicUrl')}
        />
        <Select
          label={t('service.uploads.retention')}
          value={draft.retention}
          onChange={(retention) => change({ retention })}
          choices={(['Recording', 'Window'] as const).map((value) => ({
            value,
            label: t(`service.uploads.retentions.${value}`),
          }))}
          error={faultOf('retention')}
        />
        <TextField
          label={t('service.uploads.maxMegabits')}
          value={draft.maxMegabits}
          onChange={(maxMegabits) => change({ maxMegabits })}
          description={t('service.uploads.maxMegabitsDescription')}
          error={faultOf('maxBitrate') ?? (isLimitGood ? undefined : t('service.uploads.maxMegabitsFault'))}
        />
      </Fold>
    </FormDialog>
  );
}

function isPlaceNamed({ kind, bucket, accessKeyId, containerUrl }: UploadDraft): boolean {
  return kind === 'S3' ? bucket.trim() !== '' && accessKeyId.trim() !== '' : containerUrl.trim() !== '';
}

/** Where it goes, and the key to it. */
function PlaceFields(props: {
  readonly draft: UploadDraft;
  readonly change: (part: Partial<UploadDraft>) => void;
  readonly faultOf: Submitting['faultOf'];
  readonly hasSecret: boolean;
}): ReactNode {
  const { t } = useTranslation();
  const { draft, change, faultOf } = props;
  const isS3 = draft.kind === 'S3';
  const secret = (
    <TextField
      label={t(isS3 ? 'service.uploads.secretAccessKey' : 'service.uploads.azureSecret')}
      type="password"
      value={draft.secret}
      onChange={(text) => change({ secret: text })}
      placeholder={props.hasSecret ? t('service.uploads.secretKept') : undefined}
      description={t('service.uploads.secretDescription')}
      error={faultOf(isS3 ? 'target.secretAccessKey' : 'target.accountKey') ?? faultOf('target.sas')}
    />
  );
  if (!isS3) {
    return (
      <>
        <TextField
          label={t('service.uploads.containerUrl')}
          type="url"
          value={draft.containerUrl}
          onChange={(containerUrl) => change({ containerUrl })}
          placeholder="https://account.blob.core.windows.net/container"
          error={faultOf('target.containerUrl')}
        />
        {secret}
      </>
    );
  }
  return (
    <>
      <TextField
        label={t('service.uploads.endpoint')}
        type="url"
        value={draft.endpoint}
        onChange={(endpoint) => change({ endpoint })}
        description={t('service.uploads.endpointDescription')}
        error={faultOf('target.endpoint')}
      />
      <div className="form__row form__row--wide">
        <TextField
          label={t('service.uploads.bucket')}
          value={draft.bucket}
          onChange={(bucket) => change({ bucket })}
          error={faultOf('target.bucket')}
        />
        <TextField
          label={t('service.uploads.region')}
          value={draft.region}
          onChange={(region) => change({ region })}
          error={faultOf('target.region')}
        />
      </div>
      <TextField
        label={t('service.uploads.accessKeyId')}
        value={draft.accessKeyId}
        onChange={(accessKeyId) => change({ accessKeyId })}
        error={faultOf('target.accessKeyId')}
      />
      {secret}
    </>
  );
}
