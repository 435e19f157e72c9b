import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runAccelerated } from './accelerated.ts';
import { runSoak } from './soak.ts';
import { faultsOf, printFindings } from './verdict.ts';

// npm run soak -- --hours N | --minutes N [--seed N]: a service under encoders that come and go, until something is lost or grows.
// With --accelerated the parts between door and viewer, in this process, on a clock of their own: 24 hours in some minutes.

const USAGE =
  'npm run soak -- [--accelerated] [--hours N] [--minutes N] [--seed N]; fractions are allowed, a minute is the least\n';

const wanted = readOptions();
if (wanted === undefined) {
  process.stderr.write(USAGE);
  process.exit(2);
}
const { seconds, seed, isAccelerated } = wanted;
const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => stopping.abort());
}
process.stdout.write(`${(seconds / 60).toFixed(1)} min, seed ${seed}\n\n`);
const around = { seed, tell: (words: string) => void process.stdout.write(`${words}\n`), signal: stopping.signal };
const faults = isAccelerated ? await runAccelerated({ hours: seconds / 3600, ...around }) : await runRealTime();
process.stdout.write(faults.length === 0 ? 'nothing lost, nothing grew\n' : `${faults.join('\n')}\n`);
process.stdout.write(`seed ${seed}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;

async function runRealTime(): Promise<readonly string[]> {
  const findings = await runSoak({ seconds, ...around });
  process.stdout.write(`at the end\n${printFindings(findings)}\n\n`);
  return faultsOf(findings);
}

function readOptions():
  | { readonly seconds: number; readonly seed: number; readonly isAccelerated: boolean }
  | undefined {
  try {
    const { values } = parseArgs({
      options: {
        accelerated: { type: 'boolean', default: false },
        hours: { type: 'string' },
        minutes: { type: 'string' },
        seed: { type: 'string' },
      },
    });
    const asked = Number(values.hours ?? 0) * 3600 + Number(values.minutes ?? 0) * 60;
    const drawn = values.seed === undefined ? randomInt(2 ** 32) : Number(values.seed);
    const isGiven = values.hours !== undefined || values.minutes !== undefined;
    const isAccelerated = values.accelerated;
    const length = isGiven ? asked : isAccelerated ? 86_400 : 600;
    return length >= 60 && Number.isInteger(drawn) ? { seconds: length, seed: drawn, isAccelerated } : undefined;
  } catch {
    return undefined;
  }
}
