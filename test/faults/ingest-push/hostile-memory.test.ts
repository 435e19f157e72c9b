import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('nothing that an encoder pushes fills a heap of 64 MB or takes long', () => {
  const script = fileURLToPath(new URL('read-hostile-pushes.ts', import.meta.url));

  const output = execFileSync(process.execPath, ['--max-old-space-size=64', script], {
    encoding: 'utf8',
    timeout: 300_000,
    stdio: ['ignore', 'pipe', 'inherit'],
  });

  const cost: unknown = JSON.parse(output);
  assert(typeof cost === 'object' && cost !== null);
  assert('refused' in cost && 'cues' in cost && 'slowestMs' in cost && 'peakMebibytes' in cost);
  const { refused, cues, slowestMs, peakMebibytes } = cost;
  assert(typeof refused === 'number' && refused > 2000, `${String(refused)} refusals`);
  assert(typeof cues === 'number' && cues > 100_000, `${String(cues)} cues`);
  // 16 MiB of the smallest things there are.
  assert(typeof slowestMs === 'number' && slowestMs < 10_000, `${String(slowestMs)} ms for one stream`);
  assert(typeof peakMebibytes === 'number' && peakMebibytes < 400, `${String(peakMebibytes)} MiB at the peak`);
});
