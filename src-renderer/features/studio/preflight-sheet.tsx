import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { CheckState, Preflight, PreflightCheck } from '../../../src-main/shared/api/preflight.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { useStores, useStudio } from '../../stores/context.ts';
import { selectHasPicture, selectIsTurning, selectPhase } from '../../stores/studio-store.ts';
import { useSourceLabel } from '../../stores/use-source-label.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Switch } from '../../ui/field.tsx';
import { Icon, type IconName } from '../../ui/icon.tsx';
import { Spinner } from '../../ui/spinner.tsx';
import { checkLabel, checkText } from './preflight-words.ts';
import './preflight.css';

/** The checks before a broadcast, ticking themselves. The button that goes live is there from the first moment, and has the focus. */
export function PreflightSheet(): ReactNode {
  const { t } = useTranslation();
  const { checks: store, studio, ui } = useStores();
  const isOpen = useStore(store, (slice) => slice.isOpen);
  const preflight = useStore(store, (slice) => slice.preflight);
  const isStarting = useStore(store, (slice) => slice.isStarting);
  const checksFirst = useStore(ui, (slice) => slice.checksFirst);
  const phase = useStudio(selectPhase);
  const isTurning = useStudio(selectIsTurning);
  const hasPicture = useStudio(selectHasPicture);
  const isRunning = isStarting || preflight?.state === 'running';
  const canBegin = phase === 'off-air' || phase === 'rehearsing';

  useEffect(() => {
    // Somebody went live another way: it must not be there again when that has ended.
    if (!canBegin) {
      store.close();
    }
  }, [store, canBegin]);

  function goLive(): void {
    store.close();
    void studio.goLive();
  }

  return (
    <Dialog
      title={t('preflight.title')}
      isOpen={isOpen}
      onClose={store.close}
      closeLabel={t('common.close')}
      width="medium"
      isText
      footer={
        <div className="preflight__foot">
          <Switch isSelected={checksFirst} onChange={(isOn) => ui.setChecksFirst(isOn)}>
            {t('preflight.always')}
          </Switch>
          <Button isPending={isRunning} onPress={() => void store.check()} icon="refresh">
            {t('preflight.again')}
          </Button>
          {phase === 'off-air' && (
            <Button
              isDisabled={!hasPicture}
              isPending={isTurning}
              onPress={() => {
                store.close();
                void studio.rehearse();
              }}
            >
              {t('studio.actions.rehearse')}
            </Button>
          )}
          <Button tone="primary" autoFocus isDisabled={!hasPicture} isPending={isTurning} onPress={goLive}>
            {t(goLiveText(preflight, isRunning))}
          </Button>
        </div>
      }
    >
      <Verdict preflight={preflight} isRunning={isRunning} />
      <ul className="preflight">
        {preflight?.checks.map((check) => (
          <Check key={check.id} check={check} isWeakest={check.id === preflight.weakest} />
        ))}
      </ul>
    </Dialog>
  );
}

/** Never a question: whoever insists goes live, and the word says what is known about it. */
function goLiveText(preflight: Preflight | undefined, isRunning: boolean) {
  if (preflight?.checks.some(({ state }) => state === 'bad') === true) {
    return 'preflight.anyway';
  }
  return isRunning ? 'preflight.now' : 'studio.actions.goLive';
}

/** The whole in a sentence, told to a screen reader when it has been found. */
function Verdict(props: { readonly preflight: Preflight | undefined; readonly isRunning: boolean }): ReactNode {
  const { t } = useTranslation();
  const labelOf = useSourceLabel();
  const { preflight, isRunning } = props;
  const checks = preflight?.checks ?? [];
  const weakest = checks.find(({ id }) => id === preflight?.weakest);
  const bad = checks.filter(({ state }) => state === 'bad').length;
  const what = weakest === undefined ? '' : checkLabel(t, weakest, labelOf);
  const text = isRunning
    ? t('preflight.running')
    : bad > 0
      ? t('preflight.verdict.bad', { count: bad, what })
      : weakest === undefined
        ? t('preflight.verdict.good')
        : t(weakest.state === 'good' ? 'preflight.verdict.weakest' : 'preflight.verdict.tight', { what });
  return (
    <p className="preflight__verdict" role="status">
      {isRunning && <Spinner />}
      <span>{text}</span>
    </p>
  );
}

const ICONS: Readonly<Record<Exclude<CheckState, 'waiting' | 'running'>, IconName>> = {
  good: 'check',
  tight: 'warning',
  bad: 'fault',
  unknown: 'info',
  skipped: 'close',
};

function Check(props: { readonly check: PreflightCheck; readonly isWeakest: boolean }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const labelOf = useSourceLabel();
  const { check } = props;
  const { state } = check;
  return (
    <li className="preflight__check" data-state={state} data-weakest={props.isWeakest || undefined}>
      <span className="preflight__mark">
        {state === 'waiting' ? undefined : state === 'running' ? (
          <Spinner />
        ) : (
          <Icon name={ICONS[state]} size={18} />
        )}
      </span>
      <span className="preflight__about">
        {checkLabel(t, check, labelOf)}
        <span className="visually-hidden">{`: ${t(`preflight.state.${state}`)}`}</span>
      </span>
      <span className="preflight__found">
        {checkText(t, format, check)}
        {props.isWeakest && <span className="preflight__weakest">{t('preflight.weakest')}</span>}
      </span>
    </li>
  );
}
