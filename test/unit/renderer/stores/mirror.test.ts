import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allPages, createMirror } from '../../../../src-renderer/stores/mirror.ts';

type Item = { readonly name: string; readonly value: number };

function openMirror(load: () => Promise<readonly Item[]>) {
  return createMirror<Item>({ load, keyOf: ({ name }) => name });
}

test('a list that cannot be loaded says so, and one that was loaded before is kept', async () => {
  let fails = true;
  const mirror = openMirror(() =>
    fails ? Promise.reject(new Error('away')) : Promise.resolve([{ name: 'a', value: 1 }]),
  );

  await mirror.refresh();
  assert.equal(mirror.getState().status, 'failed');

  fails = false;
  await mirror.refresh();
  fails = true;
  await mirror.refresh();

  const { status, items, problem } = mirror.getState();
  assert.deepEqual([status, items, problem?.detail], ['ready', [{ name: 'a', value: 1 }], 'away']);
});

test('what events say while a list is on its way is newer than the list', async () => {
  let answer = (_: readonly Item[]): void => undefined;
  const mirror = openMirror(() => new Promise((resolve) => void (answer = resolve)));

  const loading = mirror.refresh();
  mirror.put({ name: 'a', value: 2 });
  mirror.remove('b');
  answer([
    { name: 'a', value: 1 },
    { name: 'b', value: 1 },
    { name: 'c', value: 1 },
  ]);
  await loading;

  assert.deepEqual(mirror.getState().items, [
    { name: 'c', value: 1 },
    { name: 'a', value: 2 },
  ]);
});

test('two who ask at once share one request', async () => {
  let loads = 0;
  const mirror = openMirror(() => {
    loads += 1;
    return Promise.resolve([]);
  });

  await Promise.all([mirror.refresh(), mirror.refresh()]);

  assert.equal(loads, 1);
});

test('a changed item keeps its place', async () => {
  const mirror = openMirror(() =>
    Promise.resolve([
      { name: 'a', value: 1 },
      { name: 'b', value: 1 },
    ]),
  );
  await mirror.refresh();

  mirror.put({ name: 'a', value: 2 });

  assert.deepEqual(
    mirror.getState().items.map(({ name, value }) => `${name}${value}`),
    ['a2', 'b1'],
  );
});

test('a list of several pages is read to its end', async () => {
  const tokens: unknown[] = [];
  const items = await allPages((token) => {
    tokens.push(token);
    return Promise.resolve(
      token === undefined
        ? { value: [1, 2], nextLink: '/api/v1/assets?$top=2&$skiptoken=abc%3D' }
        : { value: [3], nextLink: undefined },
    );
  });

  assert.deepEqual(
    [items, tokens],
    [
      [1, 2, 3],
      [undefined, 'abc='],
    ],
  );
});
