import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOnAir, nextPhase, refusal, type StudioEvent } from '../../../src-main/core/studio/phase.ts';
import type { StudioPhase } from '../../../src-main/shared/api/studio.ts';

const PHASES: readonly StudioPhase[] = ['off-air', 'rehearsing', 'starting', 'live', 'reconnecting', 'ending'];
const EVENTS: readonly StudioEvent[] = [
  'rehearse',
  'go-live',
  'first-chunk',
  'no-chunks',
  'chunks-again',
  'end',
  'undo-end',
  'ended',
];

/** The drawing of the state machine, written once more as a table. */
const EXPECTED: readonly (readonly [StudioPhase, StudioEvent, StudioPhase])[] = [
  ['off-air', 'rehearse', 'rehearsing'],
  ['off-air', 'go-live', 'starting'],
  ['rehearsing', 'go-live', 'starting'],
  ['rehearsing', 'ended', 'off-air'],
  ['starting', 'first-chunk', 'live'],
  ['starting', 'end', 'ending'],
  ['starting', 'ended', 'off-air'],
  ['live', 'no-chunks', 'reconnecting'],
  ['live', 'end', 'ending'],
  ['live', 'ended', 'off-air'],
  ['reconnecting', 'chunks-again', 'live'],
  ['reconnecting', 'end', 'ending'],
  ['reconnecting', 'ended', 'off-air'],
  ['ending', 'undo-end', 'live'],
  ['ending', 'ended', 'off-air'],
];

test('every event leads where it is drawn, and nowhere else from anywhere', () => {
  for (const phase of PHASES) {
    for (const event of EVENTS) {
      const expected = EXPECTED.find(([from, by]) => from === phase && by === event)?.[2];

      assert.equal(nextPhase(phase, event), expected, `${phase} ${event}`);
    }
  }
});

test('a presenter who asks for what is not possible is told why in the words of the phase', () => {
  assert.equal(refusal('live', 'go-live').code, 'live/already-live');
  assert.match(refusal('ending', 'go-live').message, /Undo the end/);
  assert.equal(refusal('off-air', 'end').code, 'live/not-live');
  assert.equal(refusal('live', 'undo-end').code, 'live/nothing-to-undo');
});

test('a rehearsal is not on air, an end that can be undone is', () => {
  assert.deepEqual(PHASES.filter(isOnAir), ['starting', 'live', 'reconnecting', 'ending']);
});
