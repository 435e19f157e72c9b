import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../i18n/use-format.ts';
import type { TrackHistory, TrackPoint } from '../../stores/heartbeats.ts';
import { LineChart } from '../../ui/line-chart.tsx';
import { Chip } from '../../ui/parts.tsx';

/** Each track's last hour: what came in against what the encoder declared, and how far it drifts. */
export function TrackCharts({ tracks }: { readonly tracks: readonly TrackHistory[] }): ReactNode {
  return (
    <div className="service__tracks">
      {tracks.map((track) => (
        <Track key={track.name} track={track} />
      ))}
    </div>
  );
}

function Track({ track }: { readonly track: TrackHistory }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { points } = track;
  const bitrates = useMemo(
    () =>
      linesOf(
        points,
        ({ incoming }) => incoming / 1e6,
        (point) => point.declared / 1e6,
      ),
    [points],
  );
  const drifts = useMemo(
    () =>
      linesOf(
        points,
        ({ drift }) => drift,
        () => 0,
      ),
    [points],
  );
  const last = points.at(-1);
  if (last === undefined) {
    return undefined;
  }
  return (
    <section className="service__track" aria-label={track.name}>
      <header className="card__head">
        <h4 className="service__subtitle">{track.name}</h4>
        <Chip tone={last.isHealthy ? 'good' : 'fault'}>
          {t(last.isHealthy ? 'service.health.healthy' : 'service.health.unhealthy')}
        </Chip>
      </header>
      <div className="charts">
        <LineChart
          title={t('service.health.bitrate')}
          value={t('service.health.bitrateOf', {
            incoming: format.bitrate(last.incoming),
            declared: format.bitrate(last.declared),
          })}
          least={0.1}
          {...bitrates}
        />
        <LineChart
          title={t('service.health.drift')}
          value={
            last.drift === undefined
              ? t('service.health.driftUnknown')
              : t('service.health.driftValue', { seconds: format.decimal(last.drift, 1) })
          }
          least={1}
          {...drifts}
        />
      </div>
    </section>
  );
}

function linesOf(
  points: readonly TrackPoint[],
  value: (point: TrackPoint) => number | undefined,
  limit: (point: TrackPoint) => number,
) {
  return {
    times: points.map(({ atMs }) => atMs / 1000),
    values: points.map(value),
    limits: points.map(limit),
  };
}
