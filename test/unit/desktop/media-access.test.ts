import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMediaAccess } from '../../../src-main/desktop/media-access.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { fakeElectron } from './fake-electron.ts';

type Access = 'granted' | 'denied' | 'restricted' | 'not-determined' | 'unknown';

function openMedia(platform: NodeJS.Platform, status: () => Access, ask?: () => Promise<boolean>) {
  const electron = fakeElectron();
  const clock = manualClock();
  const desk = createMediaAccess(
    {
      shell: electron.api.shell,
      systemPreferences: {
        getMediaAccessStatus: status,
        ...(ask === undefined ? {} : { askForMediaAccess: ask }),
      },
    },
    platform,
    clock,
  );
  return { desk, electron, clock };
}

test('a first question is the system’s, and its yes needs nothing more', async () => {
  let access: Access = 'not-determined';
  const { desk, electron } = openMedia(
    'darwin',
    () => access,
    () => {
      access = 'granted';
      return Promise.resolve(true);
    },
  );

  assert.deepEqual(await desk.request('camera'), {
    access: 'granted',
    settingsOpened: false,
    restartNeeded: false,
  });
  assert.deepEqual(electron.opened, []);
});

test('a question that never comes does not wait for ever: the settings are opened', async () => {
  const { desk, electron, clock } = openMedia(
    'darwin',
    () => 'not-determined',
    () => new Promise(() => undefined),
  );

  const asking = desk.request('microphone');
  clock.advance(60_000);

  assert.deepEqual(await asking, { access: 'not-determined', settingsOpened: true, restartNeeded: true });
  assert.deepEqual(electron.opened, [
    'x-apple.systempreferences:com.apple.preference.security?Privacy_Microphone',
  ]);
});

for (const [platform, kind, access, link] of [
  ['darwin', 'camera', 'denied', 'x-apple.systempreferences:com.apple.preference.security?Privacy_Camera'],
  [
    'darwin',
    'screen',
    'not-determined',
    'x-apple.systempreferences:com.apple.preference.security?Privacy_ScreenCapture',
  ],
  ['win32', 'camera', 'denied', 'ms-settings:privacy-webcam'],
  ['win32', 'microphone', 'denied', 'ms-settings:privacy-microphone'],
  ['win32', 'screen', 'denied', undefined],
  ['darwin', 'screen', 'granted', undefined],
  ['linux', 'camera', 'denied', undefined],
] as const) {
  test(`${kind} ${access} on ${platform} opens ${link ?? 'nothing'}`, async () => {
    const { desk, electron } = openMedia(platform, () => access);

    const answer = await desk.request(kind);

    assert.deepEqual(electron.opened, link === undefined ? [] : [link]);
    assert.equal(answer.settingsOpened, link !== undefined);
    assert.equal(answer.restartNeeded, platform === 'darwin' && link !== undefined);
  });
}

test('a system without such permissions says that it does not know', () => {
  assert.equal(openMedia('linux', () => 'denied').desk.status('camera'), 'unknown');
});
