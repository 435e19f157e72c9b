import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCrashHandler } from '../../../src-main/desktop/crash.ts';
import { chooseWords } from '../../../src-main/desktop/words.ts';
import { fakeElectron, listLogger } from './fake-electron.ts';

const words = chooseWords(['en']);

function openCrash(onAir: boolean) {
  const electron = fakeElectron();
  const logger = listLogger();
  const onCrash = createCrashHandler({
    electron: electron.api,
    words,
    logger,
    logFolder: '/logs',
    isOnAir: () => onAir,
  });
  return { electron, logger, onCrash };
}

test('an error that nobody caught off air is written down, said, and the end', () => {
  const { electron, logger, onCrash } = openCrash(false);

  onCrash(new Error('the reason'));

  assert.match(electron.errors.join(), /the reason[\s\S]*\/logs/);
  assert.deepEqual(electron.calls, ['exit 1']);
  assert.match(logger.lines.join(), /uncaught: the reason/);
});

test('an error that nobody caught while live does not end the broadcast, and is said once', () => {
  const { electron, logger, onCrash } = openCrash(true);

  onCrash(new Error('one'));
  onCrash('two');

  assert.deepEqual(electron.calls, []);
  assert.equal(electron.boxes.length, 1);
  assert.equal(logger.lines.length, 2);
});
