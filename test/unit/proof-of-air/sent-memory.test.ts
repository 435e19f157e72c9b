import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSentMemory } from '../../../src-main/core/proof-of-air/sent-memory.ts';
import { distance, isBlack } from '../../../src-main/core/proof-of-air/signature.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { flat, luma, SIZE, signature } from './pictures.ts';

const STEP = 250;

/** Sends pictures for some seconds, `stepOf` telling which at which quarter of a second. */
function sentFor(seconds: number, stepOf: (quarter: number) => number) {
  const clock = manualClock();
  const memory = createSentMemory(clock);
  const startMs = clock.wallMs();
  for (let quarter = 0; quarter < seconds * 4; quarter += 1) {
    memory.picture(clock.wallMs(), luma(stepOf(quarter)), SIZE.width, SIZE.height);
    memory.level(clock.wallMs(), -20);
    clock.advance(STEP);
  }
  return { memory, clock, startMs };
}

/** What somebody gets of it: darker, with noise. */
function received(step: number) {
  const bytes = luma(step).map((level, index) => Math.round(level * 0.9 + 6 + (index % 3)));
  return signature(bytes);
}

test('pictures that somebody received are found where they were sent, behind an encoder and a change of levels', () => {
  const { memory, startMs } = sentFor(60, (quarter) => quarter);

  const found = memory.find([40, 41, 42, 43].map(received), STEP);

  assert.deepEqual(found, { kind: 'sent', atMs: startMs + 40 * STEP });
});

test('a slide that stays was sent, but nobody can say when', () => {
  const { memory } = sentFor(60, (quarter) => Math.floor(quarter / 120));

  assert.deepEqual(memory.find([received(0), received(0)], STEP), { kind: 'sent', atMs: undefined });
});

test('a change within what was received tells when it was sent, however long the slides stay', () => {
  const { memory, startMs } = sentFor(60, (quarter) => Math.floor(quarter / 120));

  const found = memory.find([0, 0, 1, 1].map(received), STEP);

  assert(found.kind === 'sent' && found.atMs !== undefined);
  assert(Math.abs(found.atMs - (startMs + 118 * STEP)) <= STEP, String(found.atMs - startMs));
});

test('what was never sent is told apart, and without a memory nothing is said', () => {
  const { memory, clock } = sentFor(30, (quarter) => quarter % 3);
  const foreign = signature(luma(0).map((_, index) => (index % SIZE.width < 32 ? 210 : 30)));

  assert.deepEqual(memory.find([foreign, foreign], STEP), { kind: 'never-sent' });
  assert.deepEqual(createSentMemory(clock).find([foreign], STEP), { kind: 'unknown' });
});

test('it is known whether pictures moved, were black, and were silent', () => {
  const { memory, startMs, clock } = sentFor(20, (quarter) => (quarter < 40 ? quarter : 40));

  assert.equal(memory.hasMoved(startMs, startMs + 5000), true);
  assert.equal(memory.hasMoved(startMs + 12_000, startMs + 19_000), false);
  assert.equal(memory.hasMoved(startMs - 9000, startMs - 1000), undefined);
  assert.equal(memory.wasBlack(startMs, startMs + 5000), false);
  assert.equal(memory.wasSilent(startMs, startMs + 5000), false);

  const blackMs = clock.wallMs();
  memory.picture(blackMs, flat(16), SIZE.width, SIZE.height);
  memory.level(blackMs, -120);
  assert.equal(memory.wasBlack(blackMs, blackMs), true);
  assert.equal(memory.wasSilent(blackMs, blackMs), true);
});

test('it remembers for two and a half minutes and no longer', () => {
  const { memory, startMs, clock } = sentFor(200, (quarter) => quarter);

  assert(memory.sinceMs() !== undefined);
  assert((memory.sinceMs() ?? 0) > startMs);
  assert((memory.sinceMs() ?? 0) <= clock.wallMs() - 150_000);
  memory.forget();
  assert.equal(memory.sinceMs(), undefined);
});

test('black is black, also with noise, and a dark picture is not', () => {
  assert.equal(isBlack(signature(flat(16))), true);
  assert.equal(isBlack(signature(flat(16).map((level, index) => level + (index % 4)))), true);
  assert.equal(isBlack(signature(luma(3).map((level) => level / 4))), false);
});

test('the same picture in another range of levels is near, another one is far', () => {
  assert(distance(signature(luma(3)), received(3)) < 6);
  assert(distance(signature(luma(3)), signature(luma(9))) > 6);
});
