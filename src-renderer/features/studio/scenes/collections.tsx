import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { FIRST_COLLECTION, sceneCollectionName } from '../../../../src-main/shared/api/scenes.ts';
import { problemText } from '../../../i18n/problem-text.ts';
import { useStores, useStudio } from '../../../stores/context.ts';
import { useAction } from '../../../stores/use-action.ts';
import { useSubmit } from '../../../stores/use-submit.ts';
import { AskFirst } from '../../../ui/ask-first.tsx';
import { Button } from '../../../ui/button.tsx';
import { Select, TextField } from '../../../ui/field.tsx';
import { FormDialog } from '../../../ui/form-dialog.tsx';
import { Banner } from '../../../ui/parts.tsx';

/** Letters of a name. */
const MOST_NAME = 60;
const NONE: readonly string[] = [];

/** Which event the scenes are of. Every change of a scene is kept in the collection that is chosen here. */
export function Collections(): ReactNode {
  const { t } = useTranslation();
  const { scenes: store } = useStores();
  const known = useStore(store, (slice) => slice.scenes);
  const action = useAction();
  const [isAdding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState<string>();
  if (known === undefined) {
    return null;
  }
  const { collection, collections } = known;
  const nameOf = (name: string): string => (name === FIRST_COLLECTION ? t('scenes.collection.first') : name);
  const other = collections.find((name) => name !== collection);

  async function remove(name: string, next: string): Promise<void> {
    await store.useCollection(next);
    await store.removeCollection(name);
  }

  return (
    <>
      <div className="scene-collections">
        <Select
          label={t('scenes.collection.label')}
          value={collection}
          choices={collections.map((value) => ({ value, label: nameOf(value) }))}
          onChange={(name) => action.run('use', () => store.useCollection(name))}
          description={t('scenes.collection.description')}
        />
        <Button size="small" icon="plus" onPress={() => setAdding(true)}>
          {t('scenes.collection.add')}
        </Button>
        {other !== undefined && (
          <Button size="small" tone="quiet" icon="trash" onPress={() => setLeaving(collection)}>
            {t('scenes.collection.remove')}
          </Button>
        )}
      </div>
      {action.problem !== undefined && (
        <Banner tone="fault" title={problemText(t, action.problem).title} role="alert">
          {problemText(t, action.problem).text}
        </Banner>
      )}
      {isAdding && <NewCollection onClose={() => setAdding(false)} />}
      <AskFirst
        asked={leaving}
        onClose={() => setLeaving(undefined)}
        onConfirm={(name) => other !== undefined && action.run('remove', () => remove(name, other))}
        wordsOf={(name) => ({
          title: t('scenes.collection.removeTitle', { name: nameOf(name) }),
          text: t('scenes.collection.removeText', { name: nameOf(other ?? '') }),
          confirm: t('scenes.collection.removeConfirm'),
        })}
      />
    </>
  );
}

function NewCollection({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const { scenes: store } = useStores();
  const title = useStudio(({ studio }) => studio?.title ?? '');
  const taken = useStore(store, (slice) => slice.scenes?.collections ?? NONE);
  const [typed, setTyped] = useState<string>();
  const [from, setFrom] = useState<'current' | 'first'>('current');
  const name = typed ?? title.slice(0, MOST_NAME).trim();
  const isGood = sceneCollectionName.safeParse(name).success;
  const isTaken = taken.includes(name.trim());
  const submission = useSubmit({
    fields: ['name'],
    onDone: onClose,
    send: () => store.createCollection({ name, from }),
  });
  return (
    <FormDialog
      title={t('scenes.collection.addTitle')}
      confirmLabel={t('scenes.collection.addConfirm')}
      isReady={isGood && !isTaken}
      submission={submission}
      onClose={onClose}
    >
      <TextField
        label={t('scenes.name')}
        value={name}
        onChange={setTyped}
        description={t('scenes.collection.nameDescription')}
        error={submission.faultOf('name') ?? (isTaken ? t('scenes.collection.taken') : undefined)}
      />
      <Select
        label={t('scenes.collection.from')}
        value={from}
        onChange={setFrom}
        choices={[
          { value: 'current', label: t('scenes.collection.fromCurrent') },
          { value: 'first', label: t('scenes.collection.fromFirst') },
        ]}
      />
    </FormDialog>
  );
}
