import { performance } from 'node:perf_hooks';
import type { Clock } from '../../base/clock.ts';
import type { Metric } from '../ports/services.ts';

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Prometheus text format 0.0.4. A family without values is left out: its name alone would say that it is 0. */
export function writeMetrics(metrics: readonly Metric[]): string {
  return metrics
    .filter(({ values }) => values.length > 0)
    .map(({ name, help, type, values }) => {
      const lines = values.map(({ labels, value }) => `${name}${writeLabels(labels)} ${writeValue(value)}\n`);
      return `# HELP ${name} ${escapeText(help)}\n# TYPE ${name} ${type}\n${lines.join('')}`;
    })
    .join('');
}

function writeLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${escapeText(value).replaceAll('"', String.raw`\"`)}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeText(text: string): string {
  return text.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`);
}

function writeValue(value: number): string {
  if (Number.isNaN(value)) {
    return 'NaN';
  }
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}

/** The service's own process, under the names that Prometheus clients share. */
export function processMetrics(clock: Clock): readonly Metric[] {
  const { user, system } = process.cpuUsage();
  const memory = process.memoryUsage();
  return [
    {
      name: 'process_cpu_seconds_total',
      help: 'Processor time used, user and system, in seconds.',
      type: 'counter',
      values: [{ labels: {}, value: (user + system) / 1e6 }],
    },
    gauge('process_resident_memory_bytes', 'Memory of the process in RAM.', memory.rss),
    gauge('nodejs_heap_size_used_bytes', 'JavaScript heap in use.', memory.heapUsed),
    gauge('nodejs_external_memory_bytes', 'Memory of buffers outside of the JavaScript heap.', memory.external),
    gauge(
      'nodejs_eventloop_utilization',
      'Share of the time since the start that the event loop was busy, 0 to 1.',
      performance.eventLoopUtilization().utilization,
    ),
    gauge(
      'process_start_time_seconds',
      'Start of the process, in seconds since 1970.',
      clock.wallMs() / 1000 - process.uptime(),
    ),
  ];
}

function gauge(name: string, help: string, value: number): Metric {
  return { name, help, type: 'gauge', values: [{ labels: {}, value }] };
}
