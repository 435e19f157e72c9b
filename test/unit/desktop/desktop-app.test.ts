import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { openDesktopApp } from '../../../src-main/desktop/desktop-app.ts';
import { chooseWords } from '../../../src-main/desktop/words.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { type Answer, fakeElectron, listLogger, preventable } from './fake-electron.ts';

const words = chooseWords(['en']);
const CONTROL = 'http://127.0.0.1:8400';
const READY = { type: 'ready', controlUrl: CONTROL, originUrl: 'http://127.0.0.1:8480', token: 'the-token' };
const LIVE = { type: 'status', status: { phase: 'live', title: 'Talk', startedAt: '2030-01-01T10:00:00Z' } };
const OFF_AIR = { type: 'status', status: { phase: 'off-air', title: 'Talk' } };
const PAGE = { url: `${CONTROL}/`, parent: null };

function openApp(options: { readonly platform?: NodeJS.Platform; readonly answer?: Answer } = {}) {
  const electron = fakeElectron(options.answer);
  const requests: string[] = [];
  const app = openDesktopApp({
    electron: electron.api,
    words,
    platform: options.platform ?? 'linux',
    environment: {},
    service: { type: 'open', dataDir: '/data', pagesFolder: '/pages', helpFolder: '/help', version: '1.2.3' },
    paths: { preload: '/app/preload.cjs', service: '/app/service-process.js', icons: '/icons' },
    forceKill: () => undefined,
    fetchUrl: (input) => {
      requests.push(input instanceof URL ? input.pathname : 'not a URL');
      return Promise.resolve(Response.json({}));
    },
    clock: manualClock(),
    logger: listLogger(),
  });
  const service = electron.forks[0]!;
  const window = electron.windows[0]!;
  const close = (): boolean => {
    const event = preventable();
    window.emit('close', event);
    return event.prevented();
  };
  const quit = (): boolean => {
    const event = preventable();
    electron.app.emit('before-quit', event);
    return event.prevented();
  };
  return { app, electron, service, window, requests, close, quit };
}

function press(electron: ReturnType<typeof fakeElectron>, label: string): void {
  const item = electron.tray.menu.find((entry) => entry.label === label);
  assert.ok(item?.click !== undefined, `the tray has ${label}`);
  Reflect.apply(item.click, undefined, []);
}

test('the window says that the service is starting, and goes to it when it runs', () => {
  const { service, window } = openApp();
  assert.match(decodeURIComponent(window.loads[0]!), /Lectern is starting/);

  service.says(READY);

  assert.equal(window.loads[1], `${CONTROL}/`);
  assert.deepEqual(window.sent.at(-1), ['desktop:service', { state: 'running' }]);
});

test('the page of the service, and it alone, learns the token', () => {
  const { electron, service } = openApp();
  assert.equal(electron.ask('desktop:connection', PAGE), null);

  service.says(READY);

  assert.deepEqual(electron.ask('desktop:connection', PAGE), {
    controlUrl: CONTROL,
    token: 'the-token',
    platform: 'linux',
  });
  assert.equal(electron.ask('desktop:connection', { ...PAGE, url: 'https://evil.example/' }), null);
});

test('going on air shows in the tray and on the dock, keeps the display awake, and ends with the broadcast', () => {
  const { app, electron, service } = openApp({ platform: 'darwin' });
  service.says(READY);

  service.says(LIVE);
  assert.equal(app.isOnAir(), true);
  assert.equal(electron.tray.images.at(-1), '/icons/tray-live.png');
  assert.deepEqual(electron.calls, ['block prevent-display-sleep', 'badge LIVE']);

  service.says(OFF_AIR);
  assert.equal(app.isOnAir(), false);
  assert.equal(electron.tray.images.at(-1), '/icons/trayTemplate.png');
  assert.deepEqual(electron.calls.slice(2), ['unblock 1', 'badge ']);
});

test('on Windows the button in the task bar carries the mark', () => {
  const { service, window } = openApp({ platform: 'win32' });
  service.says(READY);

  service.says(LIVE);
  service.says(OFF_AIR);

  assert.deepEqual(window.calls.slice(-2), ['overlay mark LIVE', 'overlay none ']);
});

test('the tray ends, takes back and marks through the control API', async () => {
  const { electron, service, requests } = openApp();
  service.says(READY);
  service.says(LIVE);

  press(electron, words.mark);
  press(electron, words.end);
  service.says({ type: 'status', status: { ...LIVE.status, phase: 'ending', undoUntil: '2030-01-01T11:00:05Z' } });
  press(electron, words.undoEnd);
  await nextTurn();

  assert.deepEqual(requests, ['/api/v1/studio/markers', '/api/v1/studio/end', '/api/v1/studio/undo-end']);
});

test('going live from the tray shows the window and its pre-flight, and puts nothing on air', () => {
  const { electron, service, window, requests } = openApp();
  service.says(READY);

  press(electron, words.goLive);

  assert.deepEqual(window.calls.slice(-2), ['show', 'focus']);
  assert.deepEqual(window.sent.at(-1), ['desktop:command', 'go-live']);
  assert.deepEqual(requests, []);
});

test('closing the window off air closes the service and ends the app', async () => {
  const { electron, service, close } = openApp();
  service.says(READY);

  assert.equal(close(), true);
  assert.deepEqual(service.posted.at(-1), { type: 'close' });
  assert.deepEqual(electron.calls, []);
  service.exits(0);
  await nextTurn();

  assert.deepEqual(electron.calls, ['exit 0']);
});

test('closing the window while live asks, and staying live leaves the tray', async () => {
  const { electron, service, window, close } = openApp({ answer: () => 0 });
  service.says(READY);
  service.says(LIVE);

  assert.equal(close(), true);
  await nextTurn();

  assert.equal(electron.boxes[0]?.message, words.quitQuestion);
  assert.equal(window.calls.at(-1), 'hide');
  assert.equal(electron.calls.includes('exit 0'), false);
});

test('on macOS closing the window hides it, live or not, and the dock brings it back', () => {
  const { electron, service, window, close } = openApp({ platform: 'darwin' });
  service.says(READY);
  service.says(LIVE);

  assert.equal(close(), true);
  assert.equal(window.calls.at(-1), 'hide');
  assert.deepEqual(electron.boxes, []);

  electron.app.emit('activate');
  assert.deepEqual(window.calls.slice(-2), ['show', 'focus']);
});

test('quitting while live ends the broadcast first when the person says so', async () => {
  const { electron, service, requests, quit } = openApp({ answer: () => 1 });
  service.says(READY);
  service.says(LIVE);

  assert.equal(quit(), true);
  await nextTurn();
  assert.deepEqual(requests, ['/api/v1/studio/end']);
  await nextTurn();
  assert.deepEqual(service.posted.at(-1), { type: 'close' });
  service.exits(0);
  await nextTurn();

  assert.equal(electron.calls.at(-1), 'exit 0');
});

test('a computer that shuts down waits for the recording', async () => {
  const { electron, service } = openApp({ answer: () => assert.fail('no question') });
  service.says(READY);
  const event = preventable();

  electron.power.emit('shutdown', event);

  assert.equal(event.prevented(), true);
  assert.deepEqual(service.posted.at(-1), { type: 'close' });
  service.exits(0);
  await nextTurn();
  assert.equal(electron.calls.at(-1), 'exit 0');
});

test('a second start shows the window of the first', () => {
  const { electron, window } = openApp();

  electron.app.emit('second-instance');

  assert.deepEqual(window.calls.slice(-2), ['show', 'focus']);
});

test('a service that cannot start says why, and is tried again when the person wants', async () => {
  const { electron, service, window } = openApp({ answer: () => 0 });
  const error = { code: 'service/port-taken', message: 'Port 8400 is taken.', details: {} };

  service.says({ type: 'failed', error });
  service.exits(1);
  assert.match(decodeURIComponent(window.loads.at(-1)!), /could not start/);
  assert.match(String(electron.boxes[0]?.detail), /Port 8400 is taken\./);
  await nextTurn();

  assert.equal(electron.forks.length, 2);
  electron.forks[1]!.says(READY);
  assert.equal(window.loads.at(-1), `${CONTROL}/`);
});

test('a page learns when the service restarts, and stays where it is', () => {
  const { service, window } = openApp();
  service.says(READY);

  service.exits(11);

  assert.deepEqual(window.sent.at(-1), ['desktop:service', { state: 'restarting', attempt: 1 }]);
  assert.equal(window.loads.length, 2);
});

test('a tray entry that fails says so', async () => {
  const { electron, service } = openApp();
  service.says(READY);
  service.says(LIVE);
  service.exits(11);
  electron.api.shell.openExternal = () => Promise.reject(new Error('no browser'));
  const help = electron.menuBar().at(-1)?.submenu;
  assert.ok(Array.isArray(help) && help[0]?.click !== undefined);

  Reflect.apply(help[0].click, undefined, []);
  await nextTurn();

  assert.match(electron.errors.join(), /no browser/);
});

test('in the packaged app no key reloads the page by accident', () => {
  const { electron } = openApp();

  assert.equal(JSON.stringify(electron.menuBar()).includes('reload'), false);
  assert.match(JSON.stringify(electron.menuBar()), /editMenu/);
});

test('the key of a destination goes to the key store, and without a keychain the person is asked', {
  timeout: 20_000,
}, async () => {
  const { electron, service } = openApp({ answer: () => 0 });
  service.says(READY);

  service.says({ type: 'call', id: 1, call: { name: 'set-secret', key: 'youtube', value: 'planted-key' } });
  // The file of the keys is looked for first, and a busy disk takes its time; without an answer the test's own limit ends this.
  while (!JSON.stringify(service.posted.at(-1)).includes('"id":1')) {
    await wait(5);
  }

  assert.equal(electron.boxes[0]?.message, words.keepKeysQuestion);
  assert.equal(JSON.stringify(electron.boxes).includes('planted-key'), false);
  assert.equal(JSON.stringify(service.posted.at(-1)).includes('secrets/unavailable'), true);
});
