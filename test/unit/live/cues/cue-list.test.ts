import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type CueLimits, type CueList, createCueList } from '../../../../src-main/core/live/cues/cue-list.ts';
import { CUE_TIMESCALE, type Cue, type PlacedCue } from '../../../../src-main/core/ports/cues.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import { insertSection, signalSection } from '../../../support/splice-messages.ts';

const SPLICE = 'urn:scte:scte35:2013:bin';
const METADATA = 'https://aomedia.org/emsg/ID3';

const at = (seconds: number) => ticks(BigInt(Math.round(seconds * CUE_TIMESCALE)));

function splice(id: string, seconds: number, over: Partial<Cue> = {}): Cue {
  return {
    id,
    scheme: SPLICE,
    value: 'onAdCue',
    time: at(seconds),
    duration: 30 * CUE_TIMESCALE,
    message: insertSection((Number(id) || 0) >>> 0, 'out'),
    ...over,
  };
}

function metadata(id: string, seconds: number, over: Partial<Cue> = {}): Cue {
  return {
    id,
    scheme: METADATA,
    value: '',
    time: at(seconds),
    duration: undefined,
    message: Uint8Array.of(1),
    ...over,
  };
}

/** A timeline of segments of 2 s whose newest one is open, as far as cues see it. */
function listAt(seconds: number, limits?: CueLimits): CueList & { goTo(seconds: number): void } {
  let now = seconds;
  const list = createCueList({
    position: () => ({ edge: at(now), nextSequence: Math.floor(now / 2) + 2, hasVideo: true }),
    ...(limits === undefined ? {} : { limits }),
  });
  return {
    ...list,
    goTo(next) {
      now = next;
      list.follow();
    },
  };
}

const only = (list: CueList): PlacedCue => {
  const shown = list.list().filter(({ withdrawn }) => !withdrawn);
  assert.equal(shown.length, 1);
  return shown[0]!;
};

test('a cue is placed with everything that is made of it later', () => {
  const list = listAt(100);
  const cue = splice('7', 110);

  assert.equal(list.put(cue), true);

  assert.deepEqual(list.list(), [
    {
      ...cue,
      number: 7,
      kind: 'out',
      rangeId: '7',
      firstSequence: 52,
      endSequence: undefined,
      carriers: 'all',
      ended: undefined,
      until: at(140),
      withdrawn: false,
    },
  ]);
  assert.equal(list.revision(), 1);
});

test('what another message of the same id and time says in time takes its place, under a range of its own', () => {
  const list = listAt(100);
  list.put(splice('7', 110));
  const told: (readonly PlacedCue[])[] = [];
  list.changed.on((changes) => told.push(changes));

  list.goTo(105.9);
  assert.equal(list.put(splice('7', 110, { duration: 60 * CUE_TIMESCALE })), true);

  const { number, rangeId, duration, firstSequence } = only(list);
  assert.deepEqual([duration, firstSequence, rangeId], [60 * CUE_TIMESCALE, 54, '7-2']);
  assert.notEqual(number, 7);
  const [before] = list.list().filter(({ withdrawn }) => withdrawn);
  assert.deepEqual([before?.number, before?.firstSequence, before?.endSequence], [7, 52, 54]);
  assert.equal(told.length, 1, 'nobody sees a moment with neither of them');
  assert.deepEqual(new Set(told[0]?.map((cue) => cue.number)), new Set([7, number]));
});

test('a replacement that comes less than four seconds before its time is ignored', () => {
  const list = listAt(100);
  list.put(splice('7', 110));
  const before = list.list();

  list.goTo(106.1);
  assert.equal(list.put(splice('7', 110, { duration: 60 * CUE_TIMESCALE })), false);
  list.goTo(120);
  assert.equal(list.put(splice('7', 110, { duration: 60 * CUE_TIMESCALE })), false);

  assert.equal(list.list(), before);
});

test('a message that is late is taken when it is the first', () => {
  const list = listAt(100);

  assert.equal(list.put(splice('7', 98)), true);

  assert.equal(only(list).firstSequence, 52);
});

test('the same message said again, also by another encoder with a clock of its own, changes nothing', () => {
  const list = listAt(100);
  list.put(splice('7', 110));
  const before = list.list();

  assert.equal(list.put(splice('7', 110)), true);
  assert.equal(list.put(splice('7', 110.04)), true);
  list.goTo(109);
  assert.equal(list.put(splice('7', 110)), true);

  assert.equal(list.list(), before);
});

test('what was taken back does not come back when its encoder says it again, only when it says something else', () => {
  const list = listAt(100);
  list.put(splice('7', 110));
  list.cancel(SPLICE, '7');
  const before = list.list();

  assert.equal(list.put(splice('7', 110)), false);
  assert.equal(list.list(), before);
  assert.equal(list.put(splice('7', 110, { duration: 60 * CUE_TIMESCALE })), true);

  assert.equal(only(list).duration, 60 * CUE_TIMESCALE);
});

test('what replaced another is replaced by the same again when that is the last word', () => {
  const list = listAt(100);
  list.put(splice('7', 110));
  list.put(splice('7', 110, { duration: 60 * CUE_TIMESCALE }));

  assert.equal(list.put(splice('7', 110)), true);

  assert.deepEqual([only(list).duration, only(list).rangeId], [30 * CUE_TIMESCALE, '7-3']);
});

test('the same id at another time is another cue, with a number and a range of its own', () => {
  const list = listAt(100);
  list.put(splice('7', 110));
  list.put(splice('7', 170));

  const [first, second] = list.list();
  assert.deepEqual([first?.rangeId, second?.rangeId], ['7', '7-2']);
  assert.notEqual(first?.number, second?.number);
});

test('numbers and ranges are never given twice, whatever the ids are', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('1', '4294967295', '4294967296', 'a"b', '', '\t', '1-2'), fc.nat(1000)), {
        maxLength: 40,
      }),
      (cues) => {
        const list = listAt(0);
        for (const [id, seconds] of cues) {
          list.put(splice(id, seconds));
        }

        const placed = list.list();
        assert.equal(new Set(placed.map(({ number }) => number)).size, placed.length);
        assert.equal(new Set(placed.map(({ rangeId }) => rangeId)).size, placed.length);
        assert(placed.every(({ rangeId }) => /^[^"\p{Cc}]+$/u.test(rangeId ?? '')));
        assert(placed.every(({ number }) => number >>> 0 === number));
        assert.deepEqual(
          placed.map(({ time }) => time),
          placed.map(({ time }) => time).toSorted((a, b) => Number(a - b)),
        );
      },
    ),
  );
});

test('a break that is to come is taken back: only segments that had it have it', () => {
  const list = listAt(100);
  list.put(splice('7', 110));

  list.goTo(104);
  assert.equal(list.cancel(SPLICE, '7'), true);

  const [cue] = list.list();
  assert.deepEqual([cue?.withdrawn, cue?.firstSequence, cue?.endSequence], [true, 52, 54]);
  assert.equal(list.cancel(SPLICE, '7'), false);
});

test('a break that runs is ended where the timeline stands', () => {
  const list = listAt(100);
  list.put(splice('7', 110, { duration: undefined }));
  assert.equal(only(list).until, undefined);

  list.goTo(118);
  assert.equal(list.cancel(SPLICE, '7'), true);

  assert.deepEqual(only(list).ended, { time: at(118), message: undefined });
  assert.equal(only(list).until, at(118));
  assert.equal(list.cancel(SPLICE, '7'), false);
});

test('a break that runs is ended with a word to players when there is one for them', () => {
  const list = listAt(100);
  list.put(splice('7', 110));
  const back = { time: at(118.5), message: insertSection(7, 'in') };

  list.goTo(118);
  assert.equal(list.cancel(SPLICE, '7', back), true);

  const [out, end] = list.list();
  assert.deepEqual([out?.ended, out?.until], [back, at(118.5)]);
  assert.deepEqual(
    [end?.kind, end?.id, end?.time, end?.rangeId, end?.firstSequence, end?.withdrawn],
    ['in', '7', at(118.5), undefined, 61, false],
  );
  const before = list.list();
  assert.equal(list.cancel(SPLICE, '7', back), false, 'it has ended');
  assert.equal(list.cancel(SPLICE, '7'), false, 'and its end stays');
  assert.equal(list.list(), before);
});

test('a word to players is neither before what they have seen nor so far ahead that it could be replaced', () => {
  for (const [wanted, said] of [
    [117, 118],
    [130, 122],
  ] as const) {
    const list = listAt(100);
    list.put(splice('7', 110));
    list.goTo(118);

    list.cancel(SPLICE, '7', { time: at(wanted), message: insertSection(7, 'in') });

    assert.deepEqual(
      list.list().map(({ kind, time, until }) => [kind, time, until]),
      [
        ['out', at(110), at(said)],
        ['in', at(said), at(said)],
      ],
    );
  }
});

test('a break nobody has seen is taken back without a word, and one that ends before its word does so by itself', () => {
  const list = listAt(100);
  list.put(splice('7', 101));
  list.put(splice('8', 99, { duration: 2 * CUE_TIMESCALE }));
  const back = (eventId: number) => ({ time: at(101.5), message: insertSection(eventId, 'in') });

  assert.equal(list.cancel(SPLICE, '7', back(7)), true);
  assert.equal(list.cancel(SPLICE, '8', back(8)), true);

  assert.deepEqual(
    list.list().map(({ id, withdrawn, ended }) => [id, withdrawn, ended]),
    [
      ['8', false, undefined],
      ['7', true, undefined],
    ],
  );
});

test('there is nothing to cancel under another scheme or id, or when the break is over', () => {
  const list = listAt(100);
  list.put(splice('7', 110));

  assert.equal(list.cancel(METADATA, '7'), false);
  assert.equal(list.cancel(SPLICE, '8'), false);
  list.goTo(150);
  assert.equal(list.cancel(SPLICE, '7'), false);
});

test('the way back into the programme ends its break as soon as it cannot be replaced any more', () => {
  const list = listAt(100);
  list.put(splice('7', 110));
  const back = splice('back', 125, { message: insertSection(7, 'in'), duration: undefined });

  list.goTo(112);
  list.put(back);
  const [early] = list.list();
  list.goTo(121.5);
  const [settled, end] = list.list();

  assert.equal(early?.ended, undefined);
  assert.deepEqual([settled?.ended, settled?.until], [{ time: at(125), message: back.message }, at(125)]);
  assert.deepEqual([end?.kind, end?.rangeId], ['in', undefined]);
});

test('a way back that was replaced in time ends its break where the last one says', () => {
  const list = listAt(100);
  list.put(splice('7', 110, { duration: undefined }));
  const back = (seconds: number) =>
    splice('back', seconds, { message: insertSection(7, 'in'), duration: undefined });

  list.put(back(125));
  list.cancel(SPLICE, 'back');
  list.put(back(140));
  list.goTo(139);

  assert.equal(list.list()[0]?.ended?.time, at(140));
});

test('a way back without a break is told of on its own', () => {
  const list = listAt(100);

  list.put(splice('back', 110, { message: insertSection(9, 'in'), duration: undefined }));

  assert.deepEqual([only(list).kind, only(list).rangeId, only(list).until], ['in', 'back', at(110)]);
});

test('a break whose end nobody told is over when the next one begins', () => {
  const list = listAt(100);

  list.put(splice('7', 110, { duration: undefined }));
  list.put(splice('8', 150));

  assert.deepEqual(
    list.list().map(({ until }) => until),
    [at(150), at(180)],
  );
});

test('a section that takes its event back takes the break of that event back', () => {
  const list = listAt(100);
  list.put(splice('a', 110, { message: insertSection(7, 'out') }));
  list.put(splice('b', 160, { message: insertSection(8, 'out') }));

  list.put(splice('c', 101, { message: insertSection(7, 'cancel'), duration: undefined }));

  assert.deepEqual(
    list.list().map(({ id, kind, withdrawn }) => [id, kind, withdrawn]),
    [
      ['c', 'command', false],
      ['a', 'out', true],
      ['b', 'out', false],
    ],
  );
});

test('other sections are commands, also those that cannot be read; a break says its own length if the cue does not', () => {
  const list = listAt(100);

  list.put(splice('a', 110, { message: signalSection(), duration: undefined }));
  list.put(splice('b', 111, { message: Uint8Array.of(1, 2, 3) }));
  list.put(splice('c', 112, { message: insertSection(1, 'out', { breakTicks: 900_000 }), duration: undefined }));

  assert.deepEqual(
    list.list().map(({ kind, duration }) => [kind, duration]),
    [
      ['command', undefined],
      ['command', 30 * CUE_TIMESCALE],
      ['out', 900_000],
    ],
  );
});

test('what cannot be a cue is not taken', () => {
  const list = listAt(100);

  assert.equal(list.put(splice('7', -1)), false);
  assert.equal(list.put(splice('7', 100 + 27 * 3600)), false);
  assert.equal(list.put(metadata('7', 100, { message: new Uint8Array(1024 * 1024 + 1) })), false);
  list.close();
  assert.equal(list.put(splice('7', 110)), false);
  assert.equal(list.cancel(SPLICE, '7'), false);

  assert.deepEqual([list.list(), list.revision()], [[], 0]);
});

test('a length of nothing is one that is not known, and a zero byte does not get into a value', () => {
  const list = listAt(100);

  list.put(splice('7', 110, { duration: 0, value: 'on\0AdCue' }));

  assert.deepEqual([only(list).duration, only(list).value], [undefined, 'onAdCue']);
});

test('when there are too many the oldest go, and so when they are too large together', () => {
  const list = listAt(100, { cues: 10, messageBytes: 1000 });
  for (let index = 0; index < 12; index += 1) {
    assert.equal(list.put(metadata(`${index}`, 100 + index)), true);
  }
  assert.deepEqual([list.list().length, list.list()[0]?.id], [10, '2']);

  assert.equal(list.put(metadata('large', 200, { message: new Uint8Array(995) })), true);
  assert.deepEqual(
    list.list().map(({ id }) => id),
    ['7', '8', '9', '10', '11', 'large'],
  );
  assert.equal(list.put(metadata('old', 1)), false);
});

test('what neither a manifest nor a segment has any more is forgotten', () => {
  const list = listAt(100);
  list.put(metadata('note', 101));
  list.put(splice('7', 104, { duration: 10 * CUE_TIMESCALE }));
  list.put(splice('late', 60, { duration: 10 * CUE_TIMESCALE }));
  list.put(splice('8', 180, { duration: undefined }));
  list.goTo(200);
  const ids = (): readonly string[] => list.list().map(({ id }) => id);

  list.trim(52, at(102));
  assert.deepEqual(ids(), ['late', 'note', '7', '8']);
  list.trim(53, at(104));
  assert.deepEqual(ids(), ['7', '8']);
  const before = list.list();
  list.trim(57, at(113));
  assert.equal(list.list(), before);
  list.trim(58, at(116));
  assert.deepEqual(ids(), ['8']);
  list.trim(100, at(200));
  assert.deepEqual(ids(), ['8']);
});
