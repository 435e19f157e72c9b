import { AppError } from '../../shared/app-error.ts';
import type { ChildExit } from '../ports/process.ts';

/** `code 3` or `SIGSEGV`. */
export function exitReason(exit: Pick<ChildExit, 'code' | 'signal'>): string {
  return exit.signal ?? `code ${exit.code ?? 'unknown'}`;
}

/** An end that nobody asked for, with the child's last words. */
export function exitError(name: string, exit: ChildExit): AppError {
  const reason = exitReason(exit);
  const lastWords = exit.lastLines.at(-1);
  return new AppError(
    'process/exited',
    `${name} ended unexpectedly (${reason})${lastWords === undefined ? '.' : `: ${lastWords}`}`,
    { details: { name, reason, lastLines: exit.lastLines } },
  );
}

/** A failure of ours to find fault with a child, together with what the child said about it. */
export function withLastLines(error: AppError, lastLines: readonly string[]): AppError {
  return new AppError(error.code, error.message, { details: { ...error.details, lastLines }, cause: error.cause });
}

/** Why a program could not be started at all. */
export function startError(name: string, executable: string, cause: unknown): AppError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
  const details = { name, executable, reason: code };
  switch (code) {
    case 'ENOENT':
      return new AppError('process/not-found', `${executable} was not found, so ${name} cannot run.`, {
        details,
        cause,
      });
    // The machine is short of processes, files or memory at this moment; the program itself may be fine.
    case 'EAGAIN':
    case 'EMFILE':
    case 'ENFILE':
    case 'ENOMEM':
      return new AppError(
        'process/exited',
        `${name} could not be started for now: the computer is out of room for it (${code}).`,
        {
          details,
          cause,
        },
      );
    default:
      return new AppError('process/unusable', `${executable} cannot be run (${code}), so ${name} cannot run.`, {
        details,
        cause,
      });
  }
}
