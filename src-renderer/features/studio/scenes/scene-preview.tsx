import { type ReactNode, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { problemText } from '../../../i18n/problem-text.ts';
import { sourceLabel } from '../../../i18n/source-label.ts';
import { useStores, useStudio } from '../../../stores/context.ts';
import { Button } from '../../../ui/button.tsx';
import { keyOf, SLATE_KEY, shotsOf } from './scene-model.ts';
import { sceneName } from './scene-name.ts';
import { useMovingPicture } from './use-moving-picture.ts';

const WIDTH = 480;
const EVERY_MS = 400;

/** A scene as it would look on air, beside the programme; viewers see nothing of it before it is taken. */
export function ScenePreview(): ReactNode {
  const { t } = useTranslation();
  const { scenes: store, studio } = useStores();
  const looksFirst = useStore(store, (slice) => slice.looksFirst);
  const looked = useStore(store, (slice) => slice.looked);
  const scenes = useStore(store, (slice) => slice.scenes);
  const state = useStudio((slice) => slice.studio);
  const element = useRef<HTMLDivElement>(null);
  const load = useMemo(
    () => (looked === undefined ? undefined : (signal: AbortSignal) => store.picture(looked, WIDTH, signal)),
    [store, looked],
  );
  const { url, problem } = useMovingPicture(element, load, EVERY_MS);
  if (!looksFirst) {
    return undefined;
  }
  const shot = shotsOf(state, scenes).find(({ key }) => key === keyOf(looked));
  const name =
    shot === undefined
      ? keyOf(looked) === SLATE_KEY
        ? t('studio.shots.slate')
        : ''
      : shot.source === undefined
        ? sceneName(t, shot.item)
        : sourceLabel(t, shot.source);
  return (
    <section className="look" aria-label={t('scenes.look.label')}>
      <div className="look__picture" ref={element}>
        {looked !== undefined && url !== undefined ? (
          <img src={url} alt={t('scenes.look.picture', { name })} draggable={false} />
        ) : (
          <p className="look__hint">{looked === undefined ? t('scenes.look.hint') : t('common.loading')}</p>
        )}
      </div>
      <div className="look__foot">
        <span className="look__name" role="status">
          {problem !== undefined && looked !== undefined
            ? problemText(t, problem).title
            : looked === undefined
              ? ''
              : t('scenes.look.ready', { name })}
        </span>
        <Button
          tone="primary"
          size="small"
          isDisabled={looked === undefined}
          keyCap="T"
          onPress={() => void store.takeLooked(studio.setScene)}
        >
          {t('scenes.look.take')}
        </Button>
      </div>
    </section>
  );
}
