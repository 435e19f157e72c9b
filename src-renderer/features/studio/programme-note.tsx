import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FeedState } from '../../api/preview-feed.ts';
import { sourceLabel } from '../../i18n/source-label.ts';
import { useStores, useStudio } from '../../stores/context.ts';
import { Spinner } from '../../ui/spinner.tsx';

/** What to say over the picture when it is not simply there. */
export function ProgrammeNote(): ReactNode {
  const { t } = useTranslation();
  const { preview } = useStores();
  const mixer = useStudio(({ studio }) => studio?.mixer);
  const scene = useStudio(({ studio }) => studio?.scene);
  const source = useStudio(({ studio }) =>
    studio?.scene.kind === 'single'
      ? studio.sources.find(({ spec }) => studio.scene.kind === 'single' && spec.id === studio.scene.source)
      : undefined,
  );
  const [feed, setFeed] = useState<FeedState>(() => preview.state());
  useEffect(() => preview.onState(setFeed), [preview]);

  if (mixer === 'restarting') {
    return <Note waits>{t('studio.programme.mixerRestarting')}</Note>;
  }
  if (scene?.kind === 'single' && source?.state === 'starting') {
    return <Note waits>{t('studio.programme.sourceStarting', { source: sourceLabel(t, source) })}</Note>;
  }
  if (source?.state === 'lost' || source?.state === 'held' || source?.state === 'failed') {
    return <Note isBad>{t(`studio.programme.source.${source.state}`, { source: sourceLabel(t, source) })}</Note>;
  }
  if (feed === 'waiting' || feed === 'opening') {
    return <Note waits>{t('studio.programme.opening')}</Note>;
  }
  return undefined;
}

function Note(props: {
  readonly waits?: boolean;
  readonly isBad?: boolean;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <div className={`programme__note${props.isBad === true ? ' programme__note--bad' : ''}`}>
      {props.waits === true && <Spinner />}
      {props.children}
    </div>
  );
}
