import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { useFormat } from '../../i18n/use-format.ts';
import { type ViewerDelay, ViewerView } from '../../player/viewer-view.tsx';
import { useStores, useStudio } from '../../stores/context.ts';
import { selectHasPicture, selectPhase } from '../../stores/studio-store.ts';
import { Switch } from '../../ui/field.tsx';
import { Icon } from '../../ui/icon.tsx';
import { ProgrammeCanvas } from './programme-canvas.tsx';
import { ProgrammeNote } from './programme-note.tsx';
import { Welcome } from './welcome.tsx';

/** What goes out: as it leaves this computer, or as a viewer gets it. */
export function Programme(props: { readonly onAddSource: () => void }): ReactNode {
  const { t } = useTranslation();
  const stores = useStores();
  const hasPicture = useStudio(selectHasPicture);
  const phase = useStudio(selectPhase);
  const url = useStudio(({ studio }) => studio?.session?.urls.hls);
  const isAsked = useStore(stores.ui, ({ viewerView }) => viewerView);
  const [delay, setDelay] = useState<ViewerDelay>({ kind: 'connecting' });
  const canBeViewed = url !== undefined && (phase === 'live' || phase === 'reconnecting' || phase === 'ending');
  const showsViewers = isAsked && canBeViewed;

  if (!hasPicture && phase === 'off-air') {
    return <Welcome onChoose={props.onAddSource} />;
  }
  return (
    <section className="programme" aria-label={t('studio.programme.label')} data-phase={phase}>
      <div className="programme__frame">
        <div className="programme__picture">
          {showsViewers ? (
            <ViewerView url={url} label={t('studio.programme.viewerPicture')} onDelay={setDelay} />
          ) : (
            <ProgrammeCanvas feed={stores.preview} label={t('studio.programme.picture')} />
          )}
          <ProgrammeNote />
        </div>
      </div>
      <div className="programme__foot">
        <span className="programme__caption">
          {showsViewers ? <DelayText delay={delay} /> : t('studio.programme.direct')}
        </span>
        <Switch
          isSelected={showsViewers}
          isDisabled={!canBeViewed}
          onChange={(isSelected) => {
            setDelay({ kind: 'connecting' });
            stores.ui.setViewerView(isSelected);
          }}
        >
          <Icon name="eye" size={16} />
          {t('studio.programme.asViewers')}
        </Switch>
      </div>
    </section>
  );
}

function DelayText({ delay }: { readonly delay: ViewerDelay }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  switch (delay.kind) {
    case 'connecting':
      return t('studio.programme.connecting');
    case 'failed':
      return t('studio.programme.viewerFailed');
    case 'behind':
      return t('studio.programme.behind', { seconds: format.decimal(delay.seconds, 1) });
  }
}
