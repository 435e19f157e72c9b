import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { liveOutputName, type Problem } from '../../../src-main/shared/api/common.ts';
import { formatIsoDuration } from '../../../src-main/shared/iso-duration.ts';
import { fieldMessage, problemOf } from '../../api/problem.ts';
import { problemText } from '../../i18n/problem-text.ts';
import { useMirror, useStores } from '../../stores/context.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Select, TextField } from '../../ui/field.tsx';
import { Banner } from '../../ui/parts.tsx';

/** No asset can have this name: it has no letter at its ends. */
const NEW_ASSET = '+';

export function CreateOutputDialog(props: { readonly event: string; readonly onClose: () => void }): ReactNode {
  const { event, onClose } = props;
  const { t } = useTranslation();
  const { liveEvents, assets } = useStores();
  const { items } = useMirror(assets.list);
  const [name, setName] = useState('');
  const [asset, setAsset] = useState(NEW_ASSET);
  const [hours, setHours] = useState('8');
  const [isSaving, setSaving] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const isNameGood = liveOutputName.safeParse(name).success;
  const seconds = Number(hours.replace(',', '.')) * 3600;
  const isGood = isNameGood && Number.isFinite(seconds) && seconds > 0;

  async function create(): Promise<void> {
    setSaving(true);
    try {
      const assetName = asset === NEW_ASSET ? `${event}-${name}` : asset;
      if (asset === NEW_ASSET) {
        await liveEvents.createAsset(assetName, name);
      }
      await liveEvents.createOutput(event, name, { assetName, archiveWindowLength: formatIsoDuration(seconds) });
      onClose();
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setSaving(false);
    }
  }

  const words = problem === undefined || problem.errors !== undefined ? undefined : problemText(t, problem);
  return (
    <Dialog
      title={t('service.outputs.createTitle', { event })}
      isOpen
      onClose={onClose}
      closeLabel={t('common.close')}
      width="small"
      footer={
        <>
          <Button onPress={onClose}>{t('common.cancel')}</Button>
          <Button tone="primary" isPending={isSaving} isDisabled={!isGood} onPress={() => void create()}>
            {t('service.create.confirm')}
          </Button>
        </>
      }
    >
      <form
        className="form"
        onSubmit={(submit) => {
          submit.preventDefault();
          if (isGood) {
            void create();
          }
        }}
      >
        <TextField
          label={t('service.create.name')}
          value={name}
          onChange={setName}
          description={t('service.create.nameDescription')}
          error={fieldMessage(problem, 'name')}
          autoFocus
        />
        <Select
          label={t('service.outputs.asset')}
          value={asset}
          onChange={setAsset}
          choices={[
            { value: NEW_ASSET, label: t('service.outputs.newAsset') },
            ...items
              .filter((item) => item.state === 'empty')
              .map((item) => ({ value: item.name, label: item.title === '' ? item.name : item.title })),
          ]}
          error={fieldMessage(problem, 'assetName')}
        />
        <TextField
          label={t('service.outputs.windowLength')}
          value={hours}
          onChange={setHours}
          inputMode="decimal"
          suffix={t('settings.units.hours')}
          error={fieldMessage(problem, 'archiveWindowLength')}
        />
        {words !== undefined && (
          <Banner tone="fault" title={words.title} role="alert">
            {words.text}
          </Banner>
        )}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
