import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { candidatesFor } from '../../../src-main/core/process/find-candidates.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** electron-builder's own reader and its own check of a configuration; only its command line is public. */
const inner = createRequire(createRequire(import.meta.url).resolve('electron-builder'));
const validator = z
  .object({
    getConfig: z.custom<(project: string, path: string, options: null) => Promise<unknown>>(isFunction),
    validateConfiguration: z.custom<(config: unknown, log: { isEnabled: boolean }) => Promise<void>>(isFunction),
  })
  .parse(inner('app-builder-lib/out/util/config/config.js'));

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

const shape = z.looseObject({
  asar: z.boolean(),
  publish: z.null(),
  // As the reader gives them; in the file they are a plain list.
  files: z.array(z.looseObject({ filter: z.array(z.string()) })),
  extraResources: z.array(z.looseObject({ from: z.string(), to: z.string(), filter: z.array(z.string()) })),
  electronFuses: z.record(z.string(), z.boolean()),
  mac: z.looseObject({
    icon: z.string(),
    target: z.string(),
    entitlements: z.string(),
    entitlementsInherit: z.string(),
    hardenedRuntime: z.boolean(),
    extendInfo: z.record(z.string(), z.string()),
  }),
  win: z.looseObject({ icon: z.string(), target: z.string() }),
  linux: z.looseObject({ icon: z.string(), target: z.array(z.string()) }),
});

async function readConfig(): Promise<z.infer<typeof shape>> {
  return shape.parse(await validator.getConfig(root, 'electron-builder.yml', null));
}

test('electron-builder accepts the configuration, and would refuse a wrong one', async () => {
  const config = await readConfig();

  await validator.validateConfiguration(config, { isEnabled: false });

  await assert.rejects(
    validator.validateConfiguration({ ...config, electronFuses: { runAsnode: false } }, { isEnabled: false }),
    /electronFuses/,
  );
});

test('each system gets the installers that its people know', async () => {
  const { mac, win, linux } = await readConfig();

  assert.deepEqual([mac.target, win.target, linux.target], ['dmg', 'nsis', ['AppImage', 'deb']]);
});

test('ffmpeg lies outside of the archive, where it can be started and where it is looked for', async () => {
  const { extraResources, files } = await readConfig();
  const resources = extraResources.find(({ from }) => from === 'node_modules/ffmpeg-static');

  assert.ok(resources !== undefined);
  assert.deepEqual(resources.filter.slice(0, 2), ['ffmpeg', 'ffmpeg.exe']);
  assert.ok(files.some(({ filter }) => filter.some((pattern) => /^!.*ffmpeg-static/.test(pattern))));
  const [candidate] = candidatesFor('ffmpeg', {
    platform: 'linux',
    environment: {},
    setting: '',
    resourcesFolder: '/app/resources',
    bundled: undefined,
  });
  assert.equal(candidate?.path, `/app/resources/${resources.to}/ffmpeg`);
});

test('the fuses keep other programs from running as ours', async () => {
  const { electronFuses, asar } = await readConfig();

  assert.deepEqual(electronFuses, {
    runAsNode: false,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableCookieEncryption: true,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    loadBrowserProcessSpecificV8Snapshot: false,
    grantFileProtocolExtraPrivileges: false,
  });
  assert.equal(asar, true);
});

test('macOS is told why camera, microphone, system sound and screen are wanted, and may give them', async () => {
  const { mac } = await readConfig();

  for (const key of ['Camera', 'Microphone', 'AudioCapture', 'ScreenCapture']) {
    assert.match(mac.extendInfo[`NS${key}UsageDescription`] ?? '', /Lectern .*viewers/);
  }
  assert.equal(mac.hardenedRuntime, true);
  for (const path of [mac.entitlements, mac.entitlementsInherit]) {
    const plist = await readFile(join(root, path), 'utf8');
    assert.match(plist, /com\.apple\.security\.device\.camera<\/key>\s*<true\/>/);
    assert.match(plist, /com\.apple\.security\.device\.audio-input<\/key>\s*<true\/>/);
  }
});

test('everything the shell and the packager name is there', async () => {
  const { mac, win, linux } = await readConfig();
  const tray = ['tray', 'tray-live', 'trayTemplate'].flatMap((name) => [`${name}.png`, `${name}@2x.png`]);

  for (const path of [mac.icon, win.icon, linux.icon, ...tray.map((name) => `resources/icons/${name}`)]) {
    assert.ok(existsSync(join(root, path)), path);
  }
});

test('icons have the sizes that the systems ask for', async () => {
  const size = async (name: string): Promise<readonly number[]> => {
    const png = await readFile(join(root, 'resources', 'icons', name));
    return [png.readUInt32BE(16), png.readUInt32BE(20)];
  };

  assert.deepEqual(await size('icon.png'), [1024, 1024]);
  assert.deepEqual(await size('tray-live.png'), [16, 16]);
  assert.deepEqual(await size('tray-live@2x.png'), [32, 32]);
});

test('what only a checkout needs is not packed', async () => {
  const { files } = await readConfig();
  const { optionalDependencies } = z
    .object({ optionalDependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
  const patterns = files.flatMap(({ filter }) => filter);
  const left = patterns.filter((pattern) => pattern.startsWith('!')).join(' ');

  for (const name of Object.keys(optionalDependencies)) {
    assert.ok(left.includes(name), `${name} would be packed`);
  }
});
