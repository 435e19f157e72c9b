import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openEndpointHistory } from '../../../src-main/core/control/endpoint-history.ts';
import type { RequestCount } from '../../../src-main/core/ports/services.ts';
import { createFakeServices } from '../../support/fake-services.ts';
import { manualClock } from '../../support/manual-clock.ts';

const HLS: RequestCount = { outputFormat: 'm3u8-cmaf', status: 200, requests: 10, bytes: 600_000, serverMs: 50 };
const DASH: RequestCount = { ...HLS, outputFormat: 'mpd-time-cmaf', requests: 5, bytes: 300_000, serverMs: 100 };
const GONE: RequestCount = {
  outputFormat: 'm3u8-cmaf',
  status: 404,
  code: 'MPE_RESOURCE_NOT_FOUND',
  requests: 2,
  bytes: 100,
  serverMs: 900,
};

function rig() {
  const clock = manualClock();
  const services = createFakeServices();
  return { clock, services, history: openEndpointHistory(services.endpoints, clock) };
}

test('each minute says what was sent, what was asked for and answered, and how fast what succeeded was', () => {
  const { clock, services, history } = rig();
  services.setRequests([HLS, DASH, GONE]);
  clock.advance(60_000);
  services.setRequests([{ ...HLS, requests: 12, bytes: 720_000, serverMs: 70 }, DASH, GONE]);
  clock.advance(60_000);

  assert.deepEqual(history.of('default'), [
    {
      time: '2030-01-01T00:02:00.000Z',
      egressBytes: 120_000,
      latencyMs: 10,
      requests: [{ outputFormat: 'm3u8-cmaf', httpStatusCode: 200, count: 2 }],
    },
    {
      time: '2030-01-01T00:01:00.000Z',
      egressBytes: 900_100,
      latencyMs: 10,
      requests: [
        { outputFormat: 'm3u8-cmaf', httpStatusCode: 200, count: 10 },
        { outputFormat: 'mpd-time-cmaf', httpStatusCode: 200, count: 5 },
        { outputFormat: 'm3u8-cmaf', httpStatusCode: 404, errorCode: 'MPE_RESOURCE_NOT_FOUND', count: 2 },
      ],
    },
  ]);
});

test('a minute in which nobody asked is one of nothing, and has no latency', () => {
  const { clock, services, history } = rig();
  services.setRequests([HLS]);
  clock.advance(120_000);

  assert.deepEqual(history.of('default')[0], {
    time: '2030-01-01T00:02:00.000Z',
    egressBytes: 0,
    requests: [],
  });
  assert.deepEqual(history.of('nobody'), []);
});

test('the history is that of the last hour, and ends with its owner', () => {
  const { clock, history } = rig();

  clock.advance(61 * 60_000);

  const minutes = history.of('default');
  assert.equal(minutes.length, 60);
  assert.deepEqual(
    [minutes[0]?.time, minutes.at(-1)?.time],
    ['2030-01-01T01:01:00.000Z', '2030-01-01T00:02:00.000Z'],
  );
  history[Symbol.dispose]();
  assert.equal(clock.pending(), 0);
});

test('an endpoint that was deleted and made again under its name counts anew', () => {
  const { clock, services, history } = rig();
  services.setRequests([HLS]);
  clock.advance(60_000);

  services.setRequests([{ ...HLS, requests: 3, bytes: 1000, serverMs: 6 }]);
  clock.advance(60_000);

  const [minute] = history.of('default');
  assert.deepEqual([minute?.egressBytes, minute?.latencyMs, minute?.requests[0]?.count], [1000, 2, 3]);
});
