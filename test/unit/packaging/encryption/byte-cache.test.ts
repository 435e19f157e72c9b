import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createByteCache } from '../../../../src-main/core/packaging/encryption/byte-cache.ts';

test('what was asked for longest ago goes when there is no room, whoever it belongs to', () => {
  const cache = createByteCache(100);
  const [one, other] = [cache.scope(), cache.scope()];
  const bytes = (length: number): Uint8Array => new Uint8Array(length);

  one.set('a', bytes(40));
  other.set('a', bytes(40));
  one.get('a');
  one.set('b', bytes(40));

  assert.equal(one.get('a')?.length, 40);
  assert.equal(other.get('a'), undefined);
  assert.equal(one.get('b')?.length, 40);
});

test('what is larger than all there is room for is not kept, and takes nobody else along', () => {
  const cache = createByteCache(100).scope();
  cache.set('small', new Uint8Array(10));
  cache.set('large', new Uint8Array(101));

  assert.equal(cache.get('large'), undefined);
  assert.equal(cache.get('small')?.length, 10);
});

test('what is put in the place of something else counts once', () => {
  const cache = createByteCache(100).scope();
  cache.set('other', new Uint8Array(30));
  for (let round = 0; round < 5; round += 1) {
    cache.set('a', new Uint8Array(60));
  }

  assert.equal(cache.get('other')?.length, 30);
});
