import { type ReactNode, useEffect, useMemo, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

const HEIGHT = 72;

/** One figure over time, with where it should be, if that is known, as a broken line. What it shows is said in its name, for who does not see it. */
export function LineChart(props: {
  readonly title: string;
  /** The newest, in words. */
  readonly value: string;
  /** Seconds since 1970, rising. */
  readonly times: readonly number[];
  readonly values: readonly (number | undefined)[];
  readonly limits?: readonly (number | undefined)[];
  /** The scale shows at least this. */
  readonly least: number;
}): ReactNode {
  const { times, values, limits, least } = props;
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const data = useMemo(
    (): uPlot.AlignedData => [
      [...times],
      values.map((value) => value ?? null),
      times.map((_, index) => limits?.[index] ?? null),
    ],
    [times, values, limits],
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
          {
            stroke: style.getPropertyValue('--accent-text').trim(),
            width: 1.5,
            // A line takes two.
            points: { show: ({ data: [known] }) => known.length === 1, size: 6 },
          },
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

  useEffect(() => chart.current?.setData(data), [data, least]);

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
