import type { ReactNode } from 'react';
import { ToggleButton, ToggleButtonGroup } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { SourceStatus, StudioState } from '../../../src-main/shared/api/studio.ts';
import { sourceLabel } from '../../i18n/source-label.ts';
import { useStores, useStudio } from '../../stores/context.ts';
import { Button } from '../../ui/button.tsx';
import { Icon, type IconName } from '../../ui/icon.tsx';
import { Key } from '../../ui/parts.tsx';

export const SOURCE_ICONS: Readonly<Record<SourceStatus['spec']['kind'], IconName>> = {
  test: 'test',
  screen: 'screen',
  window: 'window',
  camera: 'camera',
  microphone: 'mic',
  'system-audio': 'speaker',
  file: 'file',
  url: 'url',
};

const SLATE_KEY = 'slate:';

const NO_SOURCES: readonly SourceStatus[] = [];

export const selectPictures = (studio: StudioState | undefined): readonly SourceStatus[] =>
  studio?.sources.filter((source) => source.hasVideo) ?? NO_SOURCES;

/** What can be shown, one key each; the one on the programme is pressed. */
export function Shots(props: { readonly onManage: () => void }): ReactNode {
  const { t } = useTranslation();
  const stores = useStores();
  const studio = useStudio((slice) => slice.studio);
  const pictures = selectPictures(studio);
  const chosen = studio?.scene.kind === 'single' ? studio.scene.source : SLATE_KEY;

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
          if (key !== undefined && key !== chosen) {
            void stores.studio.setScene(
              key === SLATE_KEY ? { kind: 'slate' } : { kind: 'single', source: String(key) },
            );
          }
        }}
      >
        {pictures.map((source, index) => (
          <ToggleButton key={source.spec.id} id={source.spec.id} className="shot" data-state={source.state}>
            <Icon name={SOURCE_ICONS[source.spec.kind]} />
            <span className="shot__text">
              <span className="shot__label">{sourceLabel(t, source)}</span>
              {source.state !== 'live' && (
                <span className="shot__state">{t(`studio.sourceState.${source.state}`)}</span>
              )}
            </span>
            {index < 9 && <Key>{index + 1}</Key>}
          </ToggleButton>
        ))}
        <ToggleButton id={SLATE_KEY} className="shot">
          <Icon name="slate" />
          <span className="shot__text">
            <span className="shot__label">{t('studio.shots.slate')}</span>
          </span>
          <Key>0</Key>
        </ToggleButton>
      </ToggleButtonGroup>
      <Button size="small" icon="plus" onPress={props.onManage}>
        {t('studio.shots.sources')}
      </Button>
    </section>
  );
}
