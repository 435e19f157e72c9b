import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  createTimeMap,
  type Offset,
  type Span,
  type TimeMap,
} from '../../../../src-main/core/live/intake/time-map.ts';
import { type ManualClock, manualClock } from '../../../support/manual-clock.ts';

const START_MS = Date.UTC(2030, 0, 1);
const us = (seconds: number): bigint => BigInt(Math.round(seconds * 1e6));
const UTC = START_MS / 1000;

function rig() {
  const clock: ManualClock = manualClock(START_MS);
  const inUse = new Set<Offset>();
  const map: TimeMap = createTimeMap(clock, (offset) => inUse.has(offset));
  return {
    clock,
    map,
    inUse,
    /** An encoder sends, for so many seconds, from a time of its own on. */
    send: (offset: Offset, from: number, seconds: number): void => {
      clock.advance(seconds * 1000);
      map.reached(us(from + seconds) + offset.us);
    },
  };
}

const span = (from: number, long = 0.04, isKnown?: (offset: Offset) => boolean): Span => ({
  fromUs: us(from),
  toUs: us(from + long),
  ...(isKnown === undefined ? {} : { isKnown }),
});

/** Seconds since the start of the test that a time of an encoder becomes. */
const at = (offset: Offset, seconds: number): number => Number(us(seconds) + offset.us - us(UTC)) / 1e6;

describe('the first connection', () => {
  test('begins now, whatever its encoder counts from: its newest sample has just been coded', () => {
    assert.equal(at(rig().map.choose(span(0)), 0.04), 0);
    assert.equal(at(rig().map.choose(span(123_456.5, 2)), 123_458.5), 0);
    assert.equal(at(rig().map.choose(span(-0.02)), 0.02), 0);
  });

  test('keeps times that are UTC within the hour, and no others', () => {
    for (const away of [-3599, 0, 3599]) {
      assert.equal(rig().map.choose(span(UTC + away)).us, 0n);
    }
    for (const away of [-3601, 3601]) {
      assert.notEqual(rig().map.choose(span(UTC + away)).us, 0n);
    }
  });
});

describe('a further connection', () => {
  test('has the offset of the first when it sends the same times, a little earlier or later', () => {
    for (const from of [55, 59.5, 60, 60.5, 69]) {
      const { map, send } = rig();
      const first = map.choose(span(0));
      send(first, 0, 60);

      assert.equal(map.choose(span(from)), first, `from ${from}`);
    }
  });

  test('has another when it lags by more than ten seconds, or is ahead by more', () => {
    for (const from of [45, 71]) {
      const { map, send } = rig();
      const first = map.choose(span(0));
      send(first, 0, 60);

      assert.notEqual(map.choose(span(from)), first, `from ${from}`);
    }
  });

  test('that sends again what has been taken, as after a lost connection, goes on where it was', () => {
    const { map, clock, send } = rig();
    const first = map.choose(span(0));
    send(first, 0, 60);
    clock.advance(5000);

    assert.equal(map.choose(span(48, 6, () => true)), first);
    assert.notEqual(map.choose(span(48, 6, () => false)), first);
  });
});

describe('an encoder that was restarted and counts from zero again', () => {
  test('goes on at the wall clock: the gap is as long as the outage', () => {
    const { map, clock, send } = rig();
    const first = map.choose(span(0));
    send(first, 0, 60);
    clock.advance(20_000);

    const second = map.choose(span(0));

    assert.notEqual(second, first);
    assert.equal(Math.round((at(second, 0.04) - at(first, 60)) * 1e6), 20e6);
  });

  test('does so after a short run too, even if it codes the very same pictures again', () => {
    const { map, clock, send } = rig();
    const first = map.choose(span(0));
    send(first, 0, 4);
    clock.advance(3000);

    assert.notEqual(map.choose(span(0, 0.04, () => true)), first);
  });

  test('is not confused with one more connection that took its time, of an encoder that lives', () => {
    const { map, inUse, send } = rig();
    const first = map.choose(span(0));
    inUse.add(first);
    send(first, 0, 4);

    assert.equal(map.choose(span(0)), first);
  });

  test('brings all its qualities onto one offset', () => {
    const { map, clock, send } = rig();
    const first = map.choose(span(0));
    send(first, 0, 60);
    clock.advance(20_000);
    const offsets = [0, 0.02, 0.4].map((from) => {
      clock.advance(150);
      const offset = map.choose(span(from));
      map.reached(us(from + 0.04) + offset.us);
      return offset;
    });

    assert.equal(new Set(offsets).size, 1);
    assert.notEqual(offsets[0], first);
  });

  test('never begins before what is there', () => {
    const { map } = rig();
    const first = map.choose(span(UTC + 600));
    map.reached(us(UTC + 610) + first.us);

    const second = map.choose(span(0, 6));

    assert.ok(at(second, 0) >= 610, `${at(second, 0)}`);
  });
});

test('an encoder whose clock is set while it sends is noticed, one that is slow or leaves out a while is not', () => {
  const { map, clock, send } = rig();
  const first = map.choose(span(0));
  send(first, 0, 60);

  assert.equal(map.isPlausible(span(0), first), false);
  assert.equal(map.isPlausible(span(5000), first), false);
  assert.equal(map.isPlausible(span(55), first), true);
  clock.advance(30_000);
  assert.equal(map.isPlausible(span(90), first), true);
});

test('the same encoder time is the same tick on every connection', () => {
  const { map, send } = rig();
  const first = map.choose(span(0.333_333));
  send(first, 0, 5);
  const again = map.choose(span(5));

  for (const timescale of [1000, 44_100, 48_000, 90_000, 10_000_000]) {
    assert.equal(first.in(timescale), again.in(timescale));
  }
});

test('a cue on a connection of its own has the offset that its time fits', () => {
  const { map, clock, send } = rig();
  assert.equal(map.nearest(us(5)), undefined);
  const first = map.choose(span(100_000));
  send(first, 100_000, 60);
  clock.advance(10_000);
  const second = map.choose(span(0));
  send(second, 0, 20);

  assert.equal(map.nearest(us(25)), second);
  assert.equal(map.nearest(us(100_100)), first);
});
