import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { filterContent } from '../../../../src-main/shared/api/filters.ts';
import { EMPTY_FILTER, filterFaults, filterOf } from '../../../../src-renderer/features/service/filter-draft.ts';

test('a form that is left empty filters nothing', () => {
  assert.deepEqual(filterFaults(EMPTY_FILTER), {});
  assert.deepEqual(filterOf(EMPTY_FILTER), { tracks: [] });
});

test('a form that is filled in is what the service takes, in ticks and bits', () => {
  const body = filterOf({
    firstQuality: '800',
    window: '600',
    backoff: '30,5',
    start: '2026-11-21T18:30:05',
    end: '2026-11-21T19:00',
    endsLive: true,
    language: ' pt-BR ',
    mostBitrate: '1200.5',
  });
  const ticks = (local: string): string => `${new Date(local).getTime()}0000`;

  assert.deepEqual(filterContent.parse(body), body);
  assert.deepEqual(body, {
    firstQuality: { bitrate: 800_000 },
    presentationTimeRange: {
      timescale: 10_000_000,
      startTimestamp: ticks('2026-11-21T18:30:05'),
      endTimestamp: ticks('2026-11-21T19:00'),
      forceEndTimestamp: true,
      presentationWindowDuration: '6000000000',
      liveBackoffDuration: '305000000',
    },
    tracks: [
      {
        trackSelections: [
          { property: 'Type', operation: 'Equal', value: 'video' },
          { property: 'Bitrate', operation: 'Equal', value: '0-1200500' },
        ],
      },
      {
        trackSelections: [
          { property: 'Type', operation: 'Equal', value: 'audio' },
          { property: 'Language', operation: 'Equal', value: 'pt-BR' },
        ],
      },
      { trackSelections: [{ property: 'Type', operation: 'Equal', value: 'text' }] },
    ],
  });
});

test('a condition for one kind of track leaves the other kinds as they are', () => {
  const kinds = (part: Partial<typeof EMPTY_FILTER>) =>
    filterOf({ ...EMPTY_FILTER, ...part }).tracks?.map(({ trackSelections }) => trackSelections.length);

  assert.deepEqual(kinds({ language: 'de' }), [1, 2, 1]);
  assert.deepEqual(kinds({ mostBitrate: '900' }), [2, 1, 1]);
});

test('what cannot be is told at its field', () => {
  const faults = (part: Partial<typeof EMPTY_FILTER>) => filterFaults({ ...EMPTY_FILTER, ...part });

  assert.deepEqual(faults({ firstQuality: 'x', mostBitrate: '0' }), {
    firstQuality: 'kilobits',
    mostBitrate: 'kilobits',
  });
  assert.deepEqual(faults({ window: '59' }), { window: 'window' });
  assert.deepEqual(faults({ backoff: '301' }), { backoff: 'backoff' });
  assert.deepEqual(faults({ backoff: '0' }), { backoff: 'backoff' });
  assert.deepEqual(faults({ window: '60', backoff: '60' }), { backoff: 'backoffWindow' });
  assert.deepEqual(faults({ start: '2026-11-21T18:30', end: '2026-11-21T18:30' }), { end: 'end' });
  assert.deepEqual(faults({ language: 'not a language' }), { language: 'language' });
});

test('whatever the form finds no fault with, the service takes', () => {
  const typed = fc.oneof(
    { arbitrary: fc.constant(''), weight: 4 },
    { arbitrary: fc.nat({ max: 400 }).map(String), weight: 4 },
    { arbitrary: fc.double({ noNaN: true }).map(String), weight: 1 },
    { arbitrary: fc.string({ maxLength: 6 }), weight: 1 },
  );
  const time = fc.constantFrom('', '2026-11-21T18:30', '2026-11-21T18:30:01');
  const drafts = fc.record({
    firstQuality: typed,
    window: typed,
    backoff: typed,
    start: time,
    end: time,
    endsLive: fc.boolean(),
    language: fc.oneof(fc.constantFrom('', 'de', 'pt-BR', 'EN'), fc.constant('x y')),
    mostBitrate: typed,
  });

  fc.assert(
    fc.property(drafts, (draft) => {
      const isFaulty = Object.keys(filterFaults(draft)).length > 0;
      assert(isFaulty || filterContent.safeParse(filterOf(draft)).success);
    }),
  );
});
