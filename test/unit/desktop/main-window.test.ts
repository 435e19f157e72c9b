import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createMainWindow } from '../../../src-main/desktop/main-window.ts';
import { openingPage } from '../../../src-main/desktop/opening-page.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { fakeElectron, listLogger, preventable } from './fake-electron.ts';

const CONTROL = 'http://127.0.0.1:8400';

function openWindow() {
  const electron = fakeElectron();
  const clock = manualClock();
  const links: string[] = [];
  const logger = listLogger();
  let address = 'data:text/html,starting';
  let controlUrl: string | undefined;
  let hopeless = 0;
  const main = createMainWindow({
    electron: electron.api,
    preload: '/app/preload.cjs',
    icon: '/app/icon.png',
    address: () => address,
    controlUrl: () => controlUrl,
    openLink: (link) => void links.push(link),
    onClose: (event) => event.preventDefault(),
    onSessionEnd: (event) => event.preventDefault(),
    onKeepsFailing: () => {
      hopeless += 1;
    },
    clock,
    logger,
  });
  main.show();
  return {
    main,
    electron,
    window: electron.windows[0]!,
    clock,
    links,
    logger,
    hopeless: () => hopeless,
    serviceRuns: () => {
      controlUrl = CONTROL;
      address = `${CONTROL}/`;
      main.update();
    },
  };
}

test('the page runs in the strictest window there is', () => {
  const { options } = openWindow().window;

  assert.deepEqual(options.webPreferences, {
    preload: '/app/preload.cjs',
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    webviewTag: false,
    navigateOnDragDrop: false,
  });
  assert.deepEqual([options.minWidth, options.minHeight], [960, 600]);
  assert.equal(options.windowStatePersistence, true);
});

test('nothing is shown before something is painted', () => {
  const { window } = openWindow();
  assert.equal(window.options.show, false);
  assert.match(String(window.options.backgroundColor), /^#[01]/, 'dark');
  assert.deepEqual(window.calls, ['protect false']);

  window.emit('ready-to-show');

  assert.deepEqual(window.calls, ['protect false', 'show']);
});

test('a window that was hidden meanwhile stays hidden', () => {
  const { main, window } = openWindow();

  main.hide();
  window.emit('ready-to-show');

  assert.equal(window.calls.at(-1), 'hide');
});

test('the window goes to the service once it runs, and is not loaded again for the same address', () => {
  const { main, window, serviceRuns } = openWindow();

  serviceRuns();
  main.update();

  assert.deepEqual(window.loads, ['data:text/html,starting', `${CONTROL}/`]);
});

test('an address that did not load is tried again with the next change', async () => {
  const { main, electron, window, serviceRuns, logger } = openWindow();
  electron.failLoadsWith(new Error('ERR_CONNECTION_REFUSED'));
  serviceRuns();
  await nextTurn();

  main.update();

  assert.deepEqual(window.loads.slice(1), [`${CONTROL}/`, `${CONTROL}/`]);
  assert.match(logger.lines.join(), /the page did not load/);
});

test('showing again restores and focuses the window that is there', () => {
  const { main, electron, window } = openWindow();
  window.calls.push('minimize');

  main.show();

  assert.deepEqual(window.calls.slice(-3), ['restore', 'show', 'focus']);
  assert.equal(electron.windows.length, 1);
});

test('a window that is gone is made anew, with the protection the page asked for', () => {
  const { main, electron, window, serviceRuns } = openWindow();
  serviceRuns();
  main.protect(true);
  window.emit('closed');

  main.show();

  const again = electron.windows[1]!;
  assert.deepEqual(again.loads, [`${CONTROL}/`]);
  assert.deepEqual(again.calls, ['protect true']);
});

test('closing, and the end of the session, are for the app to decide', () => {
  const { window } = openWindow();
  const close = preventable();
  const end = preventable();

  window.emit('close', close);
  window.emit('query-session-end', end);

  assert.deepEqual([close.prevented(), end.prevented()], [true, true]);
});

test('a page that crashes is loaded again, until that is clearly no use', () => {
  const { window, clock, serviceRuns, hopeless } = openWindow();
  serviceRuns();
  const crash = { reason: 'crashed', exitCode: 5 };

  for (let time = 0; time < 3; time += 1) {
    window.contents('render-process-gone', {}, crash);
  }
  assert.equal(window.loads.length, 5);
  assert.equal(hopeless(), 0);

  window.contents('render-process-gone', {}, crash);
  assert.equal(window.loads.length, 5);
  assert.equal(hopeless(), 1);

  clock.advance(61_000);
  window.contents('render-process-gone', {}, crash);
  assert.equal(window.loads.length, 6);
});

test('a page that ends in good order is no crash', () => {
  const { window } = openWindow();

  window.contents('render-process-gone', {}, { reason: 'clean-exit', exitCode: 0 });

  assert.equal(window.loads.length, 1);
});

test('the window stays on its page: links and redirects elsewhere go to the browser or nowhere', () => {
  const { window, links, serviceRuns } = openWindow();
  serviceRuns();
  const navigate = (url: string, isMainFrame = true) => {
    const event = preventable();
    window.contents('will-frame-navigate', Object.assign(event, { url, isMainFrame }));
    return event.prevented();
  };
  const redirect = (url: string) => {
    const event = preventable();
    window.contents('will-redirect', Object.assign(event, { url }));
    return event.prevented();
  };

  assert.equal(navigate(`${CONTROL}/archive`), false);
  assert.equal(navigate('https://example.org/'), true);
  assert.equal(navigate('http://127.0.0.1:8480/watch/x'), true);
  assert.equal(navigate(`${CONTROL}/`, false), true, 'no frame inside of the page');
  assert.equal(redirect(`${CONTROL}/studio`), false);
  assert.equal(redirect('https://example.org/'), true);
  assert.deepEqual(links, ['https://example.org/', 'http://127.0.0.1:8480/watch/x']);
});

test('no second window is opened; its link goes to the browser', () => {
  const { window, links } = openWindow();

  const answer = window.opens('https://example.org/');

  assert.deepEqual(answer, { action: 'deny' });
  assert.deepEqual(links, ['https://example.org/']);
});

test('nothing is embedded', () => {
  const { window } = openWindow();
  const event = preventable();

  window.contents('will-attach-webview', event);

  assert.equal(event.prevented(), true);
});

test('the page gets the few permissions it has a use for, and neither camera nor microphone', () => {
  const { window, serviceRuns } = openWindow();
  serviceRuns();
  const useful = ['clipboard-sanitized-write', 'fullscreen', 'fileSystem'];
  const useless = [
    'media',
    'display-capture',
    'geolocation',
    'notifications',
    'clipboard-read',
    'openExternal',
    'usb',
  ];

  assert.deepEqual(
    useful.map((permission) => [window.asks(permission, `${CONTROL}/`), window.checks(permission, CONTROL)]),
    useful.map(() => [true, true]),
  );
  assert.deepEqual(
    useless.map((permission) => [window.asks(permission, `${CONTROL}/`), window.checks(permission, CONTROL)]),
    useless.map(() => [false, false]),
  );
  assert.equal(window.asksForDevice(), false);
});

test('another page gets no permission at all', () => {
  const { window, serviceRuns } = openWindow();
  assert.equal(
    window.asks('fullscreen', `${CONTROL}/`),
    false,
    'before the service runs there is no page of ours',
  );
  serviceRuns();

  assert.equal(window.asks('fullscreen', 'https://example.org/'), false);
  assert.equal(window.checks('fullscreen', 'https://example.org'), false);
});

test('the page that waits for the service runs nothing and escapes what it says', () => {
  const html = decodeURIComponent(openingPage('A & B', '<script>alert(1)</script>'));

  assert.match(html, /^data:text\/html;charset=utf-8,/);
  assert.match(html, /A &amp; B/);
  assert.equal(html.includes('<script'), false);
  assert.match(html, /default-src 'none'/);
});
