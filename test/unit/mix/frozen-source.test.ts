import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freezeSource } from '../../../src-main/core/mix/frozen-source.ts';
import { isMixerCommand } from '../../../src-main/core/mix/messages.ts';
import { openTestSource, type Source } from '../../../src-main/core/mix/source.ts';

const CANVAS = { width: 64, height: 36, frameRate: { numerator: 30, denominator: 1 } };

function moving(): Source {
  return openTestSource(
    {
      id: 'cam',
      label: 'Camera',
      hasVideo: true,
      hasAudio: true,
      input: { kind: 'test' },
      rejectBlack: false,
    },
    CANVAS,
  );
}

test('a frozen source shows its last picture for a while and then none, as a camera that stands still', () => {
  const source = moving();
  const frozen = freezeSource(source, 1000);

  const first = frozen.pictureAt(1, 1000, 0);
  const bytes = Buffer.from(first?.picture.bytes ?? []);
  // The real one goes on, into the same buffer.
  source.pictureAt(40, 1500, 1_000_000);
  const second = frozen.pictureAt(2, 1500, 500);
  const states = [1100, 1600, 3000].map((nowMs) => frozen.status(nowMs).state);

  assert.equal(second?.version, first?.version);
  assert.deepEqual(second?.picture.bytes, bytes);
  assert.equal(frozen.pictureAt(3, 3000, 2000), undefined);
  assert.deepEqual(states, ['live', 'held', 'lost']);
});

test('its sound goes on, and what is really wrong with it is still told', async () => {
  const out = new Float32Array(2 * 480);
  const frozen = freezeSource(moving(), 1000);
  const broken: Source = {
    ...moving(),
    status: () => ({ state: 'failed', frameRate: undefined, restarts: 3, fault: undefined }),
  };

  assert.equal(frozen.readSound(out, 480, 2000, 0), true);
  assert.equal(freezeSource(broken, 1000).status(1100).state, 'failed');
  await frozen[Symbol.asyncDispose]();
});

test('a fault is only taken from the link in a form that there is', () => {
  const given = (fault: unknown): boolean => isMixerCommand({ type: 'drill', fault });

  assert.deepEqual([{ kind: 'freeze', source: 'cam' }, { kind: 'crash-encoder' }, { kind: 'none' }].map(given), [
    true,
    true,
    true,
  ]);
  assert.deepEqual([{ kind: 'freeze' }, { kind: 'rm -rf' }, undefined].map(given), [false, false, false]);
});
