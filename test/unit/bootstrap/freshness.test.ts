import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect, leaveStamp } from '../../../src-main/bootstrap/freshness.mjs';

const target = {
  name: 'thing',
  inputs: ['source', 'single.txt', 'not-there'],
  except: ['source/notes'],
  outputs: ['dist/out.js'],
};

async function inBuiltTree(run: (root: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'lectern-fresh-'));
  try {
    await mkdir(join(root, 'source', 'deep'), { recursive: true });
    await mkdir(join(root, 'source', 'notes'));
    await mkdir(join(root, 'dist'));
    await writeFile(join(root, 'source', 'a.ts'), 'a');
    await writeFile(join(root, 'source', 'deep', 'b.ts'), 'b');
    await writeFile(join(root, 'single.txt'), 'single');
    await writeFile(join(root, 'dist', 'out.js'), 'out');
    leaveStamp(root, target, inspect(root, target).stamp);
    await run(root);
  } finally {
    await rm(root, { recursive: true });
  }
}

test('what was never built is stale', () =>
  inBuiltTree(async (root) => {
    await rm(join(root, 'dist', '.stamps'), { recursive: true });

    assert.equal(inspect(root, target).fresh, false);
  }));

test('what was built and not touched is fresh', () =>
  inBuiltTree((root) => {
    assert.equal(inspect(root, target).fresh, true);
    return Promise.resolve();
  }));

for (const [what, change] of [
  ['a changed file', (root: string) => writeFile(join(root, 'source', 'deep', 'b.ts'), 'changed')],
  ['a new file', (root: string) => writeFile(join(root, 'source', 'deep', 'c.ts'), 'c')],
  ['a deleted file', (root: string) => rm(join(root, 'source', 'a.ts'))],
  ['a changed single input', (root: string) => writeFile(join(root, 'single.txt'), 'Single')],
  ['an input that appears', (root: string) => writeFile(join(root, 'not-there'), '')],
  ['a missing output', (root: string) => rm(join(root, 'dist', 'out.js'))],
  ['a damaged stamp', (root: string) => writeFile(join(root, 'dist', '.stamps', 'thing.json'), '{')],
] as const) {
  test(`${what} makes it stale`, () =>
    inBuiltTree(async (root) => {
      await change(root);

      assert.equal(inspect(root, target).fresh, false);
    }));
}

test('a file that is left out does not count', () =>
  inBuiltTree(async (root) => {
    await writeFile(join(root, 'source', 'notes', 'n.md'), 'n');

    assert.equal(inspect(root, target).fresh, true);
  }));

test('new times on the same contents, as a checkout gives them, are fresh, and quickly so the next time', () =>
  inBuiltTree(async (root) => {
    const before = inspect(root, target).stamp;
    await utimes(join(root, 'source', 'a.ts'), new Date(), new Date(Date.UTC(2031, 0, 1)));

    const first = inspect(root, target);
    const second = inspect(root, target);

    assert.equal(first.fresh, true);
    assert.notEqual(first.stamp.times, before.times);
    assert.deepEqual(second, first);
  }));

test('the same bytes under another name are another tree', () =>
  inBuiltTree(async (root) => {
    await rm(join(root, 'source', 'a.ts'));
    await writeFile(join(root, 'source', 'z.ts'), 'a');

    assert.equal(inspect(root, target).fresh, false);
  }));
