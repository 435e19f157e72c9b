import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import type { LiveEvents } from '../../../src-main/core/live/live-events.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { Broadcasts } from '../../../src-main/core/studio/broadcast.ts';
import {
  createRehearsals,
  type Rehearsal,
  type RehearsalOptions,
} from '../../../src-main/core/studio/rehearsal.ts';
import { fakePresentation } from '../../support/fake-presentation.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { memoryRows } from '../../support/memory-rows.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

/** Every file that a module is made of, itself first: of its own imports those that run. */
async function madeOf(path: string, found = new Set<string>()): Promise<ReadonlySet<string>> {
  if (!found.has(path)) {
    found.add(path);
    const text = await readFile(path, 'utf8');
    for (const [, clause = '', target = ''] of text.matchAll(/^import\s+([^;]*?)\s*from\s+'(\.[^']+)';/gms)) {
      if (!clause.startsWith('type ')) {
        await madeOf(resolve(dirname(path), target), found);
      }
    }
  }
  return found;
}

test('nothing that a rehearsal is made of can publish, mirror or push', async () => {
  const files = await madeOf(join(ROOT, 'src-main/core/studio/rehearsal.ts'));

  const names = [...files].map((file) => relative(ROOT, file).replaceAll('\\', '/'));
  assert(names.includes('src-main/core/studio/studio-event.ts'), 'imports are followed');
  assert.deepEqual(
    names.filter((name) => /core\/(?:publish|mirror|proof-of-air|process|ingest)\/|locators/.test(name)),
    [],
  );
});

test('the compiler keeps a rehearsal from whatever ends or begins sending', () => {
  // Never called: it is the compiler that is asked.
  const wouldSend = (broadcasts: Broadcasts, rehearsal: Rehearsal): unknown =>
    // @ts-expect-error: a rehearsal is no broadcast
    broadcasts.close(rehearsal);
  // @ts-expect-error: there is no place in it for destinations
  const wouldPublish: keyof RehearsalOptions = 'destinations';
  // @ts-expect-error: nor for locators
  const wouldLocate: keyof RehearsalOptions = 'locators';

  assert.equal(typeof wouldSend, 'function');
  assert.notEqual(wouldPublish, wouldLocate);
});

function rig() {
  const calls: string[] = [];
  const openEvents = memoryRows<{ liveEvent: string; asset?: string | undefined }>();
  const { presentation } = fakePresentation();
  const liveEvents = {
    create: (name: string) => Promise.resolve(calls.push(`create ${name}`)),
    start: () => Promise.resolve(calls.push('start')),
    stop: () => Promise.resolve(calls.push('stop')),
    delete: () => Promise.resolve(calls.push('delete')),
    createOutput: (_name: string, _output: string, { archiveWindowLength }: { archiveWindowLength: string }) =>
      Promise.resolve(calls.push(`output ${archiveWindowLength}`)),
    get: () => ({ preview: { previewLocator: 'preview-id' } }),
    presentationOf: () => presentation,
  };
  const rehearsals = createRehearsals({
    clock: manualClock(),
    // Of live events these few are used.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
    liveEvents: liveEvents as unknown as LiveEvents,
    originUrl: () => 'http://origin',
    openEvents,
    logger: silentLogger,
    assets: {
      create: (name) => {
        calls.push(`asset ${name}`);
        return Promise.reject(new Error('unused'));
      },
      delete: (name) => Promise.resolve(void calls.push(`forget ${name}`)),
    },
  });
  return { calls, rehearsals, liveEvents, openEvents };
}

test('a rehearsal that cannot begin leaves nothing behind', async () => {
  const { calls, rehearsals, openEvents } = rig();

  await assert.rejects(rehearsals.open({ title: 'A talk', record: false }), { message: 'unused' });

  assert.deepEqual(calls.slice(-2), ['stop', 'delete']);
  assert.equal(rehearsals.current(), undefined);
  assert.deepEqual(openEvents.list(), []);
});
