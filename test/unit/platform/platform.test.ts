import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { writeFileAtomic } from '../../../src-main/core/archive/write-file-atomic.ts';
import { lockDataFolder } from '../../../src-main/core/platform/data-folder-lock.ts';
import { openFileLogger } from '../../../src-main/core/platform/file-logger.ts';
import { createFileTextCache } from '../../../src-main/core/platform/file-text-cache.ts';
import {
  everywhere,
  hostForOthers,
  isDnsName,
  namesOfThisComputer,
  ownAddresses,
  watchNetwork,
} from '../../../src-main/core/platform/network.ts';
import { manualClock } from '../../support/manual-clock.ts';

const root = mkdtempSync(join(tmpdir(), 'lectern-platform-'));
let folders = 0;
after(() => rmSync(root, { recursive: true }));

async function newFolder(): Promise<string> {
  folders += 1;
  const path = join(root, String(folders));
  await mkdir(path);
  return path;
}

describe('a data folder', () => {
  test('is for one service: a second is refused by name and changes nothing', async () => {
    const folder = await newFolder();
    using _first = lockDataFolder(folder);
    const before = await readdir(folder);

    assert.throws(() => lockDataFolder(folder), {
      code: 'service/data-folder-locked',
      details: { folder },
    });
    assert.deepEqual(await readdir(folder), before);
  });

  test('can be taken again when the first has let go', async () => {
    const folder = await newFolder();
    lockDataFolder(folder)[Symbol.dispose]();

    lockDataFolder(folder)[Symbol.dispose]();
  });

  test('is free at once when its service was killed', async () => {
    const folder = await newFolder();
    const child = fork(new URL('lock-holder.ts', import.meta.url), [folder], { stdio: 'ignore' });
    await once(child, 'message');
    assert.throws(() => lockDataFolder(folder), { code: 'service/data-folder-locked' });

    child.kill('SIGKILL');
    await once(child, 'exit');

    lockDataFolder(folder)[Symbol.dispose]();
  });

  test('in which something else stands in the place of the lock is refused with a clear word', async () => {
    const folder = await newFolder();
    await mkdir(join(folder, 'lock'));

    assert.throws(
      () => lockDataFolder(folder),
      (error: { code?: string; message: string }) => {
        assert.equal(error.code, 'service/data-folder-unusable');
        assert.ok(error.message.includes(folder));
        return true;
      },
    );
  });

  test('with a lock file that is rubbish is refused too', async () => {
    const folder = await newFolder();
    await writeFile(join(folder, 'lock'), 'no database at all, but longer than the header of one'.repeat(50));

    assert.throws(() => lockDataFolder(folder), { code: 'service/data-folder-unusable' });
  });
});

describe('the log file', () => {
  test('is a line of JSON for each entry, with the fields of its part', async () => {
    const path = join(await newFolder(), 'lectern.log');
    {
      using logger = openFileLogger(path);
      logger.child({ part: 'archive' }).warn({ error: new Error('no room') }, 'the recording stands still');
    }

    const entry: unknown = JSON.parse(await readFile(path, 'utf8'));
    assert.ok(typeof entry === 'object' && entry !== null);
    assert.deepEqual(
      ['level', 'part', 'msg'].map((key): unknown => Reflect.get(entry, key)),
      ['warn', 'archive', 'the recording stands still'],
    );
    assert.match(JSON.stringify(entry), /no room/);
  });

  test('goes on where it was, and is set aside at ten megabytes, three times', async () => {
    const path = join(await newFolder(), 'lectern.log');
    const line = 'x'.repeat(1024 * 1024);
    {
      using logger = openFileLogger(path);
      logger.info({}, 'first');
    }
    {
      using logger = openFileLogger(path);
      for (let number = 0; number < 55; number += 1) {
        logger.info({ line }, String(number));
      }
    }

    assert.deepEqual((await readdir(join(path, '..'))).toSorted(), [
      'lectern.log',
      'lectern.log.1',
      'lectern.log.2',
      'lectern.log.3',
    ]);
    assert.ok((await stat(`${path}.1`)).size < 12 * 1024 * 1024);
    assert.match(await readFile(path, 'utf8'), /"msg":"54"/);
  });

  test('that is closed takes no more and says nothing about it', async () => {
    const path = join(await newFolder(), 'lectern.log');
    const logger = openFileLogger(path);
    logger[Symbol.dispose]();
    logger[Symbol.dispose]();

    logger.error({}, 'too late');

    assert.equal(await readFile(path, 'utf8'), '');
  });
});

describe('findings in a file', () => {
  test('that come at the same time are all there', async () => {
    const path = join(await newFolder(), 'findings.json');
    const cache = createFileTextCache({ path, writeFile: writeFileAtomic });

    await Promise.all(Array.from({ length: 20 }, (_, index) => cache.set(`key ${index}`, String(index))));

    const again = createFileTextCache({ path, writeFile: writeFileAtomic });
    const values = await Promise.all(Array.from({ length: 20 }, (_, index) => again.get(`key ${index}`)));
    assert.deepEqual(
      values,
      Array.from({ length: 20 }, (_, index) => String(index)),
    );
    assert.equal(existsSync(`${path}.new`), false);
  });
});

describe('the network', () => {
  const address = (family: 'IPv4' | 'IPv6', one: string, internal = false) => ({
    address: one,
    netmask: '',
    family,
    mac: '',
    internal,
    cidr: null,
    ...(family === 'IPv6' ? { scopeid: 0 } : {}),
  });

  test('is told to have returned when there is an address that was not there a second ago', () => {
    const clock = manualClock();
    let present: string[] = ['10.0.0.2'];
    let returns = 0;
    using _watch = watchNetwork({
      clock,
      onReturn: () => void (returns += 1),
      read: () => ({ wlan0: present.map((one) => ({ ...address('IPv4', one), family: 'IPv4' as const })) }),
    });

    clock.advance(3000);
    present = [];
    clock.advance(3000);
    assert.equal(returns, 0);
    present = ['10.0.0.2'];
    clock.advance(1000);
    clock.advance(3000);

    assert.equal(returns, 1);
  });

  test('has the addresses that others can reach, IPv4 first', () => {
    const found = ownAddresses(() => ({
      lo: [{ ...address('IPv4', '127.0.0.1', true), family: 'IPv4' as const }],
      wlan0: [
        { ...address('IPv6', 'fe80::1'), family: 'IPv6' as const, scopeid: 2 },
        { ...address('IPv6', '2001:db8::7'), family: 'IPv6' as const, scopeid: 0 },
        { ...address('IPv4', '169.254.3.4'), family: 'IPv4' as const },
        { ...address('IPv4', '192.168.1.7'), family: 'IPv4' as const },
      ],
    }));

    assert.deepEqual(found, ['192.168.1.7', '2001:db8::7']);
  });

  test('listens for both families where there are both', () => {
    const ipv4 = { lo: [{ ...address('IPv4', '127.0.0.1', true), family: 'IPv4' as const }] };
    const both = { lo: [...ipv4.lo, { ...address('IPv6', '::1', true), family: 'IPv6' as const, scopeid: 0 }] };

    assert.equal(
      everywhere(() => ipv4),
      '0.0.0.0',
    );
    assert.equal(
      everywhere(() => both),
      '::',
    );
  });

  test('is named to others as its user says, else by its first address, and for a certificate by all of them', () => {
    const read = () => ({ wlan0: [{ ...address('IPv6', '2001:db8::7'), family: 'IPv6' as const, scopeid: 0 }] });

    assert.equal(hostForOthers('studio.example', read), 'studio.example');
    assert.equal(hostForOthers('', read), '[2001:db8::7]');
    assert.equal(
      hostForOthers('', () => ({})),
      '127.0.0.1',
    );
    const names = namesOfThisComputer('studio.example', read);
    assert.deepEqual(
      ['localhost', '127.0.0.1', '::1', '2001:db8::7', 'studio.example'].filter((name) => !names.includes(name)),
      [],
    );
    assert.ok(!namesOfThisComputer('not a name!', read).includes('not a name!'));
  });
});

test('only a name of DNS has others under it: no address, and no name of the local network', () => {
  const names = ['example.org', 'live.example.org', '10.0.0.1', 'fd00::1', 'laptop', '', 'no spaces.org'];

  assert.deepEqual(names.filter(isDnsName), ['example.org', 'live.example.org']);
});
