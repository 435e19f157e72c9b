import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { useStores, useStudio } from '../../stores/context.ts';
import { selectHasPicture, selectIsTurning, selectPhase } from '../../stores/studio-store.ts';
import { Button } from '../../ui/button.tsx';
import { HoldButton } from '../../ui/hold-button.tsx';
import { useNow } from '../../ui/use-now.ts';
import { MomentButtons, PanicButton } from './moment-buttons.tsx';

/** The one big button, and what is safe beside it. While something is turning, nothing can be asked for twice. */
export function Actions(): ReactNode {
  const { t } = useTranslation();
  const { studio, checks, ui } = useStores();
  const checksFirst = useStore(ui, (slice) => slice.checksFirst);
  const phase = useStudio(selectPhase);
  const isTurning = useStudio(selectIsTurning);
  const hasPicture = useStudio(selectHasPicture);

  /** One press, unless the person wants to see the checks before. */
  const goLive = (): void => void (checksFirst ? checks.open() : studio.goLive());

  switch (phase) {
    case 'off-air':
      return (
        <div className="actions">
          <Button size="large" icon="check" keyCap="C" onPress={() => void checks.open()}>
            {t('preflight.open')}
          </Button>
          <Button
            isDisabled={!hasPicture}
            isPending={isTurning}
            keyCap="R"
            onPress={() => void studio.rehearse()}
            size="large"
          >
            {t('studio.actions.rehearse')}
          </Button>
          <Button tone="primary" size="large" isDisabled={!hasPicture} isPending={isTurning} onPress={goLive}>
            {t('studio.actions.goLive')}
          </Button>
        </div>
      );
    case 'rehearsing':
      return (
        <div className="actions">
          <PanicButton />
          <Button size="large" isPending={isTurning} onPress={() => void studio.end()}>
            {t('studio.actions.endRehearsal')}
          </Button>
          <Button tone="primary" size="large" isPending={isTurning} onPress={goLive}>
            {t('studio.actions.goLive')}
          </Button>
        </div>
      );
    case 'starting':
      return (
        <div className="actions">
          <Button tone="primary" size="large" isPending>
            {t('studio.actions.starting')}
          </Button>
        </div>
      );
    case 'live':
    case 'reconnecting':
      return (
        <div className="actions">
          <MomentButtons />
          <HoldButton
            tone="air"
            icon="stop"
            isPending={isTurning}
            onHeld={() => void studio.end()}
            hint={t('studio.actions.holdHint')}
          >
            {t('studio.actions.end')}
          </HoldButton>
        </div>
      );
    case 'ending':
      return <Ending />;
  }
}

/** Nothing has ended until the time is up. */
function Ending(): ReactNode {
  const { t } = useTranslation();
  const { studio, timers, serverTime } = useStores();
  const undoUntil = useStudio((slice) => slice.studio?.session?.undoUntil);
  const isEnding = useStudio(({ pending }) => pending.has('end'));
  const isUndoing = useStudio(({ pending }) => pending.has('undo-end'));
  const nowMs = useNow(200, timers.nowMs);
  const leftMs = undoUntil === undefined ? 0 : Math.max(0, Date.parse(undoUntil) - nowMs - serverTime.offsetMs());
  if (leftMs === 0) {
    return (
      <div className="actions">
        <Button size="large" isPending>
          {t('studio.actions.finalising')}
        </Button>
      </div>
    );
  }
  return (
    <div className="actions">
      <PanicButton />
      <Button size="large" isPending={isEnding} onPress={() => void studio.end({ now: true })}>
        {t('studio.actions.endNow')}
      </Button>
      <Button tone="primary" size="large" icon="undo" isPending={isUndoing} onPress={() => void studio.undoEnd()}>
        {t('studio.actions.undo', { seconds: Math.ceil(leftMs / 1000) })}
      </Button>
    </div>
  );
}
