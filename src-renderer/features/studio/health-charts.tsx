import { type ReactNode, useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useStore } from 'zustand';
import { useFormat } from '../../i18n/use-format.ts';
import { useStores } from '../../stores/context.ts';
import type { HealthSample } from '../../stores/history-store.ts';

type ChartProps = {
  readonly title: string;
  readonly value: string;
  readonly samples: readonly HealthSample[];
  readonly read: (sample: HealthSample) => number | undefined;
  /** The scale shows at least this. */
  readonly least: number;
  /** Where good ends. */
  readonly limit?: number;
};

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

const HEIGHT = 72;

function Chart(props: ChartProps): ReactNode {
  const { samples, read, least, limit } = props;
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const data = useMemo(
    (): uPlot.AlignedData => [
      samples.map((sample) => sample.atMs / 1000),
      samples.map((sample) => read(sample) ?? null),
      samples.map(() => limit ?? null),
    ],
    [samples, read, limit],
  );

  useEffect(() => {
    const element = host.current;
    if (element === null) {
      return undefined;
    }
    const style = getComputedStyle(element);
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        axes: [{ show: false }, { show: false }],
        padding: [4, 0, 4, 0],
        scales: { y: { range: (_, __, most) => [0, Math.max(least, most * 1.1)] } },
        series: [
          {},
          { stroke: style.getPropertyValue('--accent-text').trim(), width: 1.5, points: { show: false } },
          {
            stroke: style.getPropertyValue('--border-strong').trim(),
            width: 1,
            dash: [4, 4],
            points: { show: false },
          },
        ],
      },
      [[], [], []],
      element,
    );
    chart.current = plot;
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
      chart.current = undefined;
    };
  }, [least]);

  useEffect(() => chart.current?.setData(data), [data]);

  return (
    <figure className="chart" aria-label={`${props.title}: ${props.value}`}>
      <figcaption className="chart__head">
        <span>{props.title}</span>
        <strong>{props.value}</strong>
      </figcaption>
      <div ref={host} className="chart__plot" aria-hidden="true" />
    </figure>
  );
}
