import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { FUZZ_TARGETS } from './targets.ts';

// One target in a process of its own: arguments are its name and for how many seconds. Prints what came of it as one line of JSON.

const [name, seconds] = process.argv.slice(2);
const target = FUZZ_TARGETS.find((one) => one.name === name);
if (target === undefined) {
  throw new Error(`no target ${name ?? ''}`);
}
/** Runs of one seed: few enough that time is kept, and that a counterexample is found again soon. */
const RUNS = 500;

const failures: { target: string; property: number; seed: number; path: string; words: string }[] = [];
let runs = 0;
let peakMb = 0;
let fault: string | undefined;
{
  await using opened = await target.open();
  const residentMb = opened.residentMb ?? ((): number => process.memoryUsage().rss / 2 ** 20);
  const untilMs = performance.now() + Number(seconds) * 1000;
  while (performance.now() < untilMs && failures.length === 0 && fault === undefined) {
    for (const [property, one] of opened.properties.entries()) {
      const seed = randomInt(2 ** 31);
      const found = await fc.check(one, {
        seed,
        numRuns: RUNS,
        interruptAfterTimeLimit: Math.max(1, untilMs - performance.now()),
      });
      runs += found.numRuns;
      // One that was only interrupted has no counterexample.
      if (found.failed && found.counterexamplePath !== null) {
        const why = found.errorInstance instanceof Error ? (found.errorInstance.stack ?? '') : '';
        const words = `${fc.defaultReportMessage(found)}\n${why}`;
        failures.push({ target: target.name, property, seed, path: found.counterexamplePath, words });
      }
      peakMb = Math.max(peakMb, residentMb());
    }
    fault = opened.fault?.();
  }
}
if (peakMb > target.mebibytes) {
  fault = `${Math.round(peakMb)} MiB, and ${target.mebibytes} are allowed`;
}
process.stdout.write(`${JSON.stringify({ runs, peakMb: Math.round(peakMb), fault: fault ?? null, failures })}\n`);
