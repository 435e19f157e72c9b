import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EndpointMinute } from '../../../../src-main/shared/api/endpoint-metrics.ts';
import { curvesOf, totalsOf } from '../../../../src-renderer/features/service/endpoint-figures.ts';

const MINUTES: readonly EndpointMinute[] = [
  {
    time: '2030-01-01T00:01:00.000Z',
    egressBytes: 75_000_000,
    latencyMs: 4.5,
    requests: [
      { outputFormat: 'm3u8-cmaf', httpStatusCode: 200, count: 30 },
      { outputFormat: 'm3u8-cmaf', httpStatusCode: 404, errorCode: 'MPE_RESOURCE_NOT_FOUND', count: 2 },
      { outputFormat: 'watch', httpStatusCode: 200, count: 40 },
    ],
  },
  { time: '2030-01-01T00:02:00.000Z', egressBytes: 0, requests: [] },
  {
    time: '2030-01-01T00:03:00.000Z',
    egressBytes: 1000,
    requests: [{ outputFormat: 'm3u8-cmaf', httpStatusCode: 503, count: 12 }],
  },
];

test('the curves of an endpoint have a value each minute; latency is unknown where nothing was answered', () => {
  assert.deepEqual(curvesOf(MINUTES), {
    times: [60, 120, 180].map((seconds) => Date.UTC(2030, 0, 1) / 1000 + seconds),
    egress: [10, 0, 1000 / 7_500_000],
    requests: [72, 0, 12],
    refused: [2, 0, 12],
    latency: [4.5, undefined, undefined],
  });
});

test('requests are summed up by format and by answer, the most frequent first', () => {
  assert.deepEqual(totalsOf(MINUTES), {
    formats: [
      ['m3u8-cmaf', 44],
      ['watch', 40],
    ],
    answers: [
      ['200', 70],
      ['503', 12],
      ['404 MPE_RESOURCE_NOT_FOUND', 2],
    ],
  });
});
