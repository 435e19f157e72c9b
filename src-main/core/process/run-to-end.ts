import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../shared/app-error.ts';
import type { ChildSpec, RunOptions, RunResult, SpawnChild } from '../ports/process.ts';
import { exitError, withLastLines } from './exit-error.ts';

/** A short run of a tool: output on stdout, nothing asked of it. */
export function toolSpec(name: string, executable: string, args: readonly string[]): ChildSpec {
  return {
    name,
    executable,
    args,
    stdin: 'none',
    stdout: 'pipe',
    pipes: [],
    priority: 'normal',
    secrets: [],
    quit: 'term',
    graceMs: 500,
  };
}

/** See `RunToEnd` in the port. What does not end in time, says too much or is not wanted any more is killed: nothing of it is of use. */
export async function runToEnd(
  { spawn, clock }: { readonly spawn: SpawnChild; readonly clock: Clock },
  spec: ChildSpec,
  options: RunOptions,
): Promise<RunResult> {
  throwIfAborted(options.signal);
  const child = await spawn(spec);
  const chunks: Uint8Array[] = [];
  let length = 0;
  let fault: Error | undefined;

  function giveUp(error: Error): void {
    fault ??= error;
    child.kill();
  }
  const onAbort = (): void => giveUp(abortReason(options.signal));

  child.stdout?.on('data', (chunk: Uint8Array) => {
    length += chunk.byteLength;
    if (length > options.maxOutputBytes) {
      chunks.length = 0;
      giveUp(tooMuchOutput(spec.name, options.maxOutputBytes));
    } else {
      chunks.push(chunk);
    }
  });
  child.stdin?.end(options.stdin);
  if (options.onLine !== undefined) {
    child.lines.on(options.onLine);
  }
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const timer = clock.after(options.timeoutMs, () => giveUp(tookTooLong(spec.name, options.timeoutMs)));
  if (options.signal?.aborted === true) {
    onAbort();
  }

  const exit = await child.exited;
  timer[Symbol.dispose]();
  options.signal?.removeEventListener('abort', onAbort);

  if (fault !== undefined) {
    throw fault instanceof AppError ? withLastLines(fault, exit.lastLines) : fault;
  }
  if (exit.code === null || !(options.successCodes ?? [0]).includes(exit.code)) {
    throw exitError(spec.name, exit);
  }
  return { stdout: Buffer.concat(chunks), lastLines: exit.lastLines };
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) {
    throw abortReason(signal);
  }
}

function abortReason(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new Error('aborted');
}

function tookTooLong(name: string, timeoutMs: number): AppError {
  return new AppError('process/stalled', `${name} did not end within ${timeoutMs / 1000} s.`, {
    details: { name, timeoutMs },
  });
}

function tooMuchOutput(name: string, maxOutputBytes: number): AppError {
  return new AppError('process/unusable', `${name} wrote more than ${maxOutputBytes} bytes.`, {
    details: { name, maxOutputBytes },
  });
}
