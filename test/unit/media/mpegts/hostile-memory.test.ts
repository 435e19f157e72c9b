import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('no transport stream and no cue fills a heap of 64 MB, takes long, or ends in anything but a refusal', () => {
  const script = fileURLToPath(new URL('read-hostile-streams.ts', import.meta.url));

  const output = execFileSync(process.execPath, ['--max-old-space-size=64', script], {
    encoding: 'utf8',
    timeout: 120_000,
    stdio: ['ignore', 'pipe', 'inherit'],
  });

  const cost: unknown = JSON.parse(output);
  assert.ok(typeof cost === 'object' && cost !== null);
  assert.ok('samples' in cost && 'refused' in cost && 'slowestMs' in cost && 'peakMebibytes' in cost);
  const { samples, refused, slowestMs, peakMebibytes } = cost;
  assert.ok(typeof samples === 'number' && samples > 10_000, `${String(samples)} samples and cues`);
  assert.ok(typeof refused === 'number' && refused > 5000, `${String(refused)} refusals`);
  // The 120 MiB of pictures without end.
  assert.ok(typeof slowestMs === 'number' && slowestMs < 8000, `${String(slowestMs)} ms for one stream`);
  // A dozen pictures of 8 MiB, and what the runtime takes.
  assert.ok(typeof peakMebibytes === 'number' && peakMebibytes < 400, `${String(peakMebibytes)} MiB at the peak`);
});
