import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Problem } from '../../../src-main/shared/api/common.ts';
import { liveEventName } from '../../../src-main/shared/api/common.ts';
import { fieldMessage, problemOf } from '../../api/problem.ts';
import { problemText } from '../../i18n/problem-text.ts';
import { useStores } from '../../stores/context.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Switch, TextField } from '../../ui/field.tsx';
import { Banner } from '../../ui/parts.tsx';

export function CreateEventDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const { liveEvents } = useStores();
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [autoStart, setAutoStart] = useState(false);
  const [isSaving, setSaving] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const isNameGood = liveEventName.safeParse(name).success;

  async function create(): Promise<void> {
    setSaving(true);
    try {
      await liveEvents.create(name, { description, input: { streamingProtocol: 'Studio' } }, autoStart);
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
      title={t('service.create.title')}
      isOpen
      onClose={onClose}
      closeLabel={t('common.close')}
      width="small"
      footer={
        <>
          <Button onPress={onClose}>{t('common.cancel')}</Button>
          <Button tone="primary" isPending={isSaving} isDisabled={!isNameGood} onPress={() => void create()}>
            {t('service.create.confirm')}
          </Button>
        </>
      }
    >
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (isNameGood) {
            void create();
          }
        }}
      >
        <TextField
          label={t('service.create.name')}
          value={name}
          onChange={setName}
          description={t('service.create.nameDescription')}
          error={
            fieldMessage(problem, 'name') ??
            (name !== '' && !isNameGood ? t('service.create.nameFault') : undefined)
          }
          autoFocus
        />
        <TextField label={t('service.create.description')} value={description} onChange={setDescription} />
        <Switch isSelected={autoStart} onChange={setAutoStart}>
          {t('service.create.autoStart')}
        </Switch>
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
