import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSeparateCount, separateInputs } from '../../../src-main/core/studio/separate-inputs.ts';
import type { AudioInput } from '../../../src-main/shared/api/studio.ts';
import { type SeparateTrackChoice, UNTREATED } from '../../../src-main/shared/sound-limits.ts';

function input(id: string, separateTrack: SeparateTrackChoice): AudioInput {
  return { id, label: `The ${id}`, gainDb: 0, muted: false, ...UNTREATED, separateTrack };
}

const INPUTS = [input('a', 'off'), input('b', 'unless-muted'), input('c', 'always')];

test('the recording says whether none, the chosen or all inputs are recorded by themselves', () => {
  const chosen = (wanted: 'off' | 'chosen' | 'all') => separateInputs(INPUTS, wanted).map(({ id }) => id);

  assert.deepEqual([chosen('off'), chosen('chosen'), chosen('all')], [[], ['b', 'c'], ['a', 'b', 'c']]);
});

test('what is muted is recorded only of an input of which that was chosen by hand', () => {
  assert.deepEqual(
    separateInputs(INPUTS, 'all').map(({ evenMuted }) => evenMuted),
    [false, false, true],
  );
});

test('of more than eight the first are recorded, and a ninth cannot be chosen', () => {
  const many = Array.from({ length: 9 }, (_, index) => input(`mic-${index}`, 'unless-muted'));

  assert.equal(separateInputs(many, 'all').length, 8);
  checkSeparateCount(many.slice(1));
  assert.throws(() => checkSeparateCount(many), { code: 'resource/quota' });
});
