import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, pageProblem } from '../../../../src-renderer/api/problem.ts';
import {
  createAssetFiltersStore,
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

  await store.save('german', {});
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

test('each asset that is looked at has a list of its own, the same one each time until the asset is gone', async () => {
  const api = fakeApi({
    listAssetFilters: () => ({ value: [aFilter('part')] }),
    putAssetFilter: () => aFilter('german'),
    deleteAssetFilter: () => undefined,
  });
  const lists = createAssetFiltersStore(api);
  const talk = lists.of('talk');
  const names = () => talk.getState().items.map(({ name }) => name);
  await talk.refresh();

  await talk.save('german', {});
  await talk.delete('part');

  assert.deepEqual(names(), ['german']);
  assert.equal(lists.of('talk'), talk);
  assert.equal(lists.seen('other'), undefined);
  lists.forget('talk');
  assert.notEqual(lists.of('talk'), talk);
});
