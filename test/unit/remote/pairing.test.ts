import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPairing } from '../../../src-main/core/remote/pairing.ts';
import { manualClock } from '../../support/manual-clock.ts';

function rig() {
  const clock = manualClock();
  let ends = 0;
  const pairing = createPairing({ clock, onEnd: () => void (ends += 1) });
  return { clock, pairing, ends: () => ends };
}

test('a code lets one device in, once', () => {
  const { pairing, ends } = rig();
  const { code } = pairing.start();

  assert.match(code, /^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
  assert.equal(pairing.use(code), true);
  assert.equal(pairing.use(code), false);
  assert.equal(ends(), 1);
});

test('it may be typed as people do', () => {
  const { pairing } = rig();
  const { code } = pairing.start();

  assert.equal(
    pairing.use(` ${code.toLowerCase().replace('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')} `),
    true,
  );
});

test('it is worth nothing after two minutes', () => {
  const { pairing, clock, ends } = rig();
  const { code } = pairing.start();

  clock.advance(120_000);

  assert.equal(pairing.use(code), false);
  assert.equal(pairing.present(), undefined);
  assert.equal(ends(), 1);
});

test('it is worth nothing after five wrong ones', () => {
  const { pairing, clock } = rig();
  const { code } = pairing.start();

  const wrong = Array.from({ length: 5 }, () => pairing.use('AAAA-AAAA'));

  assert.deepEqual(new Set(wrong), new Set([false]));
  assert.equal(pairing.use(code), false);
  assert.equal(clock.pending(), 0);
});

test('a new code takes the place of the one before, with tries and time of its own', () => {
  const { pairing, clock } = rig();
  const first = pairing.start().code;
  pairing.use('wrong');
  clock.advance(100_000);
  const second = pairing.start().code;

  assert.notEqual(first, second);
  assert.equal(pairing.present()?.attemptsLeft, 5);
  assert.equal(pairing.use(first), false);
  clock.advance(60_000);
  assert.equal(pairing.use(second), true);
});
