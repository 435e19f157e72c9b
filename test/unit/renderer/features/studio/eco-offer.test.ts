import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StudioState } from '../../../../../src-main/shared/api/studio.ts';
import { offerFor } from '../../../../../src-renderer/features/studio/eco-model.ts';

const LARGE = [
  { width: 1280, height: 720, bitrate: 2_500_000 },
  { width: 960, height: 540, bitrate: 1_000_000 },
  { width: 640, height: 360, bitrate: 400_000 },
];
const SMALL = [{ width: 854, height: 480, bitrate: 1_200_000 }];

function studio(values: {
  readonly phase?: StudioState['phase'];
  readonly choice?: StudioState['ladder']['choice'];
  readonly layers?: StudioState['ladder']['layers'];
}) {
  const { phase = 'off-air', choice = { kind: 'auto' }, layers = LARGE } = values;
  return { phase, ladder: { choice, layers, frameRate: 30 } };
}

test('on battery a smaller ladder is offered, unless this one is as small already', () => {
  assert.equal(offerFor(studio({}), true), 'eco');
  assert.equal(offerFor(studio({ layers: SMALL }), true), undefined);
  assert.equal(offerFor(studio({ choice: { kind: 'preset', preset: 'Eco' } }), true), undefined);
});

test('plugged in again the full one is offered to who had taken the small one, and to nobody else', () => {
  assert.equal(offerFor(studio({ choice: { kind: 'preset', preset: 'Eco' } }), false), 'full');
  assert.equal(offerFor(studio({}), false), undefined);
});

test('it is offered while it is live too: then for the next broadcast', () => {
  for (const phase of ['rehearsing', 'starting', 'live', 'reconnecting', 'ending'] as const) {
    assert.equal(offerFor(studio({ phase }), true), 'eco', phase);
  }
});
