import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StreamingEndpoint } from '../../../../src-main/shared/api/streaming-endpoints.ts';
import { createEndpointsStore } from '../../../../src-renderer/stores/endpoints-store.ts';
import { emptyWorld, endpointMinutes } from '../../../support/fake-service/scenarios.ts';
import { fakeApi } from '../fake-api.ts';
import { manualTimers, settled } from '../manual-timers.ts';

const ENDPOINTS: readonly StreamingEndpoint[] = [...emptyWorld('http://127.0.0.1:8480').endpoints.values()];

test('the figures of endpoints are asked for as long as somebody looks at them, and kept oldest first', async () => {
  const timers = manualTimers();
  const value = endpointMinutes(0);
  let viewers = 0;
  const api = fakeApi({
    listEndpoints: () => ({ value: ENDPOINTS.map((endpoint) => ({ ...endpoint, viewers })) }),
    getEndpointMetrics: () => ({ value }),
  });
  const endpoints = createEndpointsStore(api, timers);

  const leave = endpoints.watch();
  await settled();
  assert.deepEqual(endpoints.history.getState().minutes.get('default'), value.toReversed());
  viewers = 3;
  timers.advance(10_000);
  await settled();
  assert.equal(endpoints.getState().items[0]?.viewers, 3);

  leave();
  api.asked.length = 0;
  timers.advance(60_000);
  await settled();
  assert.deepEqual(api.asked, []);
});

test('who leaves while an answer is on its way is not asked for again', async () => {
  const timers = manualTimers();
  const api = fakeApi({ listEndpoints: () => ({ value: ENDPOINTS }), getEndpointMetrics: () => ({ value: [] }) });

  createEndpointsStore(api, timers).watch()();
  await settled();
  api.asked.length = 0;
  timers.advance(60_000);
  await settled();

  assert.deepEqual(api.asked, []);
});

test('figures that do not come leave those of before, and the list says why', async () => {
  const timers = manualTimers();
  const answers: Parameters<typeof fakeApi>[0] = {
    listEndpoints: () => ({ value: ENDPOINTS }),
    getEndpointMetrics: () => ({ value: endpointMinutes(0) }),
  };
  const endpoints = createEndpointsStore(fakeApi(answers), timers);
  const leave = endpoints.watch();
  await settled();

  delete answers.listEndpoints;
  delete answers.getEndpointMetrics;
  timers.advance(10_000);
  await settled();

  assert.equal(endpoints.history.getState().minutes.get('default')?.length, 45);
  assert.notEqual(endpoints.getState().problem, undefined);
  leave();
});
