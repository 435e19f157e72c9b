import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  CONGESTION_POLICY,
  type CongestionState,
  startCongestion,
  watchCongestion,
} from '../../../src-main/core/publish/congestion.ts';

/** 720p, 540p and 360p with their sound. */
const RUNGS = [2_628_000, 1_128_000, 528_000];
const EVERY_MS = 500;

/** A network of so many bit/s, and what a push makes of it: what is sent beyond that waits. */
function network(rungs = RUNGS) {
  let nowMs = 0;
  let queueBits = 0;
  let state: CongestionState = startCongestion(0);
  const changes: { atMs: number; change: string; rung: number }[] = [];
  return {
    changes,
    state: () => state,
    queueSeconds: () => queueBits / (rungs[state.rung] ?? 1),
    run(forMs: number, takesBitrate: number) {
      for (const untilMs = nowMs + forMs; nowMs < untilMs; ) {
        nowMs += EVERY_MS;
        const bitrate = rungs[state.rung] ?? 0;
        const made = queueBits + (bitrate * EVERY_MS) / 1000;
        const sent = Math.min(made, (takesBitrate * EVERY_MS) / 1000);
        // As the push does: more than 8 s are never kept.
        queueBits = Math.min(made - sent, 8 * bitrate);
        const sample = { atMs: nowMs, queueSeconds: queueBits / bitrate, sentBitrate: (sent * 1000) / EVERY_MS };
        const result = watchCongestion(state, sample, rungs);
        state = result.state;
        if (result.change !== undefined) {
          changes.push({ atMs: nowMs, change: result.change, rung: state.rung });
        }
      }
    },
    sleep(forMs: number) {
      nowMs += forMs;
    },
  };
}

test('a network that takes everything is left alone', () => {
  const line = network();

  line.run(600_000, 10_000_000);

  assert.deepEqual(line.changes, []);
});

test('one that takes less gets the first quality that fits what gets through, within seconds, and what waited gets less', () => {
  const line = network();
  line.run(10_000, 10_000_000);

  line.run(20_000, 1_500_000);

  assert.deepEqual(
    line.changes.map(({ change, rung }) => [change, rung]),
    [['down', 1]],
  );
  assert.ok((line.changes[0]?.atMs ?? Infinity) <= 17_000, `${line.changes[0]?.atMs}`);
  assert.ok(line.queueSeconds() < 0.5, `${line.queueSeconds()}`);
});

test('one that takes next to nothing gets the lowest at once', () => {
  const line = network();
  line.run(10_000, 10_000_000);

  line.run(12_000, 50_000);

  assert.deepEqual(
    line.changes.map(({ change, rung }) => [change, rung]),
    [['down', 2]],
  );
});

test('a hiccup of a second changes nothing', () => {
  const line = network();
  line.run(10_000, 10_000_000);

  for (let hiccup = 0; hiccup < 10; hiccup += 1) {
    line.run(1000, 0);
    line.run(4000, 10_000_000);
  }

  assert.deepEqual(line.changes, []);
});

test('when there is room again it goes up one quality at a time, each after a calm while', () => {
  const line = network();
  line.run(10_000, 10_000_000);
  line.run(10_000, 50_000);

  line.run(90_000, 10_000_000);

  assert.deepEqual(
    line.changes.map(({ change, rung }) => [change, rung]),
    [
      ['down', 2],
      ['up', 1],
      ['up', 0],
    ],
  );
  const [, first, second] = line.changes;
  assert.ok((second?.atMs ?? 0) - (first?.atMs ?? 0) >= CONGESTION_POLICY.firstWaitMs);
});

test('a step up that did not last makes the next wait twice as long, up to five minutes; one that lasted makes it short again', () => {
  const line = network();
  line.run(10_000, 10_000_000);

  line.run(30 * 60_000, 1_500_000);
  const ups = line.changes.filter(({ change }) => change === 'up').map(({ atMs }) => atMs);
  assert.ok(ups.length >= 6 && ups.length <= 9, `${ups.length} in half an hour`);
  assert.equal(line.state().waitMs, CONGESTION_POLICY.longestWaitMs);

  line.run(20 * 60_000, 10_000_000);
  assert.equal(line.state().rung, 0);
  assert.equal(line.state().waitMs, CONGESTION_POLICY.firstWaitMs);
});

test('a new connection goes on with the quality that the last one had', () => {
  const line = network();
  line.run(10_000, 10_000_000);
  line.run(10_000, 50_000);

  assert.equal(startCongestion(99_000, line.state()).rung, 2);
});

test('a computer that slept is not judged by what was before', () => {
  const line = network();
  line.run(10_000, 10_000_000);
  line.run(2000, 0);

  line.sleep(3_600_000);
  line.run(3000, 10_000_000);

  assert.deepEqual(line.changes, []);
});

test('with a single quality, or none, there is nothing to choose', () => {
  for (const rungs of [[2_628_000], []]) {
    const line = network(rungs);
    line.run(60_000, 50_000);
    assert.deepEqual(line.changes, []);
  }
});

test('qualities that are gone are not chosen', () => {
  const state: CongestionState = { ...startCongestion(0), rung: 5 };

  const result = watchCongestion(state, { atMs: 500, queueSeconds: 0, sentBitrate: 0 }, RUNGS);

  assert.equal(result.state.rung, 2);
});

test('whatever the network does: it stays within the qualities, goes up one at a time, and not more often than it waits', () => {
  const weather = fc.array(
    fc.record({ forMs: fc.integer({ min: 500, max: 60_000 }), takes: fc.integer({ min: 0, max: 6_000_000 }) }),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(weather, (parts) => {
      const line = network();
      for (const { forMs, takes } of parts) {
        line.run(forMs, takes);
      }

      let rung = 0;
      let changedAtMs = -Infinity;
      for (const { atMs, change, rung: next } of line.changes) {
        assert.ok(next >= 0 && next < RUNGS.length);
        assert.equal(change === 'up' ? next === rung - 1 : next > rung, true);
        assert.ok(
          atMs - changedAtMs >= (change === 'up' ? CONGESTION_POLICY.firstWaitMs : CONGESTION_POLICY.settleMs),
        );
        rung = next;
        changedAtMs = atMs;
      }
    }),
  );
});
