import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UNTREATED } from '../../../src-main/shared/sound-limits.ts';
import type { Lectern } from '../../support/lectern-process.ts';
import { openStage, until } from '../../support/studio-stage.ts';

const SETTINGS = {
  gainDb: -6,
  muted: false,
  ...UNTREATED,
  delayMs: 120,
  channels: 'mono',
  highPass: true,
  separateTrack: 'unless-muted',
} as const;

test('sound is set through the API, heard in the mixer, and still so after a crash', {
  timeout: 120_000,
}, async () => {
  await using stage = await openStage();
  const { lectern } = stage;
  await lectern.call('putSources', { body: { sources: [{ id: 'test', kind: 'test' }] } });

  const changed = await lectern.call('patchAudio', { params: { input: 'test' }, body: SETTINGS });
  const target = await lectern.call('patchSound', { body: { loudnessTarget: -18 } });

  assert.deepEqual(changed, { id: 'test', label: changed.label, ...SETTINGS });
  assert.deepEqual(target, { loudnessTarget: -18, warnings: [] });
  // The test source beeps at −20 dBFS in both channels.
  await until('its level is that of the gain', () => isHeard(lectern), 60_000);
  await assert.rejects(
    lectern.call('patchAudio', { params: { input: 'test' }, body: { delayMs: 2001 } }),
    /delayMs must be at most 2000/,
  );
  await assert.rejects(lectern.call('patchAudio', { params: { input: 'nobody' }, body: { muted: true } }), {
    code: 'resource/not-found',
  });

  await lectern.kill();
  const again = await stage.restart();

  const { inputs, loudnessTarget } = await again.call('getSound', {});
  assert.deepEqual(
    inputs.map(({ label: _label, ...input }) => input),
    [{ id: 'test', ...SETTINGS }],
  );
  assert.equal(loudnessTarget, -18);
  await until('the new mixer has it, too', () => isHeard(again), 60_000);
});

async function isHeard({ call }: Lectern): Promise<true | undefined> {
  const { levels } = await call('getSound', {});
  const { peakDb } = levels.find(({ id }) => id === 'test') ?? { peakDb: -120 };
  return Math.abs(peakDb + 26) < 0.5 ? true : undefined;
}
