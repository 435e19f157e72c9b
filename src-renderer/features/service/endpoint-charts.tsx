import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { EndpointMinute } from '../../../src-main/shared/api/endpoint-metrics.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { LineChart } from '../../ui/line-chart.tsx';
import { curvesOf, totalsOf } from './endpoint-figures.ts';

/** The last hour of a streaming endpoint: what it sent, what was asked for and refused, and how fast it answers. */
export function EndpointCharts(props: {
  readonly name: string;
  /** Oldest first. */
  readonly minutes: readonly EndpointMinute[];
}): ReactNode {
  const { name, minutes } = props;
  const { t } = useTranslation();
  const format = useFormat();
  const { times, egress, requests, refused, latency } = useMemo(() => curvesOf(minutes), [minutes]);
  const { formats, answers } = useMemo(() => totalsOf(minutes), [minutes]);
  const perMinute = (figure = 0): string => t('figures.perMinute', { figure: format.decimal(figure, 0) });
  const listOf = (totals: readonly (readonly [string, number])[]): string =>
    totals.map(([key, count]) => `${key}: ${format.decimal(count, 0)}`).join(' · ');
  const newestLatency = latency.at(-1);
  return (
    <section className="service__figures" aria-label={name}>
      <h3 className="service__subtitle">{name}</h3>
      {minutes.length === 0 && <p className="card__note">{t('figures.nothingYet')}</p>}
      {minutes.length > 0 && (
        <div className="charts">
          <LineChart
            title={t('figures.egress')}
            value={format.bitrate((egress.at(-1) ?? 0) * 1e6)}
            least={0.1}
            times={times}
            values={egress}
          />
          <LineChart
            title={t('figures.requests')}
            value={perMinute(requests.at(-1))}
            least={10}
            times={times}
            values={requests}
          />
          <LineChart
            title={t('figures.refused')}
            value={perMinute(refused.at(-1))}
            least={10}
            times={times}
            values={refused}
          />
          <LineChart
            title={t('figures.latency')}
            value={
              newestLatency === undefined
                ? t('figures.nobodyAsked')
                : t('figures.milliseconds', { figure: format.decimal(newestLatency, 0) })
            }
            least={10}
            times={times}
            values={latency}
          />
        </div>
      )}
      {formats.length > 0 && (
        <>
          <p className="card__note">{t('figures.byFormat', { list: listOf(formats) })}</p>
          <p className="card__note">{t('figures.byStatus', { list: listOf(answers) })}</p>
        </>
      )}
    </section>
  );
}
