import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createSecretVault, findKeychain, type Keychain } from '../../../src-main/desktop/secret-vault.ts';
import { listLogger } from './fake-electron.ts';

const KEY = 'live_123456_planted';

/** Turns each byte over: enough to tell what was sealed from what was not. */
const turn = (data: Buffer): Buffer => Buffer.from(data.map((byte) => byte ^ 0xff));

function keychain(state: { stale?: boolean; locked?: boolean } = {}): Keychain {
  return {
    usable: true,
    seal: (text) => Promise.resolve(turn(Buffer.from(text))),
    unseal(data) {
      return state.locked === true
        ? Promise.reject(new Error('the keychain is locked'))
        : Promise.resolve({ text: turn(data).toString(), stale: state.stale === true });
    },
  };
}

const NONE: Keychain = { usable: false, reason: 'none here' };

async function inFolder(run: (path: string, folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'lectern-vault-'));
  try {
    await run(join(folder, 'deep', 'keys.json'), folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function openVault(path: string, chain: Keychain, consent = (): Promise<boolean> => Promise.resolve(false)) {
  const logger = listLogger();
  const vault = createSecretVault({ path, openKeychain: () => Promise.resolve(chain), consent, logger });
  return { vault, logger };
}

test('a key comes back after a restart, and is nowhere in the file as it is', () =>
  inFolder(async (path) => {
    await openVault(path, keychain()).vault.set('youtube', KEY);

    const { vault } = openVault(path, keychain());

    assert.equal(await vault.get('youtube'), KEY);
    const text = await readFile(path, 'utf8');
    assert.equal(text.includes(KEY), false);
    assert.equal(text.includes(Buffer.from(KEY).toString('base64')), false);
  }));

test('only this user can read the file', { skip: process.platform === 'win32' && 'no modes' }, () =>
  inFolder(async (path) => {
    await openVault(path, keychain()).vault.set('youtube', KEY);

    assert.equal((await stat(path)).mode & 0o777, 0o600);
  }),
);

test('an unknown key is undefined, a deleted one too, and deleting what is not there writes nothing', () =>
  inFolder(async (path, folder) => {
    const { vault } = openVault(path, keychain());

    await vault.delete('youtube');
    assert.deepEqual(await readdir(folder), []);
    await vault.set('youtube', KEY);
    await vault.delete('youtube');

    assert.equal(await vault.get('youtube'), undefined);
    assert.equal(await vault.get('toString'), undefined);
  }));

test('keys that are set at the same time are all kept', () =>
  inFolder(async (path) => {
    const { vault } = openVault(path, keychain());

    await Promise.all(['a', 'b', 'c'].map((name) => vault.set(name, `${KEY}-${name}`)));

    const again = openVault(path, keychain()).vault;
    assert.deepEqual(await Promise.all(['a', 'b', 'c'].map((name) => again.get(name))), [
      `${KEY}-a`,
      `${KEY}-b`,
      `${KEY}-c`,
    ]);
  }));

test('the keychain is not opened before there is something to keep or to read', () =>
  inFolder(async (path) => {
    let openings = 0;
    const vault = createSecretVault({
      path,
      openKeychain() {
        openings += 1;
        return Promise.resolve(keychain());
      },
      consent: () => Promise.resolve(false),
      logger: listLogger(),
    });

    await vault.get('youtube');
    assert.equal(openings, 0);
    await vault.set('youtube', KEY);
    await vault.get('youtube');
    assert.equal(openings, 1);
  }));

test('without a keychain and without consent nothing is kept', () =>
  inFolder(async (path, folder) => {
    const { vault } = openVault(path, NONE);

    await assert.rejects(vault.set('youtube', KEY), {
      code: 'secrets/unavailable',
      details: { reason: 'none here' },
    });

    assert.deepEqual(await readdir(folder), []);
    assert.equal(await vault.get('youtube'), undefined);
  }));

test('without a keychain a person who agrees is asked once, and never again', () =>
  inFolder(async (path) => {
    let questions = 0;
    const agree = (): Promise<boolean> => {
      questions += 1;
      return Promise.resolve(true);
    };
    const first = openVault(path, NONE, agree).vault;
    await first.set('youtube', KEY);
    await first.set('twitch', KEY);

    const second = openVault(path, NONE, agree).vault;
    await second.set('vimeo', KEY);

    assert.equal(questions, 1);
    assert.equal(await second.get('youtube'), KEY);
  }));

test('a key that was kept in the file is still read on a day with a keychain', () =>
  inFolder(async (path) => {
    await openVault(path, NONE, () => Promise.resolve(true)).vault.set('youtube', KEY);

    assert.equal(await openVault(path, keychain()).vault.get('youtube'), KEY);
  }));

test('a sealed key without its keychain is an error that says what to do, and stays there', () =>
  inFolder(async (path) => {
    await openVault(path, keychain()).vault.set('youtube', KEY);

    await assert.rejects(openVault(path, NONE).vault.get('youtube'), { code: 'secrets/unavailable' });
    await assert.rejects(openVault(path, keychain({ locked: true })).vault.get('youtube'), {
      code: 'secrets/unavailable',
      details: { name: 'youtube', reason: 'the keychain is locked' },
    });

    assert.equal(await openVault(path, keychain()).vault.get('youtube'), KEY);
  }));

test('a key that the system wants sealed again is sealed again', () =>
  inFolder(async (path) => {
    await openVault(path, keychain()).vault.set('youtube', KEY);
    let seals = 0;
    const chain = keychain({ stale: true });
    assert.ok(chain.usable);
    const counting: Keychain = {
      ...chain,
      seal(text) {
        seals += 1;
        return chain.seal(text);
      },
    };

    assert.equal(await openVault(path, counting).vault.get('youtube'), KEY);

    assert.equal(seals, 1);
  }));

for (const damaged of [
  '{"version":1',
  '{"version":2}',
  '{"version":1,"plainAllowed":true,"secrets":{"a":{"data":1}}}',
]) {
  test(`a damaged file (${damaged.slice(0, 16)}…) is put aside and said, and a new one begun`, () =>
    inFolder(async (path) => {
      await openVault(path, keychain()).vault.set('youtube', KEY);
      await writeFile(path, damaged);

      const { vault, logger } = openVault(path, keychain());
      assert.equal(await vault.get('youtube'), undefined);
      await vault.set('twitch', KEY);

      assert.equal(await readFile(`${path}.damaged`, 'utf8'), damaged);
      assert.equal(await vault.get('twitch'), KEY);
      assert.match(logger.lines.join(), /error .*damaged/);
    }));
}

function storage(available: boolean, backend?: string) {
  return {
    isAsyncEncryptionAvailable: () => Promise.resolve(available),
    ...(backend === undefined ? {} : { getSelectedStorageBackend: () => backend }),
    encryptStringAsync: (text: string) => Promise.resolve(turn(Buffer.from(text))),
    decryptStringAsync: (data: Buffer) =>
      Promise.resolve({ result: turn(data).toString(), shouldReEncrypt: true }),
  };
}

for (const [platform, available, backend, usable] of [
  ['darwin', true, undefined, true],
  ['win32', true, undefined, true],
  ['linux', true, 'gnome_libsecret', true],
  ['linux', true, 'kwallet6', true],
  ['linux', true, 'basic_text', false],
  ['linux', true, 'unknown', false],
  ['linux', false, 'gnome_libsecret', false],
  ['darwin', false, undefined, false],
] as const) {
  test(`${platform} with ${backend ?? 'its own store'}, encryption ${available ? 'on' : 'off'}: ${usable ? 'a keychain' : 'none'}`, async () => {
    assert.equal((await findKeychain(storage(available, backend), platform)).usable, usable);
  });
}

test('the keychain hands on what the system says about its key', async () => {
  const chain = await findKeychain(storage(true), 'darwin');
  assert.ok(chain.usable);

  assert.deepEqual(await chain.unseal(await chain.seal(KEY)), { text: KEY, stale: true });
});
