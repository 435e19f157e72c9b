import { AppError } from '../../shared/app-error.ts';
import type { RunToEnd } from '../ports/process.ts';

/** A device that hangs must not keep the others from being shown. */
export const LISTING_TIMEOUT_MS = 3000;
const MAX_OUTPUT_BYTES = 1024 * 1024;
const MAX_LINES = 2000;

export type Listing = { readonly output: string; readonly lines: readonly string[] };

/**
 * Runs a program for what it says. ffmpeg ends its listings with an error, because it was given nothing to convert: any end will do.
 * Undefined when the program is not there or does not end in time.
 */
export async function listing(
  run: RunToEnd,
  executable: string,
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Listing | undefined> {
  const lines: string[] = [];
  try {
    const { stdout } = await run(
      {
        name: `list:${args[1] ?? executable}`,
        executable,
        args,
        stdin: 'none',
        stdout: 'pipe',
        pipes: [],
        priority: 'normal',
        secrets: [],
        quit: 'term',
        graceMs: 200,
      },
      {
        timeoutMs: LISTING_TIMEOUT_MS,
        maxOutputBytes: MAX_OUTPUT_BYTES,
        signal,
        onLine: (line) => {
          if (lines.length < MAX_LINES) {
            lines.push(line);
          }
        },
      },
    );
    return { output: new TextDecoder().decode(stdout), lines };
  } catch (error) {
    if (error instanceof AppError) {
      return error.code === 'process/exited' ? { output: '', lines } : undefined;
    }
    throw error;
  }
}
