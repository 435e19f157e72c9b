import type { Problem } from '../../shared/api/common.ts';
import type { AppError } from '../../shared/app-error.ts';
import { ERROR_CODES } from '../../shared/error-codes.ts';
import { RequestError } from './request-error.ts';

/**
 * An error as an RFC 9457 problem document. `type` is a URN of our own: with `about:blank` the title would have to be the words of the HTTP
 * status (§4.2.1), and ours say more. A mistake of the program gives its caller no details: they may hold anything.
 */
export function problemOf(error: AppError): Problem {
  const { status, title } = ERROR_CODES[error.code];
  const internal = error.code === 'service/internal';
  return {
    type: `urn:lectern:problem:${error.code}`,
    title,
    status,
    detail: internal
      ? 'Lectern made a mistake and wrote it into its log. What was running goes on; try again.'
      : error.message,
    code: error.code,
    ...(internal || Object.keys(error.details).length === 0 ? {} : { details: error.details }),
    ...(error instanceof RequestError ? { errors: [...error.errors] } : {}),
  };
}
