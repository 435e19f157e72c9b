import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createVault } from '../../../src-main/core/protect/vault.ts';
import { memorySecrets } from '../../support/memory-rows.ts';

test('what was sealed opens again, also after a restart, and only in its place', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), fc.string(), async (plain, purpose) => {
      const secrets = memorySecrets();

      const sealed = await createVault(secrets).seal(plain, purpose);

      assert.deepEqual(new Uint8Array(await createVault(secrets).open(sealed, purpose)), plain);
      await assert.rejects(createVault(secrets).open(sealed, `${purpose}x`), { code: 'secrets/unavailable' });
    }),
    { numRuns: 30 },
  );
});

test('a sealed text in which one sign is another does not open', async () => {
  const vault = createVault(memorySecrets());
  const sealed = await vault.seal(Buffer.from('0123456789abcdef'), 'here');

  for (let at = 0; at < sealed.length - 1; at += 1) {
    const changed = `${sealed.slice(0, at)}${sealed[at] === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`;
    await assert.rejects(vault.open(changed, 'here'), { code: 'secrets/unavailable' }, changed);
  }
});

test('the same text is sealed differently each time and shows nothing of itself', async () => {
  const vault = createVault(memorySecrets());
  const plain = Buffer.from('0123456789abcdef');

  const sealed = [await vault.seal(plain, 'here'), await vault.seal(plain, 'here')];

  assert.notEqual(sealed[0], sealed[1]);
  assert.ok(
    sealed.every((text) => text.startsWith('1.') && !text.includes(plain.toString('base64url').slice(0, 8))),
  );
});

test('without its master key nothing opens, and no other key takes its place', async () => {
  const sealed = await createVault(memorySecrets()).seal(Buffer.from('secret'), 'here');
  const empty = memorySecrets();

  await assert.rejects(createVault(empty).open(sealed, 'here'), {
    code: 'secrets/unavailable',
    message: /does not have their master key/,
  });
  assert.equal(empty.values.size, 0);
  const other = createVault(empty);
  await other.seal(Buffer.from('x'), 'there');
  await assert.rejects(other.open(sealed, 'here'), { message: /another master key/ });
});

test('a key store that cannot be read is asked again the next time', async () => {
  const secrets = memorySecrets();
  let isLocked = true;
  const vault = createVault({
    ...secrets,
    get: (name) => (isLocked ? Promise.reject(new Error('the keychain is locked')) : secrets.get(name)),
  });

  await assert.rejects(vault.seal(Buffer.from('x'), 'here'), /keychain is locked/);
  isLocked = false;

  assert.match(await vault.seal(Buffer.from('x'), 'here'), /^1\./);
});
