// Stands in for a recogniser of speech: it understands beeps. For each it writes when it was, and how high: `beep 400` of 400 Hz, in German `ton 400`.
// `--die-at SECONDS`: ends with an error when it has heard so much, `--hang-at`: reads nothing more. `--log FILE`: notes each start there.
import { appendFileSync } from 'node:fs';
import process from 'node:process';

const SAMPLE_RATE = 16_000;
const STEP = SAMPLE_RATE / 100;
const LOUD = 1000;
/** A tone has pauses of a sample or two at its zeros. */
const PAUSE_STEPS = 5;

function option(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}

const language = option('--language') ?? 'und';
const word = language.startsWith('de') ? 'ton' : 'beep';
const dieAt = Number(option('--die-at') ?? Number.POSITIVE_INFINITY);
const hangAt = Number(option('--hang-at') ?? Number.POSITIVE_INFINITY);
const log = option('--log');
if (log !== undefined) {
  appendFileSync(log, `${process.pid} ${language} ${option('--rate')}\n`);
}

type Beep = { readonly start: number; end: number; waves: number };

let rest: Buffer = Buffer.alloc(0);
let steps = 0;
let beep: Beep | undefined;
let quiet = 0;
let last = 0;

process.stdout.write(`listening in ${language}\n`);
process.stdin.on('data', (chunk: Buffer) => {
  rest = Buffer.concat([rest, chunk]);
  for (; rest.length >= 2 * STEP; rest = rest.subarray(2 * STEP)) {
    take(rest.subarray(0, 2 * STEP));
  }
});
process.stdin.on('end', finish);

function take(step: Buffer): void {
  const now = steps / 100;
  steps += 1;
  if (now >= dieAt) {
    process.stderr.write('the model broke\n');
    process.exit(3);
  }
  if (now >= hangAt) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  let loud = 0;
  let waves = 0;
  for (let at = 0; at < step.length; at += 2) {
    const sample = step.readInt16LE(at);
    loud = Math.max(loud, Math.abs(sample));
    waves += sample > 0 && last <= 0 ? 1 : 0;
    last = sample;
  }
  if (loud > LOUD) {
    beep ??= { start: now, end: now, waves: 0 };
    beep.end = now + 0.01;
    beep.waves += waves;
    quiet = 0;
    return;
  }
  quiet += 1;
  if (beep !== undefined && quiet >= PAUSE_STEPS) {
    finish();
  }
  if (beep === undefined && steps % 50 === 0) {
    process.stdout.write(`${JSON.stringify({ until: steps / 100 - 0.1 })}\n`);
  }
}

function finish(): void {
  if (beep !== undefined) {
    const { start, end, waves } = beep;
    beep = undefined;
    const hertz = Math.round(waves / (end - start) / 100) * 100;
    process.stdout.write(`${JSON.stringify({ start, end, text: `${word} ${hertz}`, final: true })}\n`);
  }
}
