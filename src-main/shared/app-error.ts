import { ERROR_CODES, type ErrorCode, type Severity } from './error-codes.ts';

/** Flat facts about one failure. Never a key, a stream key, a token or a URL that holds one. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/**
 * A failure that somebody outside the code has to know about. `message` is one or two English sentences: what happened, what is safe, what
 * to do; the page translates by `code` and `details` and falls back on it.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly details?: ErrorDetails; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.details = options.details ?? {};
  }

  get severity(): Severity {
    return ERROR_CODES[this.code].severity;
  }

  get status(): number {
    return ERROR_CODES[this.code].status;
  }
}

/** Any thrown value as an `AppError`: what is not one yet is a mistake of ours and says so. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) {
    return error;
  }
  const words = error instanceof Error ? error.message : String(error);
  return new AppError('service/internal', `Lectern made a mistake: ${words}`, { cause: error });
}
