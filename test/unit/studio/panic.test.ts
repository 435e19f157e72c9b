import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEmitter } from '../../../src-main/base/emitter.ts';
import type { Removal } from '../../../src-main/core/live/event-session.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { MixerCommand, MixerEvent } from '../../../src-main/core/ports/mixer.ts';
import { createPanicDesk, type PanicDesk, type PanicOptions } from '../../../src-main/core/studio/panic.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { manualClock } from '../../support/manual-clock.ts';

const NOW_MS = Date.UTC(2030, 0, 1, 12);
const at = (seconds: number): string => new Date(NOW_MS + seconds * 1000).toISOString();

type Rig = {
  readonly desk: PanicDesk;
  /** What was done, in its order. */
  readonly log: string[];
  readonly mixerSays: (event: MixerEvent) => void;
  readonly advance: (ms: number) => void;
};

function openRig(over: Partial<PanicOptions> & { readonly erased?: () => Promise<void> } = {}): Rig {
  const clock = manualClock(NOW_MS);
  const events = createEmitter<MixerEvent>();
  const log: string[] = [];
  const take = (liveEvent: string, fromMs: number): Removal => {
    log.push(`take ${liveEvent} since ${(fromMs - NOW_MS) / 1000}`);
    return {
      removed: { fromSequence: 1, toSequence: 2, fromMs, toMs: NOW_MS },
      assets: ['talk'],
      endAt: (ms) => void log.push(`show from ${ms - NOW_MS}`),
      erased: over.erased?.() ?? Promise.resolve(),
    };
  };
  const desk = createPanicDesk({
    clock,
    logger: silentLogger,
    mixer: {
      events,
      send(command: MixerCommand) {
        log.push(command.type === 'cut' ? `cut ${command.on ? 'on' : 'off'}` : command.type);
        return Promise.resolve();
      },
    },
    defaultSeconds: () => 30,
    isOn: () => true,
    liveEvent: () => 'live-1',
    take,
    forget: (asset) => Promise.resolve(void log.push(`forget ${asset}`)),
    remains: () => [{ kind: 'destination', name: 'tube' }],
    ...over,
  });
  return { desk, log, mixerSays: (event) => events.emit(event), advance: (ms) => clock.advance(ms) };
}

test('the picture is cut before anything else is done, and then the last seconds are taken back', async () => {
  const { desk, log } = openRig();

  await desk.panic(undefined);

  assert.deepEqual(log, ['cut on', 'take live-1 since -30', 'forget talk']);
  assert.deepEqual(desk.state(), {
    since: at(0),
    seconds: 30,
    removedFrom: at(-30),
    removal: 'removed',
    remains: [{ kind: 'destination', name: 'tube' }],
  });
});

test('what the mixer says of its first frame with the slate is where the removal ends, with a margin for sound that overlaps', async () => {
  const { desk, log, mixerSays } = openRig();
  const panicking = desk.panic(10);

  mixerSays({ type: 'cut', on: true, fromMs: NOW_MS + 20 });
  mixerSays({ type: 'cut', on: false, fromMs: NOW_MS + 40 });
  await panicking;

  assert.deepEqual(
    log.filter((line) => line.startsWith('show')),
    ['show from 120'],
  );
});

test('pressed again it changes nothing; asked for more it takes more back, counted from the first press', async () => {
  const { desk, log, advance } = openRig();
  await desk.panic(30);
  advance(5000);

  await desk.panic(undefined);
  assert.equal(log.filter((line) => line.startsWith('take')).length, 1);
  await desk.panic(90);

  assert.equal(
    log.findLast((line) => line.startsWith('take')),
    'take live-1 since -90',
  );
  assert.deepEqual([desk.state()?.since, desk.state()?.seconds], [at(0), 90]);
});

test('the slate stays until the presenter says back', async () => {
  const { desk, log, advance } = openRig();
  await desk.panic(1);
  advance(3_600_000);
  assert.notEqual(desk.state(), undefined);

  await desk.back();
  await desk.back();

  assert.equal(desk.state(), undefined);
  assert.deepEqual(
    log.filter((line) => line.startsWith('cut')),
    ['cut on', 'cut off'],
  );
});

test('what could not be overwritten is said, and everything else is done all the same', async () => {
  const { desk, log } = openRig({
    erased: () => Promise.reject(new AppError('archive/write-failed', 'The disk does not answer.')),
  });

  await desk.panic(30);

  const { removal, error } = desk.state() ?? {};
  assert.deepEqual([removal, error?.code], ['incomplete', 'archive/write-failed']);
  assert(log.includes('forget talk'));
});

test('a mixer that cannot be reached keeps nobody from taking the past back', async () => {
  const { desk, log } = openRig({
    mixer: {
      events: createEmitter<MixerEvent>(),
      send: () => Promise.reject(new AppError('process/exited', 'The mixer is gone.')),
    },
  });

  await desk.panic(30);

  assert(log.includes('take live-1 since -30'));
  assert.equal(desk.state()?.removal, 'incomplete');
});

test('before there is an event the picture is cut, and nothing is left to be taken back', async () => {
  const { desk, log } = openRig({ liveEvent: () => undefined });

  await desk.panic(30);

  assert.deepEqual(log, ['cut on']);
  assert.equal(desk.state()?.removal, 'removed');
});

test('off air there is nothing to cut', async () => {
  const { desk, log } = openRig({ isOn: () => false });

  await assert.rejects(desk.panic(30), { code: 'live/not-live' });

  assert.deepEqual(log, []);
});

test('the end of the broadcast ends it, and a removal that is still under way says nothing more', async () => {
  const erasing = Promise.withResolvers<undefined>();
  const { desk, log } = openRig({ erased: () => erasing.promise });
  const panicking = desk.panic(30);

  desk.over();
  erasing.resolve(undefined);
  await panicking;

  assert.equal(desk.state(), undefined);
  assert.equal(log.at(-1), 'cut off');
});
