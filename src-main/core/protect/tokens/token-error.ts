import { AppError, type ErrorDetails } from '../../../shared/app-error.ts';

/** Which rule a token breaks. */
type TokenFault = 'form' | 'algorithm' | 'signature' | 'issuer' | 'audience' | 'not-before' | 'claim' | 'lifetime';

/** Words and details say which rule was broken and never anything of the token. */
export function tokenInvalid(
  fault: TokenFault,
  words: string,
  cause?: unknown,
  details: ErrorDetails = {},
): AppError {
  return new AppError('keys/token-invalid', `The token was refused: ${words}.`, {
    details: { ...details, fault },
    cause,
  });
}

export function tokenExpired(cause?: unknown): AppError {
  return new AppError('keys/token-expired', 'The token has expired. Get a new one where this one came from.', {
    cause,
  });
}
