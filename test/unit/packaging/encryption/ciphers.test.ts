import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { sampleCiphers } from '../../../../src-main/core/packaging/encryption/ciphers.ts';
import { FAKE_KEY } from '../../../support/fake-protection.ts';

/** As the standard has it: a chain of its own for each. */
function alone(iv: Uint8Array, plain: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-128-cbc', FAKE_KEY.value, iv);
  cipher.setAutoPadding(false);
  return Buffer.concat([cipher.update(plain), cipher.final()]);
}

const block = fc.uint8Array({ minLength: 16, maxLength: 16 });
const calls = fc.array(
  fc.record({ iv: fc.oneof(fc.constant(FAKE_KEY.iv), block), blocks: fc.array(block, { maxLength: 6 }) }),
  { minLength: 1, maxLength: 12 },
);

test('every call begins a chain of its own, whatever went through the same cipher before', () => {
  fc.assert(
    fc.property(calls, (made) => {
      const ciphers = sampleCiphers(FAKE_KEY);
      for (const { iv, blocks } of made) {
        const plain = Buffer.concat(blocks);
        const before = Buffer.from(plain);

        const encrypted = ciphers.cbc(iv, plain);

        assert.deepEqual(Buffer.from(encrypted), Buffer.from(alone(iv, before)));
        assert.deepEqual(plain, before);
      }
    }),
  );
});
