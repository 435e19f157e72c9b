import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveEvents } from '../../../src-main/core/live/live-events.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import { clearStudioEvents, createStudioEvents } from '../../../src-main/core/studio/studio-event.ts';
import type { Asset } from '../../../src-main/shared/api/assets.ts';
import type { LiveEvent } from '../../../src-main/shared/api/live-events.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { memoryRows } from '../../support/memory-rows.ts';

type OpenEvent = { readonly liveEvent: string; readonly asset?: string | undefined };

/** Names of what is there, which can be deleted, but for one. */
function named<T>(names: Iterable<string>, refused?: string) {
  const there = new Set(names);
  return {
    there,
    // Of each its name alone is used.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
    list: () => [...there].map((name) => ({ name }) as T),
    delete: (name: string) =>
      name === refused
        ? Promise.reject(new AppError('resource/in-use', 'An export reads it.'))
        : Promise.resolve(void there.delete(name)),
  };
}

test('what a killed run had open is cleared away at the next start, and nothing else', async () => {
  const openEvents = memoryRows<OpenEvent>({
    'live-1': { liveEvent: 'live-1' },
    'live-2': { liveEvent: 'live-2', asset: 'unrecorded' },
    'rehearsal-3': { liveEvent: 'rehearsal-3', asset: 'gone-already' },
  });
  const liveEvents = named<LiveEvent>(['live-1', 'live-2', 'of-an-engineer']);
  const assets = named<Asset>(['talk', 'unrecorded']);

  await clearStudioEvents({ openEvents, liveEvents, assets, logger: silentLogger });

  assert.deepEqual([...liveEvents.there], ['of-an-engineer']);
  assert.deepEqual([...assets.there], ['talk']);
  assert.deepEqual(openEvents.list(), []);
});

test('what cannot be cleared away hinders no start, and is tried again at the next', async () => {
  const openEvents = memoryRows<OpenEvent>({
    'live-1': { liveEvent: 'live-1', asset: 'busy' },
    'live-2': { liveEvent: 'live-2' },
  });
  const liveEvents = named<LiveEvent>(['live-1', 'live-2']);
  const assets = named<Asset>(['busy'], 'busy');

  await clearStudioEvents({ openEvents, liveEvents, assets, logger: silentLogger });
  assert.deepEqual([...liveEvents.there], []);
  assert.deepEqual(openEvents.list(), [{ liveEvent: 'live-1', asset: 'busy' }]);

  const free = named<Asset>(['busy']);
  await clearStudioEvents({ openEvents, liveEvents, assets: free, logger: silentLogger });
  assert.deepEqual([...free.there], []);
  assert.deepEqual(openEvents.list(), []);
});

test('an event is noted before there is anything of it, until all that goes with it has gone', async () => {
  const openEvents = memoryRows<OpenEvent>();
  const noted: unknown[] = [];
  const note = (): Promise<unknown> => Promise.resolve(noted.push(openEvents.list().length));
  const studioEvents = createStudioEvents({
    clock: manualClock(),
    originUrl: () => 'http://origin',
    openEvents,
    // Of live events these few are used.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
    liveEvents: { create: note, start: note, stop: note, delete: note } as unknown as LiveEvents,
  });

  const name = await studioEvents.start('live', 'A talk', 0, 'unrecorded');
  assert.deepEqual(openEvents.list(), [{ liveEvent: name, asset: 'unrecorded' }]);
  await studioEvents.close(name);
  assert.deepEqual(noted, [1, 1, 1, 1]);
  studioEvents.settle(name);
  assert.deepEqual(openEvents.list(), []);
});

test('an event that cannot be started leaves no note', async () => {
  const openEvents = memoryRows<OpenEvent>();
  const deleted: string[] = [];
  const studioEvents = createStudioEvents({
    clock: manualClock(),
    originUrl: () => 'http://origin',
    openEvents,
    // As above.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
    liveEvents: {
      create: () => Promise.resolve(),
      start: () => Promise.reject(new AppError('resource/busy', 'No port is free.')),
      delete: (name: string) => Promise.resolve(deleted.push(name)),
    } as unknown as LiveEvents,
  });

  await assert.rejects(studioEvents.start('rehearsal', '', 0, undefined), { code: 'resource/busy' });

  assert.equal(deleted.length, 1);
  assert.deepEqual(openEvents.list(), []);
});
