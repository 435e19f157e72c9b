import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OnAirStatus } from '../../../src-main/desktop/service-messages.ts';
import { openTray, statusLine, trayTemplate } from '../../../src-main/desktop/tray.ts';
import { chooseWords } from '../../../src-main/desktop/words.ts';
import { fakeElectron } from './fake-electron.ts';

const words = chooseWords(['en']);
const OFF_AIR: OnAirStatus = { phase: 'off-air', title: '' };
const LIVE: OnAirStatus = { phase: 'live', title: 'Talk', startedAt: '2030-01-01T10:00:00Z' };

const noActions = {
  show: () => undefined,
  goLive: () => undefined,
  end: () => undefined,
  undoEnd: () => undefined,
  mark: () => undefined,
  quit: () => undefined,
};

for (const [what, status, expected] of [
  ['off air', OFF_AIR, ['Off air', 'Show Lectern', 'Go Live…', 'Quit Lectern']],
  [
    'in a rehearsal',
    { phase: 'rehearsing', title: '' },
    ['Rehearsing', 'Show Lectern', 'Go Live…', 'Quit Lectern'],
  ],
  [
    'ending',
    { phase: 'ending', title: '' },
    ['Ending', 'Show Lectern', 'Mark This Moment', '(End Broadcast)', 'Quit Lectern'],
  ],
  [
    'ending and still to be taken back',
    { phase: 'ending', title: '', undoUntil: '2030-01-01T10:00:05Z' },
    ['Ending', 'Show Lectern', 'Mark This Moment', 'Undo End', 'Quit Lectern'],
  ],
] as const satisfies readonly (readonly [string, OnAirStatus, readonly string[]])[]) {
  test(`the tray offers what can be done ${what}`, () => {
    const [line, ...items] = trayTemplate(status, words, noActions).filter(({ type }) => type !== 'separator');

    assert.deepEqual(
      [line?.label, ...items.map(({ label, enabled }) => (enabled === false ? `(${String(label)})` : label))],
      expected,
    );
  });
}

test('while live the tray says since when and offers the end', () => {
  const items = trayTemplate(LIVE, words, noActions).map(({ label }) => label);

  assert.match(String(items[0]), /^Live since .*\d/);
  assert.ok(items.includes('End Broadcast') && items.includes('Mark This Moment'));
  assert.equal(items.includes('Go Live…'), false);
});

test('a start that is not known is not made up', () => {
  assert.equal(statusLine({ phase: 'live', title: '' }, words), 'Live since –');
});

test('the tray shows red only on air, and its click is left to the menu on macOS', () => {
  let shown = 0;
  const actions = { ...noActions, show: () => (shown += 1) };
  const images = { idle: 'idle.png', live: 'live.png' };
  const mac = fakeElectron();
  const linux = fakeElectron();

  const tray = openTray(linux.api, { images, words, actions, platform: 'linux' });
  openTray(mac.api, { images, words, actions, platform: 'darwin' });
  tray.show(LIVE);
  tray.show({ phase: 'rehearsing', title: '' });
  linux.tray.emit('click');
  mac.tray.emit('click');

  assert.deepEqual(linux.tray.images, ['idle.png', 'idle.png', 'live.png', 'idle.png']);
  assert.match(String(linux.tray.toolTips.at(-1)), /Rehearsing/);
  assert.equal(shown, 1);
});
