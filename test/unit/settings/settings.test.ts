import assert from 'node:assert/strict';
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createEventLog } from '../../../src-main/core/control/event-log.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import { openSettings, peekSettings } from '../../../src-main/core/settings/settings.ts';
import { DEFAULT_SETTINGS } from '../../../src-main/shared/api/settings.ts';
import { manualClock } from '../../support/manual-clock.ts';

async function openFolder() {
  const folder = await mkdtempDisposable(join(tmpdir(), 'lectern-settings-'));
  const path = join(folder.path, 'settings.json');
  const events = createEventLog({ clock: manualClock() });
  return {
    path,
    events,
    open: async (write = writeFile) =>
      await openSettings({
        path,
        logger: silentLogger,
        events,
        writeFile: async (to: string, text: string) => await write(to, text),
      }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

test('without a file the settings are the defaults, and nothing is written', async () => {
  await using folder = await openFolder();
  const settings = await folder.open();

  assert.deepEqual(settings.get(), DEFAULT_SETTINGS);
  await assert.rejects(readFile(folder.path));
});

test('a change is kept, told of, and leaves the rest alone', async () => {
  await using folder = await openFolder();
  const settings = await folder.open();
  const told: string[] = [];
  folder.events.published.on(({ eventType }) => told.push(eventType));

  await settings.patch({ network: { shareOrigin: true } });

  assert.deepEqual(told, ['Lectern.SettingsChanged']);
  assert.deepEqual((await folder.open()).get(), {
    ...DEFAULT_SETTINGS,
    network: { ...DEFAULT_SETTINGS.network, shareOrigin: true },
  });
  assert.deepEqual(settings.restartNeeded(), []);
});

test('a change that only works after a restart says so until it is taken back', async () => {
  await using folder = await openFolder();
  const settings = await folder.open();

  await settings.patch({ network: { originPort: 9000 } });
  assert.deepEqual(settings.restartNeeded(), ['network.originPort']);

  await settings.patch({ network: { originPort: DEFAULT_SETTINGS.network.originPort } });
  assert.deepEqual(settings.restartNeeded(), []);
});

test('values that contradict each other are refused by name and change nothing', async () => {
  await using folder = await openFolder();
  const settings = await folder.open();

  for (const patch of [
    { network: { originPort: DEFAULT_SETTINGS.network.controlPort } },
    { recording: { warnFreeBytes: 1 } },
  ]) {
    await assert.rejects(settings.patch(patch), { code: 'settings/invalid' });
  }

  assert.deepEqual(settings.get(), DEFAULT_SETTINGS);
  await assert.rejects(readFile(folder.path));
});

test('a change that cannot be written is no change', async () => {
  await using folder = await openFolder();
  const settings = await folder.open(() => Promise.reject(new Error('the disk is full')));

  await assert.rejects(settings.patch({ language: 'de' }), /disk is full/);

  assert.equal(settings.get().language, 'auto');
});

test('changes that come at the same time are all kept', async () => {
  await using folder = await openFolder();
  const settings = await folder.open();

  await Promise.all([
    settings.patch({ language: 'de' }),
    settings.patch({ theme: 'light' }),
    settings.patch({ network: { publicHost: 'talk.example' } }),
  ]);

  const { language, theme, network } = (await folder.open()).get();
  assert.deepEqual([language, theme, network.publicHost], ['de', 'light', 'talk.example']);
});

test('fields that an older version did not have get their defaults', async () => {
  await using folder = await openFolder();
  await writeFile(folder.path, JSON.stringify({ version: 1, language: 'de', network: { controlPort: 1234 } }));

  const settings = await folder.open();

  assert.equal(settings.problem, undefined);
  assert.deepEqual(settings.get(), {
    ...DEFAULT_SETTINGS,
    language: 'de',
    network: { ...DEFAULT_SETTINGS.network, controlPort: 1234 },
  });
});

for (const text of [
  '',
  '{ "version": 1,',
  '[]',
  'null',
  '{"language":"klingonisch"}',
  '{"network":{"controlPort":"x"}}',
]) {
  test(`a file that cannot be read is set aside, not lost: ${JSON.stringify(text)}`, async () => {
    await using folder = await openFolder();
    await writeFile(folder.path, text);

    assert.deepEqual(await peekSettings(folder.path), DEFAULT_SETTINGS);
    assert.equal(await readFile(folder.path, 'utf8'), text, 'looking changes nothing');
    const settings = await folder.open();

    assert.deepEqual(settings.get(), DEFAULT_SETTINGS);
    assert.equal(settings.problem?.code, 'settings/unreadable');
    assert.equal(await readFile(`${folder.path}.unreadable`, 'utf8'), text);
  });
}
