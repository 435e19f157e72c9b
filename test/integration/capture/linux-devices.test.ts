import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { findDevices, listDevices } from '../../../src-main/core/capture/find-devices.ts';
import type { FfmpegBinary } from '../../../src-main/core/ports/process.ts';
import type { OwnedProcesses } from '../../../src-main/core/process/create-processes.ts';
import { readFfmpegFailure } from '../../../src-main/core/process/parse-failure.ts';
import { localFfmpeg, missingPrograms, openProcesses } from '../../support/real-ffmpeg.ts';
import { startPulseAudio } from '../../support/sound-server.ts';
import { startClient, startXvfb } from '../../support/x-server.ts';

const skip = process.platform === 'linux' ? missingPrograms('ffmpeg', 'Xvfb') : 'needs Linux';
const skipWindows = skip || missingPrograms('xterm', 'openbox');
const skipSound = skip || missingPrograms('pulseaudio');

let processes: OwnedProcesses;
let binary: FfmpegBinary;

before(async () => {
  processes = openProcesses();
  binary = (await localFfmpeg(processes)) ?? binary;
});
after(async () => {
  await processes[Symbol.asyncDispose]();
});

/** Looks for devices as a program with that environment would; no camera of this machine is looked at. */
function look(environment: Readonly<Record<string, string>>) {
  const run: typeof processes.runToEnd = async (spec, options) =>
    await processes.runToEnd({ ...spec, env: environment }, options);
  return {
    platform: 'linux',
    environment,
    binary,
    run,
    readFailure: readFfmpegFailure,
    root: '/nowhere',
  } as const;
}

test('the screen of an X server is listed with its size, and its windows by their titles', {
  skip: skipWindows,
}, async () => {
  await using server = await startXvfb(processes, { screen: '800x600x24' });
  await startClient(processes, server.display, 'xterm', ['-T', 'Slides', '-geometry', '40x10']);
  await startClient(processes, server.display, 'xterm', ['-T', 'Slides', '-geometry', '40x10+300+300']);

  const devices = await until(
    () => listDevices(look({ DISPLAY: server.display })),
    ({ value }) => value.filter(({ kind }) => kind === 'window').length === 2,
  );

  const [screen, first, second] = devices.value;
  assert.deepEqual(screen, {
    kind: 'screen',
    id: 'screen',
    label: 'Screen (800 × 600)',
    isDefault: true,
    width: 800,
    height: 600,
  });
  assert.deepEqual([first?.label, second?.label], ['Slides', 'Slides (2)']);
  assert.match(first?.id ?? '', /^0x[\da-f]+$/);
});

test('with a window manager only real windows are listed', { skip: skipWindows }, async () => {
  await using server = await startXvfb(processes);
  // Started by openbox itself: a window that asks to be shown while openbox is still opening may be forgotten by it.
  await startClient(processes, server.display, 'openbox', ['--startup', 'xterm -T Terminal']);

  const { facts } = await until(
    () => findDevices(look({ DISPLAY: server.display })),
    ({ facts: { windows } }) => windows.some(({ label }) => label === 'Terminal'),
  );

  assert.deepEqual(
    facts.windows.map(({ label }) => label),
    ['Terminal'],
  );
});

test('a server that wants a cookie is opened with the one of XAUTHORITY, and says so without', {
  skip,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lectern-xauth-'));
  const authority = join(folder, 'authority');
  const cookie = Buffer.alloc(16, 7);
  await writeFile(authority, xauthEntry(cookie));
  await using server = await startXvfb(processes, { args: ['-auth', authority] });

  const withCookie = await findDevices(look({ DISPLAY: server.display, XAUTHORITY: authority }));
  const without = await findDevices(look({ DISPLAY: server.display, XAUTHORITY: join(folder, 'none') }));
  await rm(folder, { recursive: true });

  assert.equal(withCookie.facts.screens.length, 1);
  assert.deepEqual(without.facts.screens, []);
  assert.match(problem(without, 'capture/no-display'), /Authorization required|No protocol specified|refuses/);
});

for (const environment of [
  { XDG_SESSION_TYPE: 'wayland', DISPLAY: ':0' },
  { WAYLAND_DISPLAY: 'wayland-0', DISPLAY: ':0' },
] as const) {
  test(`a Wayland session is named as the reason and nothing is grabbed: ${Object.keys(environment)[0]}`, {
    skip,
  }, async () => {
    const found = await findDevices(look(environment));

    assert.deepEqual([found.facts.screens, found.facts.windows], [[], []]);
    assert.match(problem(found, 'capture/wayland'), /Xorg session/);
  });
}

test('without a display the cure is told', { skip }, async () => {
  const found = await findDevices(look({}));

  assert.match(problem(found, 'capture/no-display'), /DISPLAY is not set/);
});

test('a display that is gone is told as such', { skip }, async () => {
  const found = await findDevices(look({ DISPLAY: ':54321' }));

  assert.match(problem(found, 'capture/no-display'), /no such file|ENOENT/i);
});

test('an X server that accepts and never answers holds nothing up for more than three seconds', {
  skip,
}, async () => {
  const silent = createServer(() => undefined);
  const { promise, resolve } = Promise.withResolvers<undefined>();
  silent.listen(0, '127.0.0.1', () => resolve(undefined));
  await promise;
  const address = silent.address();
  assert(address !== null && typeof address === 'object' && address.port >= 6000);
  const begun = performance.now();

  const found = await findDevices(look({ DISPLAY: `127.0.0.1:${address.port - 6000}` }));

  silent.close();
  assert.equal(found.facts.screens.length, 0);
  assert(performance.now() - begun < 4500);
});

test('microphones and what outputs play are told apart, each with its default', { skip: skipSound }, async () => {
  await using sound = await startPulseAudio(processes);

  const { facts } = await findDevices(look(sound.environment));

  assert.deepEqual(facts.microphones, [{ id: 'usb-mic', label: 'Headset', input: 'usb-mic', isDefault: true }]);
  assert.deepEqual(facts.systemAudio, [
    { id: 'speakers.monitor', label: 'Speakers', input: 'speakers.monitor', isDefault: true },
    { id: 'headset.monitor', label: 'Speakers (2)', input: 'headset.monitor', isDefault: false },
  ]);
});

test('without a sound server ALSA is offered, and the cure for the rest', { skip }, async () => {
  const found = await findDevices(look({ PULSE_SERVER: 'unix:/nonexistent' }));

  assert.match(problem(found, 'capture/unsupported'), /PulseAudio or PipeWire/);
  assert.deepEqual(found.facts.systemAudio, []);
  assert(found.facts.microphones.every(({ id }) => id.startsWith('alsa:')));
});

function problem({ problems }: Awaited<ReturnType<typeof findDevices>>, code: string): string {
  const found = problems.find((error) => error.code === code);
  assert(found !== undefined, `problems: ${problems.map((error) => error.code).join(', ')}`);
  return found.message;
}

/** Programs take a moment to show their windows. */
async function until<T>(look: () => Promise<T>, isThere: (found: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    const found = await look();
    if (isThere(found) || tries === 60) {
      return found;
    }
    await wait(100);
  }
}

/** Xauth(3), an entry for any host and display. */
function xauthEntry(cookie: Buffer): Buffer {
  const text = (value: Buffer | string): Buffer[] => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(value.length);
    return [length, Buffer.from(value)];
  };
  return Buffer.concat([
    Buffer.from([0xff, 0xff]),
    ...text(''),
    ...text(''),
    ...text('MIT-MAGIC-COOKIE-1'),
    ...text(cookie),
  ]);
}
