import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { z } from 'zod';
import { type FuzzSeed, keepSeeds } from './seeds.ts';
import { FUZZ_TARGETS, type FuzzTarget } from './targets.ts';

// npm run fuzz [-- target …] [--seconds N]: every reader of what strangers send, each in a process with a small heap, at random seeds.

const SECONDS = 20;
/** A process that neither ends nor answers is a finding too. */
const GRACE_SECONDS = 60;
const HEAP_MEBIBYTES = 128;

const outcome = z.object({
  runs: z.number(),
  peakMb: z.number(),
  fault: z.string().nullable(),
  failures: z.array(
    z.object({
      target: z.string(),
      property: z.number(),
      seed: z.number(),
      path: z.string(),
      words: z.string(),
    }),
  ),
});
type Outcome = z.infer<typeof outcome>;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { seconds: { type: 'string' } } });
const seconds = Number(values.seconds ?? SECONDS);
const unknown = positionals.filter((name) => !FUZZ_TARGETS.some((target) => target.name === name));
if (unknown.length > 0 || !(seconds > 0)) {
  const known = FUZZ_TARGETS.map(({ name }) => name).join(', ');
  process.stderr.write(`npm run fuzz [-- target …] [--seconds N]; targets: ${known}\n`);
  process.exit(2);
}

const found: FuzzSeed[] = [];
let hasFailed = false;
for (const target of FUZZ_TARGETS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  const { runs, peakMb, fault, failures } = await fuzz(target);
  hasFailed ||= fault !== null || failures.length > 0;
  process.stdout.write(
    `${target.name}: ${runs} runs, ${peakMb} of ${target.mebibytes} MiB${fault === null ? '' : `; ${fault}`}\n`,
  );
  for (const { words, ...seed } of failures) {
    process.stdout.write(`  seed ${seed.seed}, path ${seed.path}\n${words}\n`);
    found.push(seed);
  }
}
await keepSeeds(found);
process.exitCode = hasFailed ? 1 : 0;

async function fuzz({ name }: FuzzTarget): Promise<Outcome> {
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        `--max-old-space-size=${HEAP_MEBIBYTES}`,
        join(import.meta.dirname, 'run-target.ts'),
        name,
        String(seconds),
      ],
      { timeout: (seconds + GRACE_SECONDS) * 1000, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 * 1024 },
    );
    return outcome.parse(JSON.parse(stdout));
  } catch (error) {
    // The heap was full, or it hung.
    const words = error instanceof Error ? error.message : String(error);
    return {
      runs: 0,
      peakMb: 0,
      fault: `the process did not come to its end: ${words.slice(0, 2000)}`,
      failures: [],
    };
  }
}
