import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { MessageBoxOptions } from 'electron';
import { createEmitter } from '../../../src-main/base/emitter.ts';
import { createQuit } from '../../../src-main/desktop/quit.ts';
import type { OnAirStatus } from '../../../src-main/desktop/service-messages.ts';
import { chooseWords } from '../../../src-main/desktop/words.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { type Answer, fakeElectron, listLogger } from './fake-electron.ts';

const words = chooseWords(['en']);
const OFF_AIR: OnAirStatus = { phase: 'off-air', title: '' };
const LIVE: OnAirStatus = { phase: 'live', title: 'Talk', startedAt: '2030-01-01T10:00:00Z' };

const KEEP_LIVE = 0;
const END_AND_QUIT = 1;

function openQuit(answer: Answer, start: OnAirStatus = LIVE) {
  const electron = fakeElectron(answer);
  const clock = manualClock();
  const logger = listLogger();
  const onAirChanged = createEmitter<OnAirStatus>();
  const closed = Promise.withResolvers<undefined>();
  const events: string[] = [];
  let status = start;
  let endFails = false;
  const quit = createQuit({
    electron: electron.api,
    host: {
      onAir: () => status,
      onAirChanged,
      [Symbol.asyncDispose]() {
        events.push('close the service');
        return closed.promise;
      },
    },
    control: {
      end({ now }) {
        events.push(`end ${now ? 'now' : 'later'}`);
        return endFails ? Promise.reject(new Error('no answer')) : Promise.resolve();
      },
    },
    words,
    clock,
    logger,
    exit: () => void events.push('exit'),
  });
  return {
    quit,
    electron,
    clock,
    logger,
    events,
    closed,
    becomes: (next: OnAirStatus) => {
      status = next;
      onAirChanged.emit(next);
    },
    failEnd: () => {
      endFails = true;
    },
  };
}

test('quitting off air asks nothing, waits for the service and exits', async () => {
  const { quit, electron, events, closed } = openQuit(() => assert.fail('no question'), OFF_AIR);

  const done = quit.request({ ask: true });
  await nextTurn();
  assert.deepEqual(events, ['close the service']);
  closed.resolve(undefined);

  assert.equal(await done, true);
  assert.deepEqual(events, ['close the service', 'exit']);
  assert.deepEqual(electron.boxes, []);
});

test('quitting while live asks first, and Enter and Escape stay live', async () => {
  const { quit, electron, events } = openQuit(() => KEEP_LIVE);

  assert.equal(await quit.request({ ask: true }), false);

  assert.deepEqual(events, []);
  const [box] = electron.boxes;
  assert.deepEqual([box?.defaultId, box?.cancelId, box?.buttons?.[0]], [0, 0, words.keepLive]);
});

test('who wants to end and quit gets the broadcast ended before the service closes', async () => {
  const { quit, events, closed } = openQuit(() => END_AND_QUIT);
  closed.resolve(undefined);

  assert.equal(await quit.request({ ask: true }), true);

  assert.deepEqual(events, ['end now', 'close the service', 'exit']);
});

test('a second press while the question is open does not ask twice', async () => {
  const answer = Promise.withResolvers<number>();
  const { quit, electron } = openQuit(() => answer.promise);

  const first = quit.request({ ask: true });
  const second = quit.request({ ask: true });
  await nextTurn();
  assert.equal(electron.boxes.length, 1);
  answer.resolve(KEEP_LIVE);

  assert.deepEqual(await Promise.all([first, second]), [false, false]);
});

test('who stayed live is asked again the next time', async () => {
  const { quit, electron } = openQuit(() => KEEP_LIVE);

  await quit.request({ ask: true });
  await quit.request({ ask: true });

  assert.equal(electron.boxes.length, 2);
});

test('a quit that comes while one is under way joins it', async () => {
  const { quit, events, closed } = openQuit(() => END_AND_QUIT);
  const first = quit.request({ ask: true });
  await nextTurn();
  const second = quit.request({ ask: true });
  closed.resolve(undefined);

  assert.deepEqual(await Promise.all([first, second]), [true, true]);
  assert.deepEqual(events, ['end now', 'close the service', 'exit']);
});

test('a computer that shuts down is not asked, and the broadcast is ended all the same', async () => {
  const { quit, electron, events, closed } = openQuit(() => KEEP_LIVE);
  closed.resolve(undefined);

  await quit.request({ ask: false });

  assert.deepEqual(events, ['end now', 'close the service', 'exit']);
  assert.deepEqual(electron.boxes, []);
});

test('an end that is not answered does not keep the app from closing', async () => {
  const { quit, events, closed, failEnd, logger } = openQuit(() => END_AND_QUIT);
  failEnd();
  closed.resolve(undefined);

  await quit.request({ ask: true });

  assert.deepEqual(events, ['end now', 'close the service', 'exit']);
  assert.match(logger.lines.join(), /left to the service/);
});

test('closing that takes longer says what it waits for, and what it waits for next', async () => {
  const never = new Promise<number>(() => undefined);
  const { quit, electron, clock, becomes, closed } = openQuit((box) =>
    box.buttons?.length === 2 ? END_AND_QUIT : never,
  );
  const done = quit.request({ ask: true });
  await nextTurn();
  assert.equal(electron.boxes.length, 1, 'only the question');

  clock.advance(1000);
  becomes({ ...LIVE, phase: 'ending' });
  becomes(OFF_AIR);

  const notices = electron.boxes.slice(1);
  assert.deepEqual(
    notices.map(({ detail }) => detail),
    [words.closingBroadcast, words.closingRecording],
  );
  assert.deepEqual(
    notices.map(({ signal }) => signal?.aborted),
    [true, false],
    'one notice at a time',
  );
  closed.resolve(undefined);
  await done;
  assert.equal(notices[1]?.signal?.aborted, true);
});

test('who will not wait can quit now', async () => {
  const { quit, clock, events } = openQuit((box: MessageBoxOptions) =>
    box.buttons?.length === 2 ? END_AND_QUIT : 0,
  );
  const done = quit.request({ ask: true });
  await nextTurn();

  clock.advance(1000);
  await done;

  assert.deepEqual(events, ['end now', 'close the service', 'exit']);
});
