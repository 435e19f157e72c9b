import { AppError, type ErrorDetails } from '../shared/app-error.ts';

/**
 * Bytes that break the rules of their format. `what` is the box or unit, `offset` its first byte in the file or stream it came from,
 * `problem` the rest of the sentence, `more` what a program may want to know besides.
 */
export function malformed(what: string, offset: number, problem: string, more: ErrorDetails = {}): AppError {
  return new AppError('media/malformed', `The ${what} at byte ${offset} ${problem}.`, {
    details: { box: what, offset, problem, ...more },
  });
}

/** Bytes that may be right, but of a kind this program has no use for. */
export function unsupported(what: string, offset: number, problem: string, more: ErrorDetails = {}): AppError {
  return new AppError('media/unsupported', `The ${what} at byte ${offset} ${problem}.`, {
    details: { box: what, offset, problem, ...more },
  });
}
