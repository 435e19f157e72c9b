import { AppError } from '../../shared/app-error.ts';
import type { ErrorCode } from '../../shared/error-codes.ts';

/** One field of a request and what is wrong with it, as problem documents list them (RFC 9457 §3 calls such a list an extension member). */
export type FieldError = { readonly field: string; readonly message: string };

/** A request that names something wrong in itself. Its message is made of the fields, so that a log line or a shell needs nothing else. */
export class RequestError extends AppError {
  readonly errors: readonly FieldError[];

  constructor(code: Extract<ErrorCode, `request/${string}`>, errors: readonly FieldError[]) {
    super(code, errors.map(sentenceOf).join(' '), { details: { fields: errors.map(({ field }) => field) } });
    this.errors = errors;
  }
}

function sentenceOf({ field, message }: FieldError): string {
  return `${field} ${message}.`;
}
