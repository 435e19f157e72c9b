import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decrypt, unwrapKeys } from '../../../../../src-main/core/ingest/transport-stream/srt/key-material.ts';
import { encipher, SALT, wrapKeys } from '../../../../support/srt-caller.ts';

const PASSPHRASE = 'correct horse battery';
const [EVEN, ODD] = [new Uint8Array(16).fill(0xe), new Uint8Array(16).fill(0xd)];

test('keys come out of their wrap with the right passphrase only', () => {
  for (const bytes of [16, 24, 32]) {
    const even = new Uint8Array(bytes).map((_, index) => index);
    const message = wrapKeys({ even, passphrase: PASSPHRASE });

    assert.deepEqual(unwrapKeys(message, PASSPHRASE), { salt: SALT, even, odd: undefined });
    assert.equal(unwrapKeys(message, 'another one!'), undefined);
  }
});

test('a message may hold either key, or both', () => {
  const odd = unwrapKeys(wrapKeys({ odd: ODD, passphrase: PASSPHRASE }), PASSPHRASE);
  const both = unwrapKeys(wrapKeys({ even: EVEN, odd: ODD, passphrase: PASSPHRASE }), PASSPHRASE);

  assert.deepEqual(odd, { salt: SALT, even: undefined, odd: ODD });
  assert.deepEqual(both, { salt: SALT, even: EVEN, odd: ODD });
});

test('messages that cannot be read hold no keys', () => {
  const good = wrapKeys({ even: EVEN, passphrase: PASSPHRASE });
  for (const [place, value] of [
    [1, 0],
    [3, 0],
    [8, 1],
    [9, 1],
    [14, 1],
    [15, 3],
    [15, 200],
  ] as const) {
    const changed = good.slice();
    changed[place] = value;

    assert.equal(unwrapKeys(changed, PASSPHRASE), undefined, `byte ${place} ${value}`);
  }
  for (let length = 0; length < good.length; length += 1) {
    assert.equal(unwrapKeys(good.subarray(0, length), PASSPHRASE), undefined);
  }
});

test('a payload is deciphered with salt and sequence number', () => {
  const plain = new TextEncoder().encode('some words that are longer than one block');
  const secret = encipher(plain, 0x1234_5678, EVEN);

  assert.deepEqual(new Uint8Array(decrypt(secret, 0x1234_5678, EVEN, SALT)), plain);
});
