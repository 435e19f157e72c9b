import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import { type Capabilities, openProbeCache } from '../../../src-main/core/process/probe-cache.ts';

const FOUND: Capabilities = {
  banner: 'ffmpeg version 5.1',
  encoders: ['libx264', 'aac'],
  decoders: ['h264'],
  filters: ['scale'],
  devices: ['x11grab'],
  inputProtocols: ['file'],
  outputProtocols: ['rtmp'],
  muxers: ['mp4'],
};

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

describe('the cache of probes', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lectern-'));
  });
  after(() => rm(folder, { recursive: true }));

  const damaged: readonly (readonly [what: string, content: string])[] = [
    ['cut off', '{"version":1,"files":{'],
    ['empty', ''],
    ['of another version', '{"version":2,"files":{},"binaries":{}}'],
    ['something else', '[1,2,3]'],
    ['of the wrong types', '{"version":1,"files":{"/a":{"size":"big"}},"binaries":{}}'],
    ['without a listing', '{"version":1,"files":{},"binaries":{"ab":{"banner":"x","encoders":[]}}}'],
  ];
  for (const [what, content] of damaged) {
    test(`that is ${what} is an empty one, and is written anew`, async () => {
      const path = join(folder, 'damaged.json');
      await writeFile(path, content);

      const cache = await openProbeCache(path, silentLogger);
      assert.equal(cache.find('ab'), undefined);
      cache.keep('ab', FOUND);
      await cache.save();

      assert.deepEqual((await openProbeCache(path, silentLogger)).find('ab'), FOUND);
    });
  }

  test('is kept from one start to the next, in a folder that it makes', async () => {
    const path = join(folder, 'deep', 'er', 'cache.json');
    const first = await openProbeCache(path, silentLogger);
    first.keep('ab', FOUND);
    await first.save();

    const second = await openProbeCache(path, silentLogger);

    assert.deepEqual(second.find('ab'), FOUND);
    assert.deepEqual(await readdir(join(folder, 'deep', 'er')), ['cache.json'], 'nothing is left beside it');
  });

  test('knows a file by its size and time, and reads it again when they change', async () => {
    const file = join(folder, 'ffmpeg');
    const path = join(folder, 'hashes.json');
    await writeFile(file, 'first');
    await utimes(file, 1_000_000, 1_000_000);
    const cache = await openProbeCache(path, silentLogger);
    assert.equal(await cache.hashOf(file), sha256('first'));
    await cache.save();

    await writeFile(file, 'other');
    await utimes(file, 1_000_000, 1_000_000);
    const again = await openProbeCache(path, silentLogger);
    assert.equal(await again.hashOf(file), sha256('first'), 'the file was not read');

    await writeFile(file, 'longer');
    assert.equal(await again.hashOf(file), sha256('longer'));
  });

  test('forgets the oldest of many binaries', async () => {
    const path = join(folder, 'many.json');
    const cache = await openProbeCache(path, silentLogger);
    for (let index = 0; index < 20; index += 1) {
      cache.keep(`hash-${index}`, FOUND);
    }
    cache.keep('hash-5', FOUND);
    await cache.save();

    const again = await openProbeCache(path, silentLogger);

    assert.equal(again.find('hash-0'), undefined);
    assert.notEqual(again.find('hash-5'), undefined, 'it was used last');
    assert.notEqual(again.find('hash-19'), undefined);
  });

  test('that cannot be written is no failure', async () => {
    const inTheWay = join(folder, 'a-file');
    await writeFile(inTheWay, '');
    const cache = await openProbeCache(join(inTheWay, 'cache.json'), silentLogger);
    cache.keep('ab', FOUND);

    await cache.save();

    assert.equal(await readFile(inTheWay, 'utf8'), '');
  });

  test('does not write when there is nothing new', async () => {
    const path = join(folder, 'unwritten.json');
    const cache = await openProbeCache(path, silentLogger);

    await cache.save();

    await assert.rejects(stat(path));
  });
});
