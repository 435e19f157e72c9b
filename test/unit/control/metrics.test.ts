import assert from 'node:assert/strict';
import { test } from 'node:test';
import { processMetrics, writeMetrics } from '../../../src-main/core/control/metrics.ts';
import { manualClock } from '../../support/manual-clock.ts';

test('metrics are Prometheus text, with everything escaped that could end a line or a label', () => {
  const text = writeMetrics([
    {
      name: 'lectern_viewers',
      help: 'Viewers,\nnow \\ here.',
      type: 'gauge',
      values: [
        { labels: {}, value: 2 },
        { labels: { name: 'a"b\\c\nd', kind: 'x' }, value: Infinity },
      ],
    },
    { name: 'lectern_empty', help: 'Nothing yet.', type: 'counter', values: [] },
  ]);

  assert.equal(
    text,
    [
      '# HELP lectern_viewers Viewers,\\nnow \\\\ here.',
      '# TYPE lectern_viewers gauge',
      'lectern_viewers 2',
      'lectern_viewers{name="a\\"b\\\\c\\nd",kind="x"} +Inf',
      '',
    ].join('\n'),
  );
});

test('the process tells of itself in finite numbers', () => {
  for (const { name, values } of processMetrics(manualClock())) {
    assert(Number.isFinite(values[0]?.value), name);
  }
});
