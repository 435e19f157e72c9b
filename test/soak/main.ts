import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runSoak } from './soak.ts';
import { faultsOf, printFindings } from './verdict.ts';

// npm run soak -- --hours N | --minutes N [--seed N]: a service under encoders that come and go, until something is lost or grows.

const USAGE =
  'npm run soak -- [--hours N] [--minutes N] [--seed N]; fractions are allowed, a minute is the least\n';

const wanted = readOptions();
if (wanted === undefined) {
  process.stderr.write(USAGE);
  process.exit(2);
}
const { seconds, seed } = wanted;
const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => stopping.abort());
}
process.stdout.write(`${(seconds / 60).toFixed(1)} min, seed ${seed}\n\n`);
const findings = await runSoak({
  seconds,
  seed,
  tell: (words) => process.stdout.write(`${words}\n`),
  signal: stopping.signal,
});
const faults = faultsOf(findings);
process.stdout.write(`at the end\n${printFindings(findings)}\n\n`);
process.stdout.write(faults.length === 0 ? 'nothing lost, nothing grew\n' : `${faults.join('\n')}\n`);
process.stdout.write(`seed ${seed}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;

function readOptions(): { readonly seconds: number; readonly seed: number } | undefined {
  try {
    const { values } = parseArgs({
      options: { hours: { type: 'string' }, minutes: { type: 'string' }, seed: { type: 'string' } },
    });
    const asked = Number(values.hours ?? 0) * 3600 + Number(values.minutes ?? 0) * 60;
    const drawn = values.seed === undefined ? randomInt(2 ** 32) : Number(values.seed);
    const isGiven = values.hours !== undefined || values.minutes !== undefined;
    const length = isGiven ? asked : 600;
    return length >= 60 && Number.isInteger(drawn) ? { seconds: length, seed: drawn } : undefined;
  } catch {
    return undefined;
  }
}
