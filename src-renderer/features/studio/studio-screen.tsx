import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { problemText } from '../../i18n/problem-text.ts';
import { useStores, useStudio } from '../../stores/context.ts';
import { selectHasPicture, selectPhase } from '../../stores/studio-store.ts';
import { Button } from '../../ui/button.tsx';
import { Banner } from '../../ui/parts.tsx';
import { Waiting } from '../../ui/spinner.tsx';
import { DestinationsPanel } from './destinations-panel.tsx';
import { FireDrillPanel } from './fire-drill-panel.tsx';
import { HealthPanel } from './health-panel.tsx';
import { PanicBanner } from './panic-banner.tsx';
import { PreflightSheet } from './preflight-sheet.tsx';
import { Programme } from './programme.tsx';
import { ScenePreview } from './scenes/scene-preview.tsx';
import { ScenesDialog } from './scenes/scenes-dialog.tsx';
import { Shots } from './shots.tsx';
import { SoundPanel } from './sound-panel.tsx';
import { SourceDialog } from './source-dialog.tsx';
import { TopBar } from './top-bar.tsx';
import { useStudioKeys } from './use-studio-keys.ts';
import './studio.css';
import './scenes/scenes.css';

export function StudioScreen(): ReactNode {
  const { t } = useTranslation();
  const { studio: store, dropped } = useStores();
  const droppedPath = useStore(dropped, ({ path }) => path);
  const isLoaded = useStudio(({ studio }) => studio !== undefined);
  const problem = useStudio((slice) => slice.problem);
  const hasPicture = useStudio(selectHasPicture);
  const phase = useStudio(selectPhase);
  const [choosesSource, setChoosesSource] = useState(false);
  const [editsScenes, setEditsScenes] = useState(false);
  useStudioKeys();

  if (!isLoaded) {
    return problem === undefined ? (
      <Waiting>{t('common.loading')}</Waiting>
    ) : (
      <div className="screen-message">
        <Banner
          tone="fault"
          title={problemText(t, problem).title}
          action={<Button onPress={() => void store.refresh()}>{t('common.retry')}</Button>}
        >
          {problemText(t, problem).text}
        </Banner>
      </div>
    );
  }
  const isFirst = !hasPicture && phase === 'off-air';
  return (
    <div className="studio" data-phase={phase}>
      <TopBar />
      <div className="studio__body">
        <div className="stage" data-first={isFirst || undefined}>
          <PanicBanner />
          <LastError />
          <div className="pictures">
            <Programme onAddSource={() => setChoosesSource(true)} />
            {!isFirst && <ScenePreview />}
          </div>
          {!isFirst && (
            <>
              <Shots onManage={() => setChoosesSource(true)} onManageScenes={() => setEditsScenes(true)} />
              {phase === 'rehearsing' && <FireDrillPanel />}
              <SoundPanel onAddSource={() => setChoosesSource(true)} />
              <HealthPanel />
            </>
          )}
        </div>
        <DestinationsPanel />
      </div>
      {editsScenes && <ScenesDialog onClose={() => setEditsScenes(false)} />}
      <PreflightSheet />
      <SourceDialog
        key={droppedPath}
        path={droppedPath}
        isOpen={choosesSource || droppedPath !== undefined}
        onClose={() => {
          setChoosesSource(false);
          dropped.setState({ path: undefined });
        }}
      />
    </div>
  );
}

/** Why the last broadcast could not begin or go on, until the next one does. */
function LastError(): ReactNode {
  const { t } = useTranslation();
  const error = useStudio(({ studio }) => studio?.lastError);
  const phase = useStudio(selectPhase);
  const [dismissed, setDismissed] = useState<typeof error>();
  if (error === undefined || error === dismissed || phase === 'live') {
    return undefined;
  }
  const { title, text } = problemText(t, error);
  return (
    <Banner
      tone="fault"
      title={title}
      role="alert"
      action={
        <Button size="small" onPress={() => setDismissed(error)}>
          {t('common.dismiss')}
        </Button>
      }
    >
      {text}
    </Banner>
  );
}
