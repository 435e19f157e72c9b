import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, pageProblem } from '../../../../src-renderer/api/problem.ts';
import {
  createFiltersStore,
  createStreamingPoliciesStore,
} from '../../../../src-renderer/stores/policies-stores.ts';
import { aFilter } from '../../../support/fake-service/policy-handlers.ts';
import { fakeApi } from '../fake-api.ts';

test('what was made or deleted is in the list, and out of it, without loading it again', async () => {
  const api = fakeApi({
    listAccountFilters: () => ({ value: [aFilter('phone')] }),
    putAccountFilter: () => aFilter('german'),
    deleteAccountFilter: () => undefined,
  });
  const store = createFiltersStore(api);
  const names = () => store.getState().items.map(({ name }) => name);
  await store.refresh();

  await store.add('german', {});
  assert.deepEqual(names(), ['phone', 'german']);
  await store.delete('phone');

  assert.deepEqual(names(), ['german']);
  assert.equal(api.asked.filter(({ name }) => name === 'listAccountFilters').length, 1);
});

test('what is refused to be deleted stays in the list, and who asked is told why', async () => {
  const store = createStreamingPoliciesStore(
    fakeApi({
      listPolicies: () => ({ value: [{ name: 'mine' }] }),
      deletePolicy: () => Promise.reject(new ApiError(pageProblem('page/unreachable', 'It is used by talk-1.'))),
    }),
  );
  await store.refresh();

  await assert.rejects(store.delete('mine'), /used by talk-1/);
  assert.deepEqual(
    store.getState().items.map(({ name }) => name),
    ['mine'],
  );
});
