import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { SceneItem, SceneKind, SceneSpec } from '../../../../src-main/shared/api/scenes.ts';
import { problemText } from '../../../i18n/problem-text.ts';
import { useStores, useStudio } from '../../../stores/context.ts';
import { useAction } from '../../../stores/use-action.ts';
import { AskFirst } from '../../../ui/ask-first.tsx';
import { Button, IconButton } from '../../../ui/button.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { Banner } from '../../../ui/parts.tsx';
import { Tabs } from '../../../ui/tabs.tsx';
import { Collections } from './collections.tsx';
import { OverlaysForm } from './overlays-form.tsx';
import { SceneEditor } from './scene-editor.tsx';
import { moved, newSpec } from './scene-model.ts';
import { sceneName } from './scene-name.ts';

const KINDS: readonly SceneKind[] = ['picture-in-picture', 'side-by-side', 'slate', 'custom'];
const NO_SCENES: readonly SceneItem[] = [];

/** All scenes, and what lies on them. One that is edited takes the place of the list. */
export function ScenesDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const [edited, setEdited] = useState<{ readonly id: string | undefined; readonly spec: SceneSpec }>();

  if (edited !== undefined) {
    return (
      <SceneEditor
        id={edited.id}
        spec={edited.spec}
        onBack={() => setEdited(undefined)}
        onClose={() => setEdited(undefined)}
      />
    );
  }
  return (
    <Dialog
      title={t('scenes.title')}
      isOpen
      onClose={onClose}
      closeLabel={t('common.close')}
      width="medium"
      footer={
        <Button tone="primary" onPress={onClose}>
          {t('common.done')}
        </Button>
      }
    >
      <Tabs
        label={t('scenes.title')}
        tabs={[
          {
            id: 'scenes',
            label: t('scenes.tab.scenes'),
            content: <SceneList onEdit={(id, spec) => setEdited({ id, spec })} />,
          },
          { id: 'overlays', label: t('scenes.tab.overlays'), content: <OverlaysForm /> },
        ]}
      />
    </Dialog>
  );
}

function SceneList({ onEdit }: { readonly onEdit: (id: string | undefined, spec: SceneSpec) => void }): ReactNode {
  const { t } = useTranslation();
  const { scenes: store } = useStores();
  const scenes = useStore(store, (slice) => slice.scenes?.scenes ?? NO_SCENES);
  const onAir = useStudio(({ studio }) => (studio?.scene.kind === 'scene' ? studio.scene.scene : undefined));
  const action = useAction();
  const [leaving, setLeaving] = useState<SceneItem>();
  const ids = scenes.map(({ id }) => id);

  return (
    <div className="form">
      <Collections />
      <p>{t('scenes.lead')}</p>
      <ul className="scene-list">
        {scenes.map((scene, index) => {
          const name = sceneName(t, scene);
          return (
            <li key={scene.id} className="scene-list__item">
              <span className="scene-list__name">{name}</span>
              <span className="scene-list__note">
                {scene.id === onAir ? t('scenes.onAir') : t(`scenes.kind.${scene.spec.kind}`)}
              </span>
              <IconButton
                icon="back"
                label={t('scenes.earlier', { name })}
                isDisabled={index === 0}
                onPress={() => void store.order(moved(ids, index, -1))}
              />
              <IconButton
                icon="edit"
                label={t('scenes.edit', { name })}
                onPress={() => onEdit(scene.id, scene.spec)}
              />
              <IconButton
                icon="trash"
                label={t('scenes.remove', { name })}
                isDisabled={scene.id === onAir}
                onPress={() => setLeaving(scene)}
              />
            </li>
          );
        })}
      </ul>
      {action.problem !== undefined && (
        <Banner tone="fault" title={problemText(t, action.problem).title} role="alert">
          {problemText(t, action.problem).text}
        </Banner>
      )}
      <div className="row">
        {KINDS.map((kind) => (
          <Button
            key={kind}
            size="small"
            icon="plus"
            onPress={() => onEdit(undefined, newSpec(kind, t(`scenes.kind.${kind}`)))}
          >
            {t(`scenes.kind.${kind}`)}
          </Button>
        ))}
      </div>
      <AskFirst
        asked={leaving}
        onClose={() => setLeaving(undefined)}
        onConfirm={({ id }) => action.run('remove', () => store.remove(id))}
        wordsOf={(scene) => ({
          title: t('scenes.remove', { name: sceneName(t, scene) }),
          text: t('scenes.removeText'),
          confirm: t('scenes.removeConfirm'),
        })}
      />
    </div>
  );
}
