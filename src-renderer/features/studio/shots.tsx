import type { ReactNode } from 'react';
import { ToggleButton, ToggleButtonGroup } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { SceneKind } from '../../../src-main/shared/api/scenes.ts';
import type { Scene, SourceStatus } from '../../../src-main/shared/api/studio.ts';
import { sourceLabel } from '../../i18n/source-label.ts';
import { useStores, useStudio } from '../../stores/context.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Icon, type IconName } from '../../ui/icon.tsx';
import { Key } from '../../ui/parts.tsx';
import { OverlaySwitches } from './scenes/overlay-switches.tsx';
import { keyOf, SLATE_KEY, shotsOf } from './scenes/scene-model.ts';
import { sceneName } from './scenes/scene-name.ts';

export const SOURCE_ICONS: Readonly<Record<SourceStatus['spec']['kind'], IconName>> = {
  test: 'test',
  screen: 'screen',
  window: 'window',
  camera: 'camera',
  microphone: 'mic',
  'system-audio': 'speaker',
  file: 'file',
  url: 'url',
  browser: 'external',
};

const SCENE_ICONS: Readonly<Record<SceneKind, IconName>> = {
  'picture-in-picture': 'inset',
  'side-by-side': 'beside',
  slate: 'slate',
  custom: 'layers',
};

/**
 * What can be shown, one key each: sources alone and scenes. The one on the programme is pressed; the one that is looked at first is marked.
 */
export function Shots(props: { readonly onManage: () => void; readonly onManageScenes: () => void }): ReactNode {
  const { t } = useTranslation();
  const stores = useStores();
  const studio = useStudio((slice) => slice.studio);
  const { scenes, looksFirst, looked } = useStore(stores.scenes);
  const shots = shotsOf(studio, scenes);
  const chosen = keyOf(studio?.scene);
  const lookedAt = looked === undefined ? undefined : keyOf(looked);

  function choose(scene: Scene): void {
    if (looksFirst) {
      stores.scenes.look(scene);
    } else {
      void stores.studio.setScene(scene);
    }
  }

  return (
    <section className="shots" aria-label={t('studio.shots.label')}>
      <ToggleButtonGroup
        className="shots__row"
        aria-label={t('studio.shots.label')}
        selectionMode="single"
        disallowEmptySelection
        selectedKeys={[chosen]}
        onSelectionChange={(keys) => {
          const [key] = keys;
          const shot = shots.find((candidate) => candidate.key === key);
          if (key === SLATE_KEY && key !== chosen) {
            choose({ kind: 'slate' });
          } else if (shot !== undefined && key !== chosen) {
            choose(shot.scene);
          }
        }}
      >
        {shots.map((shot, index) => (
          <ToggleButton
            key={shot.key}
            id={shot.key}
            className="shot"
            data-looked={shot.key === lookedAt || undefined}
            {...(shot.source === undefined ? {} : { 'data-state': shot.source.state })}
          >
            <Icon
              name={
                shot.source === undefined ? SCENE_ICONS[shot.item.spec.kind] : SOURCE_ICONS[shot.source.spec.kind]
              }
            />
            <span className="shot__text">
              <span className="shot__label">
                {shot.source === undefined ? sceneName(t, shot.item) : sourceLabel(t, shot.source)}
              </span>
              {shot.source !== undefined && shot.source.state !== 'live' && (
                <span className="shot__state">{t(`studio.sourceState.${shot.source.state}`)}</span>
              )}
              {shot.key === lookedAt && <span className="shot__state">{t('scenes.look.mark')}</span>}
            </span>
            {index < 9 && <Key>{index + 1}</Key>}
          </ToggleButton>
        ))}
        <ToggleButton id={SLATE_KEY} className="shot" data-looked={lookedAt === SLATE_KEY || undefined}>
          <Icon name="slate" />
          <span className="shot__text">
            <span className="shot__label">{t('studio.shots.slate')}</span>
          </span>
          <Key>0</Key>
        </ToggleButton>
      </ToggleButtonGroup>
      <OverlaySwitches />
      <IconButton
        icon="eye"
        label={t('scenes.look.first')}
        isPressed={looksFirst}
        onPress={() => stores.scenes.setLooksFirst(!looksFirst)}
      />
      <Button size="small" icon="layers" onPress={props.onManageScenes}>
        {t('scenes.manage')}
      </Button>
      <Button size="small" icon="plus" onPress={props.onManage}>
        {t('studio.shots.sources')}
      </Button>
    </section>
  );
}
