import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { PictureStore } from '../../../src-main/core/storyboard/picture-store.ts';
import { createSheetMaker, type MadeSheet } from '../../../src-main/core/storyboard/sheet-maker.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import type { ErrorCode } from '../../../src-main/shared/error-codes.ts';
import { manualClock } from '../../support/manual-clock.ts';

function rig() {
  const kept = new Map<string, Uint8Array>();
  let timesCleared = 0;
  const store: PictureStore = {
    get: async (name) => await Promise.resolve(kept.get(name)),
    put: async (name, picture) => {
      kept.set(name, picture);
      await Promise.resolve();
    },
    clear: async () => {
      timesCleared += 1;
      kept.clear();
      await Promise.resolve();
    },
    timesCleared: () => timesCleared,
  };
  const clock = manualClock();
  let isBusy = false;
  const maker = createSheetMaker({ store, mayMake: () => !isBusy, clock, logger: silentLogger });
  return {
    kept,
    store,
    clock,
    maker,
    setBusy: (busy: boolean) => {
      isBusy = busy;
    },
  };
}

const sheet = (byte: number, isWhole = true): MadeSheet => ({ picture: Uint8Array.of(byte), isWhole });

async function refused(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  await assert.rejects(promise, (error) => error instanceof AppError && error.code === code);
}

test('many who ask for a sheet have it made once, and who comes later has what is kept', async () => {
  const { maker } = rig();
  let made = 0;
  const make = async (): Promise<MadeSheet> => {
    made += 1;
    return await Promise.resolve(sheet(made));
  };

  const answers = await Promise.all([maker.get('a', make), maker.get('a', make)]);
  const later = await maker.get('a', make);

  assert.equal(made, 1);
  assert.deepEqual([...answers, later], [sheet(1), sheet(1), sheet(1)]);
});

test('sheets are made one after the other, and no more wait than a viewer waits for', async () => {
  const { maker } = rig();
  const gate = Promise.withResolvers<undefined>();
  let running = 0;
  let most = 0;
  const make = async (): Promise<MadeSheet> => {
    running += 1;
    most = Math.max(most, running);
    await gate.promise;
    running -= 1;
    return sheet(1);
  };

  const waiting = Array.from({ length: 12 }, (_, index) => maker.get(`sheet ${index}`, make));
  await nextTurn();
  await refused(maker.get('one too many', make), 'storyboard/busy');
  gate.resolve(undefined);
  await Promise.all(waiting);

  assert.equal(most, 1);
  assert.deepEqual(await maker.get('one too many', make), sheet(1));
});

test('while the encoder cannot keep up nothing is made, but what is kept is given', async () => {
  const { maker, setBusy } = rig();
  await maker.get('a', async () => await Promise.resolve(sheet(1)));
  setBusy(true);

  assert.deepEqual(await maker.get('a', () => assert.fail('it is there')), sheet(1));
  await refused(
    maker.get('b', () => assert.fail('it must not be made')),
    'storyboard/busy',
  );
});

test('what fails is told without its cause, and not tried again at once by everybody', async () => {
  const { maker, clock } = rig();
  let tries = 0;
  const fail = async (): Promise<MadeSheet> => {
    tries += 1;
    return await Promise.reject(new AppError('process/not-found', 'There is no ffmpeg at /home/me/bin.'));
  };

  await assert.rejects(maker.get('a', fail), (error) => {
    assert(error instanceof AppError);
    assert.equal(error.code, 'storyboard/not-made');
    assert.doesNotMatch(error.message, /home/);
    assert.deepEqual(error.details, {});
    return true;
  });
  await refused(maker.get('a', fail), 'storyboard/not-made');
  assert.equal(tries, 1);

  clock.advance(15_001);
  assert.deepEqual(await maker.get('a', async () => await Promise.resolve(sheet(3))), sheet(3));
});

test('what a deletion overtakes is given to who asked for it, but not kept', async () => {
  const { maker, kept, store } = rig();

  const given = await maker.get('a', async () => {
    await store.clear();
    return sheet(1);
  });

  assert.deepEqual(given, sheet(1));
  assert.equal(kept.size, 0);
});

test('what lacks something is given, but not kept', async () => {
  const { maker, kept } = rig();

  assert.deepEqual(await maker.get('a', async () => await Promise.resolve(sheet(1, false))), sheet(1, false));

  assert.equal(kept.size, 0);
});
