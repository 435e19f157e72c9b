import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Before, judge, remember } from '../../../src-main/core/proof-of-air/judge.ts';
import type { Sight } from '../../../src-main/core/proof-of-air/look.ts';
import { createSentMemory } from '../../../src-main/core/proof-of-air/sent-memory.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { flat, luma, SIZE, signature } from './pictures.ts';

const NOW = Date.UTC(2030, 0, 1, 12);
const OWN = { isOwn: true };
const FOREIGN = { isOwn: false };

/** A look at two seconds of a stream that began five seconds ago, and in which a viewer would begin one second after that. */
function sight(values: Partial<Sight> = {}): Sight {
  return {
    atMs: NOW,
    edge: '9',
    isEncrypted: false,
    pictures: picturesFrom(NOW - 5000),
    markMs: undefined,
    listedMs: undefined,
    duration: 2,
    toPlayhead: 1,
    peakDb: -18,
    ...values,
  };
}

/** Another picture each quarter of a second, counted from two minutes ago. */
function stepAt(ms: number): number {
  return Math.floor((ms - (NOW - 120_000)) / 250);
}

function picturesFrom(ms: number) {
  return Array.from({ length: 8 }, (_, index) => signature(luma(stepAt(ms) + index)));
}

function sentMemory(
  options: { readonly peakDb?: number; readonly still?: boolean; readonly sinceMs?: number } = {},
) {
  const clock = manualClock(NOW);
  const memory = createSentMemory(clock);
  for (let ms = options.sinceMs ?? NOW - 120_000; ms <= NOW; ms += 250) {
    memory.picture(ms, luma(options.still === true ? 3 : stepAt(ms)), SIZE.width, SIZE.height);
    memory.level(ms, options.peakDb ?? -20);
  }
  return memory;
}

function before(values: Partial<Before> = {}): Before {
  return { atMs: NOW - 10_000, edge: '4', edgeSinceMs: NOW - 10_000, last: undefined, ...values };
}

test('of our own stream the time in the playlist says how far behind viewers are', () => {
  assert.deepEqual(judge(sight({ listedMs: NOW - 5000 }), before(), sentMemory(), OWN), {
    verdict: 'seen',
    delaySeconds: 4,
    delayFrom: 'programme-time',
  });
});

test('of a stream that went through others the mark in the picture says it, whatever their playlist says', () => {
  const judged = judge(sight({ listedMs: NOW - 2500, markMs: NOW - 5000 }), before(), sentMemory(), FOREIGN);

  assert.deepEqual([judged.verdict, judged.delaySeconds, judged.delayFrom], ['seen', 4, 'mark']);
});

test('without a mark the pictures themselves are known again', () => {
  const judged = judge(sight({ listedMs: NOW - 2500 }), before(), sentMemory(), FOREIGN);

  assert.deepEqual([judged.verdict, judged.delaySeconds, judged.delayFrom], ['seen', 4, 'picture']);
});

test('a slide that stays is seen, and the playlist of the others is the best clock there is', () => {
  const pictures = Array.from({ length: 8 }, () => signature(luma(3)));
  const judged = judge(
    sight({ pictures, listedMs: NOW - 2500 }),
    before({ last: signature(luma(3)) }),
    sentMemory({ still: true }),
    FOREIGN,
  );

  assert.deepEqual([judged.verdict, judged.delayFrom], ['seen', 'programme-time']);
});

test('a picture that stands still while what was sent moved is frozen', () => {
  const pictures = Array.from({ length: 8 }, () => signature(luma(stepAt(NOW - 20_000))));
  const last = signature(luma(stepAt(NOW - 20_000)));

  assert.equal(
    judge(sight({ pictures, listedMs: NOW - 5000 }), before({ last }), sentMemory(), OWN).verdict,
    'frozen',
  );
  assert.equal(judge(sight({ pictures }), before({ last }), sentMemory(), FOREIGN).verdict, 'frozen');
});

test('nothing is called frozen when it is not known what was sent, or when that stood still too', () => {
  const pictures = Array.from({ length: 8 }, () => signature(luma(3)));
  const looked = sight({ pictures, listedMs: NOW - 5000 });
  const last = signature(luma(3));

  assert.equal(judge(looked, before({ last }), undefined, OWN).verdict, 'seen');
  assert.equal(judge(looked, before({ last }), sentMemory({ still: true }), OWN).verdict, 'seen');
});

test('a playlist that stands still for three of its segments is frozen, though each picture in it is right', () => {
  const standing = before({ edge: '9', edgeSinceMs: NOW - 8000 });

  assert.equal(judge(sight({ listedMs: NOW - 5000 }), standing, sentMemory(), OWN).verdict, 'frozen');
  assert.equal(
    judge(sight({ listedMs: NOW - 5000 }), before({ edge: '9', edgeSinceMs: NOW - 5000 }), sentMemory(), OWN)
      .verdict,
    'seen',
  );
});

test('another picture is told from what was sent, as soon as all that could be on its way is remembered', () => {
  const pictures = Array.from({ length: 8 }, () =>
    signature(luma(0).map((_, index) => (index % SIZE.width < 32 ? 210 : 30))),
  );

  assert.equal(judge(sight({ pictures }), before(), sentMemory(), FOREIGN).verdict, 'other-picture');
  assert.equal(
    judge(sight({ pictures }), before(), sentMemory({ sinceMs: NOW - 20_000 }), FOREIGN).verdict,
    'checking',
  );
});

test('black is black unless that was sent', () => {
  const pictures = [signature(flat(16)), signature(flat(17))];
  const black = createSentMemory(manualClock(NOW));
  for (let ms = NOW - 60_000; ms <= NOW; ms += 250) {
    black.picture(ms, flat(16), SIZE.width, SIZE.height);
  }

  assert.equal(judge(sight({ pictures, listedMs: NOW - 5000 }), before(), sentMemory(), OWN).verdict, 'black');
  assert.equal(judge(sight({ pictures, listedMs: NOW - 5000 }), before(), black, OWN).verdict, 'seen');
});

test('silence is told only when sound was sent', () => {
  const silent = sight({ listedMs: NOW - 5000, peakDb: -91 });

  assert.equal(judge(silent, before(), sentMemory(), OWN).verdict, 'silent');
  assert.equal(judge(silent, before(), sentMemory({ peakDb: -120 }), OWN).verdict, 'seen');
  assert.equal(
    judge(sight({ listedMs: NOW - 5000, peakDb: undefined }), before(), sentMemory(), OWN).verdict,
    'silent',
  );
  assert.equal(judge(silent, before(), undefined, OWN).verdict, 'seen');
});

test('of what is encrypted only the time is known', () => {
  const judged = judge(
    sight({ isEncrypted: true, pictures: undefined, peakDb: undefined, listedMs: NOW - 5000 }),
    before(),
    sentMemory(),
    OWN,
  );

  assert.deepEqual([judged.verdict, judged.delaySeconds], ['arriving', 4]);
});

test('times that are far away are those of something else', () => {
  const judged = judge(
    sight({ listedMs: NOW - 86_400_000, markMs: NOW + 60_000, pictures: undefined }),
    before(),
    undefined,
    OWN,
  );

  assert.equal(judged.delaySeconds, undefined);
});

test('the edge is remembered since it was first seen', () => {
  const first = remember(sight(), undefined);
  const second = remember(sight({ atMs: NOW + 3000 }), first);
  const third = remember(sight({ atMs: NOW + 6000, edge: '10' }), second);

  assert.deepEqual(
    [first, second, third].map(({ edgeSinceMs }) => edgeSinceMs),
    [NOW, NOW, NOW + 6000],
  );
});
