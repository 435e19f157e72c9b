import { type Clock, sleep } from '../../base/clock.ts';
import { toAppError } from '../../shared/app-error.ts';
import type { Child, SpawnChild } from '../ports/process.ts';
import type { RecogniserTrial } from '../ports/service.ts';
import { BYTES_PER_MS, recogniserSpec } from './command.ts';

/** Long enough for a program that lacks its model to say so. */
const TRIAL_MS = 3000;

/** Starts a recogniser and lets it hear a second of silence: one that is still there after a while works, as far as that can tell. */
export async function tryRecogniser(
  command: readonly [string, ...string[]],
  { spawn, clock }: { readonly spawn: SpawnChild; readonly clock: Clock },
): Promise<RecogniserTrial> {
  let child: Child;
  try {
    child = await spawn(recogniserSpec('recogniser', command, 'en-US'));
  } catch (error) {
    return { works: false, detail: toAppError(error).message };
  }
  const over = new AbortController();
  child.stdout?.resume();
  child.stdin?.write(new Uint8Array(1000 * BYTES_PER_MS));
  const exit = await Promise.race([child.exited, waited(clock, over.signal)]);
  over.abort();
  await child.stop();
  return exit === undefined
    ? { works: true, detail: command.join(' ') }
    : {
        works: false,
        detail: `${command[0]} ended at once (${exit.signal ?? `code ${exit.code ?? 'unknown'}`})${exit.lastLines.length === 0 ? '' : `: ${exit.lastLines.at(-1)}`}`,
      };
}

async function waited(clock: Clock, signal: AbortSignal): Promise<undefined> {
  try {
    await sleep(clock, TRIAL_MS, signal);
  } catch {
    // It has ended before.
  }
  return undefined;
}
