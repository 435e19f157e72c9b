import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_DEVICES } from '../../../src-main/core/capture/device-facts.ts';
import type { FoundDevices } from '../../../src-main/core/capture/found-devices.ts';
import { type DeviceChange, watchDevices } from '../../../src-main/core/capture/watch-devices.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { manualClock } from '../../support/manual-clock.ts';

function openWorld(options: { readonly hasSigns?: boolean } = {}) {
  const { hasSigns = true } = options;
  const clock = manualClock();
  const world = {
    microphones: ['built-in'],
    windows: ['Slides'],
    isBroken: false,
    finds: 0,
    desktopLooks: 0,
    soundChange: (): void => assert.fail('nothing listens to the sound server'),
    isSoundClosed: false,
  };
  const find = async (): Promise<FoundDevices> => {
    world.finds += 1;
    await Promise.resolve();
    if (world.isBroken) {
      throw new AppError('process/not-found', 'There is no ffmpeg.');
    }
    const { microphones, windows } = world;
    return {
      facts: {
        ...NO_DEVICES,
        windows: windows.map((label) => ({ id: label, label, input: label, size: undefined })),
        microphones: microphones.map((id, index) => ({ id, label: id, input: id, isDefault: index === 0 })),
      },
      problems: [],
    };
  };
  const changes: DeviceChange[] = [];
  const watch = watchDevices({
    find,
    hardware: hasSigns ? () => Promise.resolve(world.microphones.join()) : undefined,
    desktop: hasSigns
      ? () => {
          world.desktopLooks += 1;
          return Promise.resolve(world.windows.join());
        }
      : undefined,
    openSound(onChange) {
      world.soundChange = onChange;
      return {
        [Symbol.asyncDispose]() {
          world.isSoundClosed = true;
          return Promise.resolve();
        },
      };
    },
    clock,
    logger: silentLogger,
  });
  watch.changed.on((change) => changes.push(change));
  return { clock, world, watch, changes };
}

const microphonesOf = ({ found }: DeviceChange) => found.facts.microphones.map(({ id }) => id);

test('nothing is looked at before somebody asks', async () => {
  const { clock, world } = openWorld();

  await clock.advanceAsync(60_000);

  assert.deepEqual([world.finds, world.desktopLooks, clock.pending()], [0, 0, 0]);
});

test('a device that appears and one that vanishes are each told within two seconds', async () => {
  const { clock, world, watch, changes } = openWorld();
  await watch.list();
  await clock.advanceAsync(3000);

  world.microphones = ['built-in', 'headset'];
  await clock.advanceAsync(2000);
  assert.deepEqual(changes.map(microphonesOf), [['built-in', 'headset']]);
  assert.deepEqual([...changes[0]!.added], ['microphone headset']);
  world.microphones = ['headset'];
  await clock.advanceAsync(2000);

  assert.deepEqual(changes.map(microphonesOf).slice(1), [['headset']]);
  assert.deepEqual([[...changes[1]!.added], [...changes[1]!.removed]], [[], ['microphone built-in']]);
});

test('while nothing changes no program is asked, except once more after a change, when the device has its names', async () => {
  const { clock, world, watch } = openWorld();
  await watch.list();
  await clock.advanceAsync(30_000);
  assert.equal(world.finds, 1);

  world.microphones = ['built-in', 'headset'];
  await clock.advanceAsync(30_000);

  assert.equal(world.finds, 3);
});

test('what the sound server tells of is looked for at once, however often it tells it', async () => {
  const { clock, world, watch, changes } = openWorld();
  await watch.list();
  await clock.advanceAsync(1500);
  // As with Bluetooth: the kernel knows nothing of it.
  world.microphones = [...world.microphones, 'bluetooth'];

  for (let event = 0; event < 5; event += 1) {
    world.soundChange();
  }
  await clock.advanceAsync(250);

  assert.equal(changes.length, 1);
  assert.equal(world.finds, 2);
});

test('windows and screens are looked at only while somebody looks at the list', async () => {
  const { clock, world, watch, changes } = openWorld();
  await watch.list();
  await clock.advanceAsync(61_000);
  const looks = world.desktopLooks;
  world.windows = ['Slides', 'Mail'];
  await clock.advanceAsync(60_000);
  assert.equal(world.desktopLooks, looks);
  assert.equal(changes.length, 0);

  await watch.list();
  world.windows = ['Mail'];
  await clock.advanceAsync(2000);

  assert.deepEqual(
    changes.at(-1)?.found.facts.windows.map(({ label }) => label),
    ['Mail'],
  );
});

test('where the system gives no signs it is asked every two seconds for who looks, and seldom otherwise', async () => {
  const { clock, world, watch, changes } = openWorld({ hasSigns: false });
  await watch.list();
  world.microphones = ['headset'];
  await clock.advanceAsync(3000);
  assert.equal(changes.length, 1);

  await clock.advanceAsync(57_000);
  const finds = world.finds;
  await clock.advanceAsync(60_000);

  assert(world.finds - finds <= 5, `${world.finds - finds} looks in a minute`);
});

test('a look that fails is not the end of looking', async () => {
  const { clock, world, watch, changes } = openWorld();
  await watch.list();
  await clock.advanceAsync(1500);
  world.isBroken = true;
  world.microphones = ['headset'];
  await clock.advanceAsync(2000);
  await assert.rejects(watch.list(), { code: 'process/not-found' });

  world.isBroken = false;
  world.microphones = ['headset', 'desk'];
  await clock.advanceAsync(2000);

  assert.deepEqual(changes.map(microphonesOf), [['headset', 'desk']]);
});

test('a watch that is closed leaves nothing behind', async () => {
  const { clock, world, watch } = openWorld();
  await watch.list();
  await clock.advanceAsync(1500);

  await watch[Symbol.asyncDispose]();
  await clock.advanceAsync(5000);

  assert(world.isSoundClosed);
  assert.equal(clock.pending(), 0);
});
