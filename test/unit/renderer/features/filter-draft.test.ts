import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { filterContent } from '../../../../src-main/shared/api/filters.ts';
import {
  EMPTY_FILTER,
  filterDraftOf,
  filterFaults,
  filterOf,
} from '../../../../src-renderer/features/service/filter-draft.ts';
import { rowsOf } from '../../../../src-renderer/features/service/track-rows.ts';
import { aFilter } from '../../../support/fake-service/policy-handlers.ts';

test('a form that is left empty filters nothing', () => {
  assert.deepEqual(filterFaults(EMPTY_FILTER), {});
  assert.deepEqual(filterOf(EMPTY_FILTER), { tracks: [] });
});

test('a form that is filled in is what the service takes, in ticks and bits', () => {
  const body = filterOf({
    ...EMPTY_FILTER,
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
  const row = (value: string, property: 'Bitrate' | 'Language' = 'Bitrate') =>
    rowsOf([{ trackSelections: [{ property, operation: 'Equal', value }] }]);
  const drafts = fc.record({
    choice: fc.constantFrom('usual' as const, 'own' as const),
    rows: fc.constantFrom([], row('0-900000'), row('x'), row('', 'Language'), row('de', 'Language')),
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

/** As programs write filters: the ticks of their own clock, and conditions that no two fields can hold. */
const OTHERS = aFilter('others', {
  firstQuality: { bitrate: 812_345 },
  presentationTimeRange: {
    startTimestamp: '158785920900001',
    endTimestamp: '9223372036854775807',
    presentationWindowDuration: 54_000_001,
    timescale: 90_000,
    forceEndTimestamp: false,
  },
  tracks: [
    { trackSelections: [{ property: 'Type', operation: 'Equal', value: 'Video' }] },
    { trackSelections: [{ property: 'FourCC', operation: 'NotEqual', value: 'hvc1' }] },
  ],
});
const contentOf = ({ created: _created, lastModified: _changed, name: _name, ...content }: typeof OTHERS) =>
  content;

test('a filter that is opened and saved again is the same to the letter, also what no field can hold', () => {
  const draft = filterDraftOf(OTHERS);

  assert.equal(draft.choice, 'own');
  assert.equal(draft.end, '');
  assert.deepEqual(filterFaults(draft, draft), {});
  assert.deepEqual(filterOf(draft, OTHERS), contentOf(OTHERS));
});

test('what is changed of a filter changes alone, in the ticks that it has', () => {
  const draft = { ...filterDraftOf(OTHERS), window: '120,5', firstQuality: '' };
  const { firstQuality: _quality, ...rest } = contentOf(OTHERS);

  assert.deepEqual(filterOf(draft, OTHERS), {
    ...rest,
    presentationTimeRange: { ...OTHERS.presentationTimeRange, presentationWindowDuration: '10845000' },
  });
});

test('ticks too coarse for what is typed are counted finer, all of them, and mean the same', () => {
  const coarse = aFilter('coarse', {
    presentationTimeRange: { startTimestamp: 1_764_300_000, timescale: 1, forceEndTimestamp: false },
  });

  assert.deepEqual(filterOf({ ...filterDraftOf(coarse), backoff: '7.5' }, coarse).presentationTimeRange, {
    startTimestamp: '1764300000000',
    liveBackoffDuration: '7500',
    timescale: 1000,
    forceEndTimestamp: false,
  });
});

test('a filter that the form has made is shown in its two fields again', () => {
  const made = {
    ...EMPTY_FILTER,
    language: 'de',
    mostBitrate: '1200.5',
    start: '2026-11-21T18:30:05',
    window: '90',
  };
  const filter = aFilter('made', filterContent.parse(filterOf(made)));

  assert.deepEqual(filterDraftOf(filter), made);
  assert.deepEqual(filterOf({ ...made, window: '' }, filter).presentationTimeRange, {
    startTimestamp: `${new Date('2026-11-21T18:30:05').getTime()}0000`,
    timescale: 10_000_000,
    forceEndTimestamp: false,
  });
  assert.equal(filterOf({ ...made, window: '', start: '' }, filter).presentationTimeRange, undefined);
});

test('faults of what was there before are not this form’s, those of what is typed are', () => {
  const before = filterDraftOf(
    aFilter('long', {
      presentationTimeRange: {
        presentationWindowDuration: '9223372036854775807',
        timescale: 10_000_000,
        forceEndTimestamp: false,
      },
    }),
  );

  assert.deepEqual(filterFaults(before, before), {});
  assert.deepEqual(filterFaults({ ...before, window: '59' }, before), { window: 'window' });
  assert.deepEqual(filterFaults({ ...before, choice: 'own', rows: rowsOf([]) }, before), {});
});
