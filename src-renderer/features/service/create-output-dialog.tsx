import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { liveOutputName } from '../../../src-main/shared/api/common.ts';
import type { LiveEvent } from '../../../src-main/shared/api/live-events.ts';
import { durationOf } from '../../i18n/units.ts';
import { useMirror, useStores } from '../../stores/context.ts';
import { isSlate } from '../../stores/slates-store.ts';
import { useSubmit } from '../../stores/use-submit.ts';
import { Select, TextField } from '../../ui/field.tsx';
import { Fold } from '../../ui/fold.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { longestArchiveHours } from './event-draft.ts';

/** No asset can have this name: it has no letter at its ends. */
const NEW_ASSET = '+';

const FIELDS = [
  'name',
  'assetName',
  'archiveWindowLength',
  'rewindWindowLength',
  'manifestName',
  'description',
  'hls',
  'outputSnapTime',
] as const;

export function CreateOutputDialog(props: { readonly event: LiveEvent; readonly onClose: () => void }): ReactNode {
  const { event, onClose } = props;
  const { t } = useTranslation();
  const { liveEvents, assets } = useStores();
  const { items } = useMirror(assets.list);
  const longest = longestArchiveHours(event);
  const [name, setName] = useState('');
  const [asset, setAsset] = useState(NEW_ASSET);
  const [archiveHours, setArchiveHours] = useState(String(Math.min(8, longest)));
  const [rewindHours, setRewindHours] = useState('');
  const [manifestName, setManifestName] = useState('');
  const [description, setDescription] = useState('');
  const [fragments, setFragments] = useState('');
  const [snapTime, setSnapTime] = useState('');
  const isSnapTimeGood = /^\d*$/.test(snapTime);
  const areFragmentsGood = /^(?:[1-9]|10)?$/.test(fragments);
  const isNameGood = liveOutputName.safeParse(name).success;
  const archive = durationOf(archiveHours);
  const rewind = durationOf(rewindHours);
  const isRewindGood = rewindHours.trim() === '' || rewind !== undefined;

  const submission = useSubmit({
    fields: FIELDS,
    onDone: onClose,
    async send() {
      const assetName = asset === NEW_ASSET ? `${event.name}-${name}` : asset;
      if (asset === NEW_ASSET && !items.some((item) => item.name === assetName && item.state === 'empty')) {
        await liveEvents.createAsset(assetName, name);
      }
      await liveEvents.createOutput(event.name, name, {
        assetName,
        archiveWindowLength: archive ?? '',
        ...(rewind === undefined ? {} : { rewindWindowLength: rewind }),
        ...(manifestName.trim() === '' ? {} : { manifestName: manifestName.trim() }),
        ...(description.trim() === '' ? {} : { description: description.trim() }),
        ...(fragments === '' ? {} : { hls: { fragmentsPerTsSegment: Number(fragments) } }),
        ...(snapTime === '' ? {} : { outputSnapTime: snapTime }),
      });
    },
  });
  const { faultOf } = submission;

  return (
    <FormDialog
      title={t('service.outputs.createTitle', { event: event.name })}
      confirmLabel={t('service.create.confirm')}
      isReady={isNameGood && archive !== undefined && isRewindGood && areFragmentsGood && isSnapTimeGood}
      submission={submission}
      onClose={onClose}
    >
      <TextField
        label={t('service.create.name')}
        value={name}
        onChange={setName}
        description={t('service.outputs.nameDescription')}
        error={faultOf('name') ?? (name !== '' && !isNameGood ? t('service.create.nameFault') : undefined)}
        autoFocus
      />
      <Select
        label={t('service.outputs.asset')}
        value={asset}
        onChange={setAsset}
        choices={[
          { value: NEW_ASSET, label: t('service.outputs.newAsset') },
          ...items
            .filter((item) => item.state === 'empty' && !isSlate(item))
            .map((item) => ({ value: item.name, label: item.title === '' ? item.name : item.title })),
        ]}
        error={faultOf('assetName')}
      />
      <TextField
        label={t('service.outputs.windowLength')}
        value={archiveHours}
        onChange={setArchiveHours}
        inputMode="decimal"
        suffix={t('settings.units.hours')}
        description={t('service.outputs.windowDescription', { hours: longest })}
        error={faultOf('archiveWindowLength') ?? (archive === undefined ? t('settings.fault.number') : undefined)}
      />
      <TextField
        label={t('service.outputs.rewindLength')}
        value={rewindHours}
        onChange={setRewindHours}
        inputMode="decimal"
        suffix={t('settings.units.hours')}
        placeholder={t('service.outputs.rewindAll')}
        description={t('service.outputs.rewindDescription')}
        error={faultOf('rewindWindowLength') ?? (isRewindGood ? undefined : t('settings.fault.number'))}
      />
      <TextField
        label={t('service.outputs.manifest')}
        value={manifestName}
        onChange={setManifestName}
        placeholder={t('service.outputs.manifestAuto')}
        description={t('service.outputs.manifestDescription')}
        error={faultOf('manifestName')}
      />
      <Fold
        title={t('service.create.more')}
        mustBeOpen={
          !areFragmentsGood ||
          !isSnapTimeGood ||
          (['description', 'hls', 'outputSnapTime'] as const).some((field) => faultOf(field) !== undefined)
        }
      >
        <TextField
          label={t('service.outputs.fragments')}
          value={fragments}
          onChange={(text) => setFragments(text.trim())}
          inputMode="numeric"
          placeholder={t('service.outputs.fragmentsAuto')}
          description={t('service.outputs.fragmentsDescription')}
          error={faultOf('hls') ?? (areFragmentsGood ? undefined : t('service.outputs.fragmentsFault'))}
        />
        <TextField
          label={t('service.outputs.snapTime')}
          value={snapTime}
          onChange={(text) => setSnapTime(text.trim())}
          inputMode="numeric"
          description={t('service.outputs.snapTimeDescription')}
          error={faultOf('outputSnapTime') ?? (isSnapTimeGood ? undefined : t('settings.fault.number'))}
        />
        <TextField
          label={t('service.create.description')}
          value={description}
          onChange={setDescription}
          error={faultOf('description')}
        />
      </Fold>
    </FormDialog>
  );
}
