import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSoak } from '../soak/soak.ts';
import { faultsOf, printFindings } from '../soak/verdict.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';

const SECONDS = 60;
const skip = missingPrograms('ffmpeg') || (process.platform === 'linux' ? false : 'looks into /proc');

test('82: encoders come and go, and nothing is lost, comes twice, drifts or grows', { skip }, async () => {
  const findings = await runSoak({ seconds: SECONDS, seed: 82, tell: () => undefined });

  assert.deepEqual(faultsOf(findings), [], printFindings(findings));
});
