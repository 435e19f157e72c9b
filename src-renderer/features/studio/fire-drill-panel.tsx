import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import {
  DRILL_FAULTS,
  type DrillFault,
  type DrillReport,
  type FireDrill,
} from '../../../src-main/shared/api/fire-drill.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { useStores, useStudio } from '../../stores/context.ts';
import { selectIsDrilling, selectNextDrill } from '../../stores/preflight-store.ts';
import { useSourceLabel } from '../../stores/use-source-label.ts';
import { Button } from '../../ui/button.tsx';
import type { IconName } from '../../ui/icon.tsx';
import { Spinner } from '../../ui/spinner.tsx';
import { useNow } from '../../ui/use-now.ts';
import './preflight.css';

const ICONS: Readonly<Record<DrillFault, IconName>> = {
  cable: 'link',
  camera: 'camera',
  disk: 'disk',
  encoder: 'speed',
};

/** In a rehearsal: what happens when something goes wrong, tried out while nobody watches, and what viewers would have seen of it. */
export function FireDrillPanel(): ReactNode {
  const { t } = useTranslation();
  const { checks: store } = useStores();
  const drill = useStore(store, (slice) => slice.drill);
  const drills = useStore(store, (slice) => slice.drills);
  const isDrilling = useStore(store, selectIsDrilling);
  const next = useStore(store, selectNextDrill);
  const startedAt = useStudio(({ studio }) => studio?.session?.startedAt);
  useEffect(() => store.forgetDrills, [store, startedAt]);

  return (
    <section className="drill" aria-labelledby="drill-title">
      <header className="drill__head">
        <h2 className="drill__title" id="drill-title">
          {t('preflight.drill.title')}
        </h2>
        <p className="drill__lead">{t('preflight.drill.lead')}</p>
      </header>
      <div className="drill__faults">
        {DRILL_FAULTS.map((fault) => (
          <Button
            key={fault}
            size="small"
            icon={ICONS[fault]}
            keyCap={fault === next ? 'F' : undefined}
            isPending={isDrilling && (drill?.fault ?? fault) === fault}
            isDisabled={isDrilling && drill !== undefined && drill.fault !== fault}
            onPress={() => void store.drill(fault)}
          >
            {t(`preflight.drill.fault.${fault}`)}
          </Button>
        ))}
      </div>
      <div role="status">
        {isDrilling && drill !== undefined && <Running drill={drill} onStop={() => void store.stopDrill()} />}
        <Reports drills={drills} />
      </div>
    </section>
  );
}

function Running(props: { readonly drill: FireDrill; readonly onStop: () => void }): ReactNode {
  const { t } = useTranslation();
  const { timers, serverTime } = useStores();
  const { state, until, fault } = props.drill;
  const nowMs = useNow(500, timers.nowMs);
  const leftSeconds = Math.max(0, Math.ceil((Date.parse(until) - nowMs - serverTime.offsetMs()) / 1000));
  return (
    <p className="drill__state">
      <Spinner />
      <span>
        {state === 'preparing' ? (
          t('preflight.drill.preparing')
        ) : (
          <>
            {t(`preflight.drill.now.${fault}`)}{' '}
            <span aria-hidden="true">
              {state === 'broken' && leftSeconds > 0
                ? t('preflight.drill.left', { seconds: leftSeconds })
                : t('preflight.drill.recovering')}
            </span>
          </>
        )}
      </span>
      <Button size="small" onPress={props.onStop}>
        {t('preflight.drill.stop')}
      </Button>
    </p>
  );
}

function Reports({ drills }: { readonly drills: readonly FireDrill[] }): ReactNode {
  const { t } = useTranslation();
  const text = useReportText();
  if (drills.length === 0) {
    return undefined;
  }
  return (
    <ul className="drill__reports">
      {drills.map((drill) => (
        <li key={drill.fault} className="drill__report">
          <strong>{t(`preflight.drill.fault.${drill.fault}`)}</strong>
          <span>{text(drill)}</span>
        </li>
      ))}
    </ul>
  );
}

/** What viewers would have seen, in one or two sentences with what was measured. */
function useReportText(): (drill: FireDrill) => string {
  const { t } = useTranslation();
  const format = useFormat();
  const labelOf = useSourceLabel();
  return ({ fault, report, subject = '' }) => {
    if (report === undefined) {
      return t('preflight.drill.failed');
    }
    const figures = {
      still: format.decimal(report.stillSeconds, 1),
      slate: format.decimal(report.slateSeconds, 1),
      lost: format.decimal(report.lostSeconds, 1),
      unrecorded: format.decimal(report.unrecordedSeconds, 1),
      recovery: format.decimal(report.recoverySeconds, 1),
      source: labelOf(subject, subject),
    };
    const sentences = [
      t(
        report.stillSeconds < LEAST_SECONDS ? `preflight.drill.unseen.${fault}` : `preflight.drill.seen.${fault}`,
        figures,
      ),
      t(`preflight.drill.after.${afterOf(fault, report)}`, figures),
      ...(report.recovered ? [] : [t('preflight.drill.notRecovered')]),
    ];
    return sentences.join(' ');
  };
}

/** Nobody sees less than two frames. */
const LEAST_SECONDS = 0.05;

function afterOf(fault: DrillFault, { lostSeconds, unrecordedSeconds }: DrillReport) {
  if (fault === 'encoder' && lostSeconds >= LEAST_SECONDS) {
    return 'encoderLost';
  }
  return fault === 'cable' && unrecordedSeconds >= LEAST_SECONDS ? 'cableUnrecorded' : fault;
}
