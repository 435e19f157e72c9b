import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestError } from '../../../src-main/core/control/request-error.ts';
import { matchRoute } from '../../../src-main/core/control/routing.ts';
import type { Route } from '../../../src-main/shared/api/route.ts';
import { ROUTES } from '../../../src-main/shared/api/routes.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';

function failure(method: string, path: string): AppError {
  try {
    matchRoute(method, path);
  } catch (error) {
    assert(error instanceof AppError);
    return error;
  }
  throw new Error(`${method} ${path} has a route`);
}

test('every route is found by its own path', () => {
  for (const [name, { method, path }] of Object.entries(ROUTES) as [string, Route][]) {
    assert.equal(matchRoute(method, path.replaceAll(/\{\w+\}/g, 'x1')).name, name);
  }
});

test('names are decoded once', () => {
  const { params } = matchRoute('GET', '/assets/My%20talk%20(2)/exports/a-1');

  assert.deepEqual(params, { name: 'My talk (2)', id: 'a-1' });
  assert.equal(failure('GET', '/assets/a%252Fb').code, 'resource/not-found');
});

test('one slash at the end does no harm, an empty step does', () => {
  assert.equal(matchRoute('GET', '/assets/').name, 'listAssets');
  assert.equal(failure('GET', '/assets//').code, 'resource/not-found');
  assert.equal(failure('GET', '//assets').code, 'resource/not-found');
});

test('HEAD is GET', () => {
  assert.equal(matchRoute('HEAD', '/settings').name, 'getSettings');
});

test('a method that a path does not have is refused with those it has', () => {
  const error = failure('DELETE', '/studio/devices');

  assert.equal(error.code, 'request/method-not-allowed');
  assert.deepEqual(error.details['allow'], ['GET', 'HEAD']);
  assert.deepEqual(failure('POST', '/assets/x').details['allow'], ['PUT', 'GET', 'HEAD', 'PATCH', 'DELETE']);
});

for (const name of [
  '..',
  '.',
  '%2e%2e',
  '..%2F..%2Fetc',
  'a%2Fb',
  'a%5Cb',
  '%00',
  'a%0Ab',
  '%',
  '%E0%A4%A',
  '-a',
  'a'.repeat(33),
]) {
  test(`a live event cannot be called ${name}`, () => {
    const refused = failure('PUT', `/liveEvents/${name}`);

    assert(refused instanceof RequestError);
    assert.equal(refused.errors[0]?.field, 'name');
    assert.equal(failure('GET', `/liveEvents/${name}`).code, 'resource/not-found');
  });
}

test('the key of an OData resource stands in brackets and quotes, encoded or not', () => {
  for (const path of [
    "/v2/Channels('news')/Start",
    '/v2/Channels(%27news%27)/Start',
    '/v2/Channels%28%27news%27%29/Start',
  ]) {
    const { name, params } = matchRoute('POST', path);
    assert.deepEqual([name, params], ['startV2Channel', { id: 'news' }]);
  }
  for (const path of [
    "/v2/Channels('')",
    "/v2/Channels('a'",
    '/v2/Channels(a)',
    "/v2/Channels'a'",
    "/v2/Channels('a'b)",
  ]) {
    assert.equal(failure('GET', path).code, 'resource/not-found', path);
  }
});
