import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('nothing that comes in from outside fills a heap of 64 MB or takes long', () => {
  const script = fileURLToPath(new URL('read-hostile-streams.ts', import.meta.url));

  const output = execFileSync(process.execPath, ['--max-old-space-size=64', script], {
    encoding: 'utf8',
    timeout: 300_000,
    stdio: ['ignore', 'pipe', 'inherit'],
  });

  const cost: unknown = JSON.parse(output);
  assert(typeof cost === 'object' && cost !== null);
  assert('refused' in cost && 'slowestMs' in cost && 'peakMebibytes' in cost && 'waitingMebibytes' in cost);
  const { refused, slowestMs, peakMebibytes, waitingMebibytes } = cost;
  assert(typeof refused === 'number' && refused > 10_000, `${String(refused)} refusals`);
  // 31 MiB of the smallest boxes there are, read four times over.
  assert(typeof slowestMs === 'number' && slowestMs < 5000, `${String(slowestMs)} ms for one stream`);
  // 500 readers that were promised 32 MiB each hold 64 KiB each, and the last of the large streams may not be collected yet.
  assert(
    typeof waitingMebibytes === 'number' && waitingMebibytes < 256,
    `${String(waitingMebibytes)} MiB for waiting`,
  );
  // The runtime itself takes about 100; the rest is one stream of 31 MiB and what the reader holds of it.
  assert(typeof peakMebibytes === 'number' && peakMebibytes < 512, `${String(peakMebibytes)} MiB at the peak`);
});
