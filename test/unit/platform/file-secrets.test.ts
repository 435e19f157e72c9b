import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { writeFileAtomic } from '../../../src-main/core/archive/write-file-atomic.ts';
import { type FileSecretsOptions, openFileSecrets } from '../../../src-main/core/platform/file-secrets.ts';
import { createSeal, isSealed, openSealed } from '../../../src-main/core/platform/passphrase-seal.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';

const PASSPHRASE = 'correct horse battery staple';
/** As a file may say it; a hundredth of what new files take. */
const CHEAP = { N: 1024, r: 8, p: 1 };

const root = mkdtempSync(join(tmpdir(), 'lectern-secrets-'));
let folders = 0;
after(() => rmSync(root, { recursive: true }));

async function newPath(stored?: string): Promise<string> {
  folders += 1;
  const folder = join(root, String(folders));
  await mkdir(folder);
  const path = join(folder, 'secrets.json');
  if (stored !== undefined) {
    await writeFile(path, stored, { mode: 0o600 });
  }
  return path;
}

async function sealedPath(secrets: unknown = { a: '1' }): Promise<string> {
  return await newPath((await createSeal(PASSPHRASE, CHEAP))(JSON.stringify(secrets)));
}

function open(path: string, over: Partial<FileSecretsOptions> = {}) {
  const options = { writeFile: writeFileAtomic, passphrase: {}, logger: silentLogger };
  return openFileSecrets({ path, ...options, ...over });
}

/** Everything in the folder of the file. */
async function contentAround(path: string): Promise<ReadonlyMap<string, string>> {
  const folder = join(path, '..');
  const names = (await readdir(folder)).toSorted();
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
  );
}

describe('secrets in a file', () => {
  test('are there after a restart, and for nobody else to read', async () => {
    const path = await newPath();
    const secrets = await open(path);
    await Promise.all([secrets.set('a', '1'), secrets.set('b', '2'), secrets.set('c', '3')]);
    await secrets.delete('b');

    const again = await open(path);

    assert.deepEqual([await again.get('a'), await again.get('b'), await again.get('c')], ['1', undefined, '3']);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  test('that cannot be written are not known either', async () => {
    const path = await newPath('{"a":"old"}');
    const secrets = await open(path, { writeFile: () => Promise.reject(new Error('no room')) });

    await assert.rejects(secrets.set('a', 'new'), /no room/);
    await assert.rejects(secrets.delete('a'), /no room/);

    assert.equal(await secrets.get('a'), 'old');
  });

  test('of a file that is rubbish have to be entered again', async () => {
    const path = await newPath('{"a":7}');
    const secrets = await open(path);

    assert.equal(await secrets.get('a'), undefined);
    await secrets.set('a', '1');

    assert.deepEqual(JSON.parse(await readFile(path, 'utf8')), { a: '1' });
  });

  test('that nothing but the permissions protects are said to be so, once', async () => {
    const said: unknown[] = [];
    const logger = { ...silentLogger, warn: (...line: unknown[]) => void said.push(line) };
    const path = await newPath();

    const secrets = await open(path, { logger });
    await secrets.set('a', '1');
    await secrets.set('b', '2');

    assert.equal(said.length, 1);
    assert.match(JSON.stringify(said), /permissions of their file alone.*LECTERN_PASSPHRASE/);
  });

  test('that cannot be read are not taken for none', async () => {
    const path = await newPath();
    await mkdir(path);

    await assert.rejects(open(path), { code: 'secrets/unavailable', details: { path } });
  });
});

describe('secrets under a passphrase', () => {
  test('are there after a restart, and nowhere as they are', async () => {
    const path = await newPath();
    const secrets = await open(path, { passphrase: { text: PASSPHRASE } });
    await secrets.set('stream', 'planted secret');
    await secrets.set('other', 'x');
    await secrets.delete('other');

    const again = await open(path, { passphrase: { text: PASSPHRASE } });

    assert.equal(await again.get('stream'), 'planted secret');
    assert.equal(await again.get('other'), undefined);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    const text = await readFile(path, 'utf8');
    assert.match(text, /^\{"sealed":1,"kdf":\{"name":"scrypt","N":131072,"r":8,"p":1,"salt":"/);
    for (const part of ['planted secret', 'stream', PASSPHRASE]) {
      for (const form of ['utf8', 'hex', 'base64', 'base64url'] as const) {
        assert.equal(text.includes(Buffer.from(part).toString(form)), false, `${part} as ${form}`);
      }
    }
  });

  test('that lay there in clear are sealed at the first start with one, and the file of before is gone', async () => {
    const path = await newPath('{"stream":"planted secret"}\n');

    const secrets = await open(path, { passphrase: { text: PASSPHRASE } });

    assert.equal(await secrets.get('stream'), 'planted secret');
    const around = await contentAround(path);
    assert.deepEqual([...around.keys()], ['secrets.json']);
    assert.equal(isSealed(around.get('secrets.json') ?? ''), true);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal(await (await open(path, { passphrase: { text: PASSPHRASE } })).get('stream'), 'planted secret');
  });

  test('stay in clear when they cannot be sealed', async () => {
    const path = await newPath('{"stream":"planted secret"}\n');
    const before = await contentAround(path);

    const opening = open(path, {
      passphrase: { text: PASSPHRASE },
      writeFile: () => Promise.reject(new Error('no room')),
    });

    await assert.rejects(opening, /no room/);
    assert.deepEqual(await contentAround(path), before);
  });

  test('are not opened by another one: it is named by where it came from, and nothing is changed', async () => {
    const path = await sealedPath();
    const before = await contentAround(path);

    await assert.rejects(open(path, { passphrase: { text: 'another passphrase' } }), (error: Error) => {
      assert.match(
        error.message,
        /^The passphrase in LECTERN_PASSPHRASE does not open the keys in .*secrets\.json/,
      );
      assert.equal(error.message.includes('another passphrase'), false);
      assert.deepEqual(Reflect.get(error, 'code'), 'secrets/unavailable');
      return true;
    });
    assert.deepEqual(await contentAround(path), before);
  });

  test('are not opened without one, and the cures are named', async () => {
    const path = await sealedPath();
    const before = await contentAround(path);

    await assert.rejects(open(path), {
      code: 'secrets/unavailable',
      message: /LECTERN_PASSPHRASE.*--passphrase-file.*service\.passphraseFile/,
    });
    assert.deepEqual(await contentAround(path), before);
  });

  test('are opened by who sits at the terminal, who is asked only when something is sealed', async () => {
    let asked = 0;
    const ask = (): Promise<string> => {
      asked += 1;
      return Promise.resolve(PASSPHRASE);
    };
    await open(await newPath(), { passphrase: { ask } });
    await open(await newPath('{"a":"1"}'), { passphrase: { ask } });
    assert.equal(asked, 0);

    const secrets = await open(await sealedPath(), { passphrase: { ask } });
    await open(await sealedPath(), { passphrase: { ask, text: PASSPHRASE } });

    assert.deepEqual([await secrets.get('a'), asked], ['1', 1]);
  });

  for (const [what, spoil] of [
    ['cut off', (text: string) => text.slice(0, -20)],
    ['cut off at its beginning', (text: string) => text.slice(0, 12)],
    ['of a later version', (text: string) => text.replace('"sealed":1', '"sealed":2')],
    ['without its data', (text: string) => text.replace(/"data":"[^"]*"/, '"data":""')],
    ['asking for all the memory there is', (text: string) => text.replace('"N":1024', '"N":1073741824')],
    ['asking for no work', (text: string) => text.replace('"N":1024', '"N":0')],
  ] as const) {
    test(`${what} are not opened, and stay as they are`, async () => {
      const path = await sealedPath();
      await writeFile(path, spoil(await readFile(path, 'utf8')));
      const before = await contentAround(path);

      await assert.rejects(open(path, { passphrase: { text: PASSPHRASE } }), {
        code: 'secrets/unavailable',
        message: /is not whole, or of a version/,
      });
      await assert.rejects(open(path), { code: 'secrets/unavailable', message: /no passphrase was given/ });
      assert.deepEqual(await contentAround(path), before);
    });
  }

  for (const field of ['salt', 'nonce', 'data'] as const) {
    test(`with another ${field} are not opened, and stay as they are`, async () => {
      const path = await sealedPath();
      const text = await readFile(path, 'utf8');
      const [all = '', value = ''] = new RegExp(`"${field}":"([^"]+)"`).exec(text) ?? [];
      const bytes = Buffer.from(value, 'base64');
      bytes[3]! ^= 1;
      await writeFile(path, text.replace(all, `"${field}":"${bytes.toString('base64')}"`));
      const before = await contentAround(path);

      await assert.rejects(open(path, { passphrase: { text: PASSPHRASE } }), {
        code: 'secrets/unavailable',
        message: /or the file was changed/,
      });
      assert.deepEqual(await contentAround(path), before);
    });
  }

  test('that are rubbish in clear are not sealed over', async () => {
    const path = await newPath('{"a":');
    const before = await contentAround(path);

    await assert.rejects(open(path, { passphrase: { text: PASSPHRASE } }), { code: 'secrets/unavailable' });

    assert.deepEqual(await contentAround(path), before);
  });

  test('are sealed with a new nonce each time', async () => {
    const seal = await createSeal(PASSPHRASE, CHEAP);

    const [one, two] = [seal('same'), seal('same')];

    assert.notEqual(one, two);
    assert.deepEqual((await openSealed(one, PASSPHRASE)).kind, 'open');
  });
});

describe('a passphrase', () => {
  test('of the command line wins over the environment, and that over the settings', async () => {
    const right = await newPath(`${PASSPHRASE}\r\n`);
    const wrong = await newPath('another passphrase\n');

    for (const passphrase of [
      { file: right, text: 'another passphrase', settingsFile: wrong },
      { text: PASSPHRASE, settingsFile: wrong },
      { settingsFile: right },
    ]) {
      assert.equal(await (await open(await sealedPath(), { passphrase })).get('a'), '1');
    }
    await assert.rejects(
      open(await sealedPath(), { passphrase: { settingsFile: wrong } }),
      /service\.passphraseFile/,
    );
  });

  test('is the same however its signs are composed', async () => {
    const path = await newPath((await createSeal('schöne Grüße'.normalize('NFKC'), CHEAP))('{"a":"1"}'));

    const secrets = await open(path, { passphrase: { text: 'schöne Grüße'.normalize('NFD') } });

    assert.equal(await secrets.get('a'), '1');
  });

  test('that is none is refused by name before anything is sealed with it', async () => {
    const path = await newPath('{"a":"1"}');
    const before = await contentAround(path);
    const missing = join(path, '..', 'nowhere');

    for (const [passphrase, words] of [
      [{ text: '' }, /^The passphrase in LECTERN_PASSPHRASE has fewer than 8 characters/],
      [{ text: 'seven77' }, /fewer than 8 characters/],
      [{ file: await newPath('one line\nand another\n') }, /\(--passphrase-file\) has more than one line/],
      [{ file: missing }, /nowhere \(--passphrase-file\) cannot be read/],
    ] as const) {
      await assert.rejects(open(path, { passphrase }), { code: 'secrets/unavailable', message: words });
    }
    assert.deepEqual(await contentAround(path), before);
  });
});
