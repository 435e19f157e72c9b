import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { useFormat } from '../../i18n/use-format.ts';
import { useStores } from '../../stores/context.ts';
import type { HealthSample } from '../../stores/history-store.ts';
import { LineChart } from '../../ui/line-chart.tsx';

export function HealthCharts(): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { history } = useStores();
  const samples = useStore(history, (slice) => slice.samples);
  const last = samples.at(-1);
  if (last === undefined) {
    return <p className="health-panel__none">{t('studio.charts.none')}</p>;
  }
  return (
    <div className="charts">
      <Chart
        title={t('studio.charts.speed')}
        value={`${format.decimal(last.speed ?? 0, 2)}×`}
        samples={samples}
        read={speedOf}
        least={1.2}
        limit={1}
      />
      <Chart
        title={t('studio.charts.backlog')}
        value={t('studio.charts.frames', { count: last.backlogFrames ?? 0 })}
        samples={samples}
        read={backlogOf}
        least={8}
        limit={4}
      />
      <Chart
        title={t('studio.charts.bitrate')}
        value={format.bitrate(last.sentBitrate)}
        samples={samples}
        read={bitrateOf}
        least={1}
      />
    </div>
  );
}

const speedOf = (sample: HealthSample): number | undefined => sample.speed;
const backlogOf = (sample: HealthSample): number | undefined => sample.backlogFrames;
const bitrateOf = (sample: HealthSample): number | undefined => sample.sentBitrate / 1_000_000;

function Chart(props: {
  readonly title: string;
  readonly value: string;
  readonly samples: readonly HealthSample[];
  readonly read: (sample: HealthSample) => number | undefined;
  /** The scale shows at least this. */
  readonly least: number;
  /** Where good ends. */
  readonly limit?: number;
}): ReactNode {
  const { samples, read, limit } = props;
  const lines = useMemo(
    () => ({
      times: samples.map((sample) => sample.atMs / 1000),
      values: samples.map(read),
      limits: samples.map(() => limit),
    }),
    [samples, read, limit],
  );
  return <LineChart title={props.title} value={props.value} least={props.least} {...lines} />;
}
