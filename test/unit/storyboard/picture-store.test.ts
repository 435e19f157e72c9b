import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import { createBound } from '../../../src-main/core/storyboard/bound.ts';
import { createPictureStore, type PictureStore } from '../../../src-main/core/storyboard/picture-store.ts';

async function openFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lectern-pictures-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'storyboards');
}

function open(folder: string, over: Partial<Parameters<typeof createPictureStore>[0]> = {}): PictureStore {
  return createPictureStore({
    folder,
    maxDiskBytes: 1000,
    maxMemoryBytes: 0,
    mayWrite: () => true,
    logger: silentLogger,
    ...over,
  });
}

const nameOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** As a JPEG begins and ends. */
function picture(length: number, fill: number): Buffer {
  const bytes = Buffer.alloc(length, fill);
  bytes.set([0xff, 0xd8]);
  bytes.set([0xff, 0xd9], length - 2);
  return bytes;
}

test('what is kept is there after a restart', async (context) => {
  const folder = await openFolder(context);
  const first = open(folder);
  await first.put(nameOf('a'), picture(100, 1));

  const second = open(folder);

  assert.deepEqual(await second.get(nameOf('a')), picture(100, 1));
  assert.equal(await second.get(nameOf('b')), undefined);
});

test('the disk never holds more than it may; what was asked for last stays', async (context) => {
  const folder = await openFolder(context);
  const store = open(folder);
  for (const name of ['a', 'b', 'c']) {
    await store.put(nameOf(name), picture(300, 1));
  }
  await store.get(nameOf('a'));

  await store.put(nameOf('d'), picture(300, 1));

  assert.deepEqual((await readdir(folder)).sort(), ['a', 'c', 'd'].map((name) => `${nameOf(name)}.jpg`).sort());
});

test('of what earlier runs have left the oldest goes first, and what is no picture goes', async (context) => {
  const folder = await openFolder(context);
  const before = open(folder);
  await before.put(nameOf('old'), picture(500, 1));
  await before.put(nameOf('new'), picture(500, 1));
  await utimes(join(folder, `${nameOf('old')}.jpg`), 1000, 1000);
  await writeFile(join(folder, `${nameOf('cut')}.jpg.new`), 'half');

  const store = open(folder, { maxDiskBytes: 600 });
  await store.get(nameOf('new'));

  assert.deepEqual(await readdir(folder), [`${nameOf('new')}.jpg`]);
});

test('a picture that a crash has cut off is none', async (context) => {
  const folder = await openFolder(context);
  await open(folder).put(nameOf('a'), picture(100, 1));
  await truncate(join(folder, `${nameOf('a')}.jpg`), 50);

  assert.equal(await open(folder).get(nameOf('a')), undefined);
});

test('on a full disk pictures are only in memory, and a folder that cannot be used fails nobody', async (context) => {
  const folder = await openFolder(context);
  const full = open(folder, { mayWrite: () => false, maxMemoryBytes: 1000 });
  await full.put(nameOf('a'), picture(100, 1));
  assert.deepEqual(await full.get(nameOf('a')), picture(100, 1));
  await assert.rejects(readFile(join(folder, `${nameOf('a')}.jpg`)));

  await writeFile(folder, 'a file is in the way');
  const blocked = open(folder, { maxMemoryBytes: 1000 });
  await blocked.put(nameOf('b'), picture(100, 2));
  assert.deepEqual(await blocked.get(nameOf('b')), picture(100, 2));
});

test('nothing is left of what is cleared', async (context) => {
  const folder = await openFolder(context);
  const store = open(folder, { maxMemoryBytes: 1000 });
  await store.put(nameOf('a'), picture(100, 1));

  await store.clear();

  assert.equal(await store.get(nameOf('a')), undefined);
  assert.deepEqual(await readdir(folder), []);
  await store.put(nameOf('b'), picture(100, 1));
  assert.deepEqual(await store.get(nameOf('b')), picture(100, 1));
});

test('a bound keeps what was used last, and nothing that is too heavy alone', () => {
  const bound = createBound<number>(10, (weight) => weight);
  assert.deepEqual(bound.add('a', 4), []);
  assert.deepEqual(bound.add('b', 4), []);
  bound.use('a');
  assert.deepEqual(bound.add('c', 4), ['b']);
  assert.deepEqual(bound.add('d', 11), ['a', 'c', 'd']);
  assert.equal(bound.use('d'), undefined);
  assert.deepEqual(bound.add('a', 2), []);
  assert.deepEqual(bound.add('a', 10), []);
  assert.equal(bound.use('a'), 10);
});
