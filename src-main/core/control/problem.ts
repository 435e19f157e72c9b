import type { Problem } from '../../shared/api/common.ts';
import type { AppError } from '../../shared/app-error.ts';
import { problemOf } from '../../shared/problem.ts';
import { RequestError } from './request-error.ts';

/** What an answer says of an error: the problem document, and for a request that is wrong in itself what is wrong with each field. */
export function answerProblemOf(error: AppError): Problem {
  return { ...problemOf(error), ...(error instanceof RequestError ? { errors: [...error.errors] } : {}) };
}
