import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { writeFileAtomic } from '../../../src-main/core/archive/write-file-atomic.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { EventLog } from '../../../src-main/core/ports/services.ts';
import { openSettings, peekSettings, type WriteFile } from '../../../src-main/core/settings/settings.ts';
import { DEFAULT_SETTINGS, type SettingsPatch } from '../../../src-main/shared/api/settings.ts';

const root = mkdtempSync(join(tmpdir(), 'lectern-settings-'));
let files = 0;
after(() => rmSync(root, { recursive: true }));

async function fileWith(content: unknown): Promise<string> {
  files += 1;
  const folder = join(root, String(files));
  await mkdir(folder);
  const path = join(folder, 'settings.json');
  if (content !== undefined) {
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  }
  return path;
}

async function open(path: string, writeFileTo: WriteFile = writeFileAtomic) {
  const told: string[] = [];
  const events: EventLog = {
    publish: (type) => void told.push(type),
    published: { on: () => ({ [Symbol.dispose]: () => undefined }) },
    lastId: () => '0',
    since: () => [],
  };
  return { ...(await openSettings({ path, writeFile: writeFileTo, logger: silentLogger, events })), told };
}

describe('the settings file', () => {
  test('that is not there means the defaults, and nothing is written', async () => {
    const path = await fileWith(undefined);

    const settings = await open(path);

    assert.deepEqual([settings.get(), settings.problem], [DEFAULT_SETTINGS, undefined]);
    assert.deepEqual(await readdir(join(path, '..')), []);
  });

  test('of an older version gets the defaults of the fields that it does not have', async () => {
    const path = await fileWith({ version: 1, language: 'de', network: { originPort: 9000 } });

    const settings = await open(path);

    assert.equal(settings.problem, undefined);
    assert.deepEqual(settings.get(), {
      ...DEFAULT_SETTINGS,
      language: 'de',
      network: { ...DEFAULT_SETTINGS.network, originPort: 9000 },
    });
  });

  test('of before there were encoders from outside gets everything about them, to any depth', async () => {
    const { service: _service, ...before } = DEFAULT_SETTINGS;
    const { controlPort, originPort, shareOrigin, publicHost } = DEFAULT_SETTINGS.network;
    const old = { ...before, network: { controlPort, originPort, shareOrigin, publicHost } };
    const path = await fileWith(old);
    const half = await fileWith({ ...DEFAULT_SETTINGS, service: { quotas: { liveEvents: 9 } } });

    const [all, some] = await Promise.all([open(path), open(half)]);

    assert.deepEqual([all.get(), all.problem], [DEFAULT_SETTINGS, undefined]);
    assert.deepEqual(some.get().service, {
      ...DEFAULT_SETTINGS.service,
      quotas: { ...DEFAULT_SETTINGS.service.quotas, liveEvents: 9 },
    });
    assert.equal(some.problem, undefined);
  });

  test('that uses a port which has become another one’s default can still be changed', async () => {
    const path = await fileWith({ version: 1, network: { originPort: DEFAULT_SETTINGS.network.ingestPort } });
    const settings = await open(path);

    await settings.patch({ theme: 'light' });
    await settings.patch({ network: { shareOrigin: true } });

    assert.deepEqual([settings.get().theme, settings.get().network.shareOrigin], ['light', true]);
    await assert.rejects(settings.patch({ network: { originPort: DEFAULT_SETTINGS.network.ingestPort } }), {
      code: 'settings/invalid',
      details: { field: 'network.originPort' },
    });
  });

  test('with a wrong field keeps the others, names it, and is kept as it was', async () => {
    const wrong = {
      ...DEFAULT_SETTINGS,
      theme: 'pink',
      language: 'en',
      network: { ...DEFAULT_SETTINGS.network, originPort: 'x', controlPort: 9001 },
    };
    const path = await fileWith(wrong);

    const settings = await open(path);

    assert.equal(settings.problem?.code, 'settings/unreadable');
    assert.match(settings.problem.message, /theme: .*; network\.originPort: /);
    assert.deepEqual(settings.get(), {
      ...DEFAULT_SETTINGS,
      language: 'en',
      network: { ...DEFAULT_SETTINGS.network, controlPort: 9001 },
    });
    assert.deepEqual(JSON.parse(await readFile(`${path}.unreadable`, 'utf8')), wrong);
    assert.equal((await open(path)).problem, undefined, 'the mended file is right');
  });

  test('with a ladder that is wrong has the default ladder, not half of each', async () => {
    const path = await fileWith({
      ...DEFAULT_SETTINGS,
      encoding: { ...DEFAULT_SETTINGS.encoding, ladder: { kind: 'preset', name: 7 } },
    });

    const settings = await open(path);

    assert.deepEqual(settings.get(), DEFAULT_SETTINGS);
    assert.match(settings.problem?.message ?? '', /encoding\.ladder/);
  });

  test('with fields that nobody knows keeps all that is known', async () => {
    const path = await fileWith({
      ...DEFAULT_SETTINGS,
      theme: 'light',
      colour: 'red',
      network: { ...DEFAULT_SETTINGS.network, wifi: true },
    });

    const settings = await open(path);

    assert.deepEqual(settings.get(), { ...DEFAULT_SETTINGS, theme: 'light' });
    assert.match(settings.problem?.message ?? '', /colour/);
    assert.match(settings.problem?.message ?? '', /wifi/);
  });

  for (const [what, content] of [
    ['is cut off', '{"version":1,"langu'],
    ['is empty', ''],
    ['is a list', '[]'],
    ['is null', 'null'],
    ['is of a newer Lectern', JSON.stringify({ ...DEFAULT_SETTINGS, version: 2 })],
  ] as const) {
    test(`that ${what} stops nothing and is not lost`, async () => {
      const path = await fileWith(content);

      const settings = await open(path);

      assert.deepEqual(settings.get(), DEFAULT_SETTINGS);
      assert.equal(settings.problem?.code, 'settings/unreadable');
      assert.equal(await readFile(`${path}.unreadable`, 'utf8'), content);
    });
  }

  test('that is wrong a second time does not overwrite the one set aside before', async () => {
    const path = await fileWith('first');
    await open(path);
    await writeFile(path, 'second');

    await open(path);

    assert.equal(await readFile(`${path}.unreadable`, 'utf8'), 'first');
    assert.equal(await readFile(`${path}.unreadable-2`, 'utf8'), 'second');
  });

  test('that cannot be read at all is not overwritten by the next change', async () => {
    const path = await fileWith(undefined);
    await mkdir(path);
    await writeFile(join(path, 'mine'), 'x');

    const settings = await open(path);
    await settings.patch({ theme: 'light' });

    assert.equal(await readFile(join(`${path}.unreadable`, 'mine'), 'utf8'), 'x');
    assert.equal((await open(path)).get().theme, 'light');
  });

  test('can be looked at without being changed', async () => {
    const path = await fileWith({ ...DEFAULT_SETTINGS, theme: 'pink' });
    const before = readFileSync(path, 'utf8');

    assert.deepEqual(await peekSettings(path), DEFAULT_SETTINGS);
    assert.deepEqual([readFileSync(path, 'utf8'), await readdir(join(path, '..'))], [before, ['settings.json']]);
  });

  test('whatever is in it, the settings that come out of it are right', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.json(),
          fc
            .record({
              version: fc.anything(),
              network: fc.anything(),
              theme: fc.anything(),
              recording: fc.object(),
            })
            .map((value) => {
              try {
                return JSON.stringify(value);
              } catch {
                return '{}';
              }
            }),
        ),
        async (text) => {
          const path = await fileWith(text);
          const settings = await open(path);
          await settings.patch({ theme: 'light' });
          assert.equal((await open(path)).problem, undefined);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a change of the settings', () => {
  test('is written as a whole before it is told', async () => {
    const path = await fileWith(undefined);
    const settings = await open(path);

    const answer = await settings.patch({ network: { shareOrigin: true } });

    assert.deepEqual(answer, settings.get());
    assert.deepEqual(JSON.parse(await readFile(path, 'utf8')), answer);
    assert.deepEqual(settings.told, ['Lectern.SettingsChanged']);
  });

  test('that cannot be written changes nothing', async () => {
    const path = await fileWith({ ...DEFAULT_SETTINGS, theme: 'light' });
    const settings = await open(path, () => Promise.reject(new Error('no room')));

    await assert.rejects(settings.patch({ theme: 'dark' }), /no room/);

    assert.equal(settings.get().theme, 'light');
    assert.deepEqual(settings.told, []);
  });

  test('keeps what others change at the same time', async () => {
    const path = await fileWith(undefined);
    const settings = await open(path);
    const patches: SettingsPatch[] = [
      { theme: 'light' },
      { language: 'de' },
      { network: { publicHost: 'studio.local' } },
      { network: { shareOrigin: true } },
      { recording: { warnFreeBytes: 7 * 1024 ** 3 } },
    ];

    await Promise.all(patches.map((patch) => settings.patch(patch)));

    const { theme, language, network, recording } = (await open(path)).get();
    assert.deepEqual(
      [theme, language, network.publicHost, network.shareOrigin, recording.warnFreeBytes],
      ['light', 'de', 'studio.local', true, 7 * 1024 ** 3],
    );
  });

  for (const [field, patch] of [
    ['recording.warnFreeBytes', { recording: { warnFreeBytes: 1, stopFreeBytes: 100 * 1024 ** 2 } }],
    ['network.originPort', { network: { controlPort: 9000, originPort: 9000 } }],
  ] as const) {
    test(`that makes no sense names ${field} and changes nothing`, async () => {
      const settings = await open(await fileWith(undefined));

      await assert.rejects(settings.patch(patch), { code: 'settings/invalid', details: { field } });

      assert.deepEqual(settings.get(), DEFAULT_SETTINGS);
    });
  }

  test('of what is read at the start waits for the next one, and says so until it is taken back', async () => {
    const settings = await open(await fileWith(undefined));

    await settings.patch({ network: { originPort: 9000 }, theme: 'light' });
    assert.deepEqual(settings.restartNeeded(), ['network.originPort']);
    await settings.patch({ network: { originPort: DEFAULT_SETTINGS.network.originPort } });

    assert.deepEqual(settings.restartNeeded(), []);
  });
});

describe('a file that is replaced as a whole', () => {
  test('is the old or the new one, whatever fails', async () => {
    const path = await fileWith('old');
    await mkdir(`${path}.new`);

    await assert.rejects(writeFileAtomic(path, 'new'));

    assert.equal(await readFile(path, 'utf8'), 'old');
  });

  test('leaves nothing beside it when it cannot be put in place', async () => {
    const path = await fileWith(undefined);
    await mkdir(path);
    await writeFile(join(path, 'x'), 'x');

    await assert.rejects(writeFileAtomic(path, 'new'));

    assert.deepEqual(await readdir(join(path, '..')), ['settings.json']);
  });

  test('has the rights that were asked for', async () => {
    const path = await fileWith('old');
    await chmod(path, 0o644);

    await writeFileAtomic(path, 'secret', 0o600);

    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });
});

describe('the settings of the service', () => {
  test('are changed field by field, quotas too', async () => {
    const path = await fileWith(undefined);
    const settings = await open(path);

    await settings.patch({ service: { quotas: { liveEvents: 7 } } });
    await settings.patch({ service: { stopWithoutInputAfter: 'PT1H' } });
    await settings.patch({ service: { quotas: { outputsPerEvent: 2 } } });
    await settings.patch({ service: { transcription: { command: ['/opt/hear', '{language}'] } } });
    await settings.patch({ service: { passphraseFile: '/run/keys/lectern' } });

    const wanted = {
      quotas: { ...DEFAULT_SETTINGS.service.quotas, liveEvents: 7, outputsPerEvent: 2 },
      keyDelivery: { defaultAction: 'Allow', ipAllowList: [] },
      transcription: { command: ['/opt/hear', '{language}'], lagSeconds: 10 },
      passphraseFile: '/run/keys/lectern',
      stopWithoutInputAfter: 'PT1H',
    };
    assert.deepEqual(settings.get().service, wanted);
    assert.deepEqual((await peekSettings(path)).service, wanted);
    assert.deepEqual(settings.restartNeeded(), ['service.passphraseFile']);
  });

  test('have a list of who gets keys only while all others are denied them', async () => {
    const settings = await open(await fileWith(undefined));
    const set = (keyDelivery: NonNullable<SettingsPatch['service']>['keyDelivery']) =>
      settings.patch({ service: { keyDelivery } });

    await assert.rejects(set({ ipAllowList: ['10.0.0.1'] }), { code: 'settings/invalid' });
    await set({ defaultAction: 'Deny', ipAllowList: ['10.0.0.0/22', 'fd00::/8'] });
    await assert.rejects(set({ defaultAction: 'Allow' }), {
      details: { field: 'service.keyDelivery.ipAllowList' },
    });

    const kept = { defaultAction: 'Deny', ipAllowList: ['10.0.0.0/22', 'fd00::/8'] };
    assert.deepEqual(settings.get().service.keyDelivery, kept);
  });

  const conflicts: readonly (readonly [patch: SettingsPatch, field: string])[] = [
    [{ network: { rtmpPort: 8480 } }, 'network.rtmpPort'],
    [{ network: { rtmpPort: 5000, rtmpSecondaryPort: 5000 } }, 'network.rtmpSecondaryPort'],
    [{ network: { originPort: 2935 } }, 'network.originPort'],
    [{ network: { certificateFile: '/c.pem' } }, 'network.certificateKeyFile'],
    [{ network: { certificateKeyFile: '/k.pem' } }, 'network.certificateFile'],
  ];
  for (const [patch, field] of conflicts) {
    test(`are refused when two ports or half a certificate stand there: ${JSON.stringify(patch.network)}`, async () => {
      const settings = await open(await fileWith(undefined));

      await assert.rejects(settings.patch(patch), { code: 'settings/invalid', details: { field } });

      assert.deepEqual(settings.get(), DEFAULT_SETTINGS);
    });
  }

  test('may give any number of ports to the operating system, and SRT one that TCP has', async () => {
    const settings = await open(await fileWith(undefined));

    await settings.patch({ network: { rtmpPort: 0, rtmpSecondaryPort: 0, ingestPort: 0, srtPort: 8480 } });

    assert.equal(settings.get().network.srtPort, 8480);
    assert.deepEqual(settings.restartNeeded(), [
      'network.rtmpPort',
      'network.rtmpSecondaryPort',
      'network.ingestPort',
      'network.srtPort',
    ]);
  });
});
