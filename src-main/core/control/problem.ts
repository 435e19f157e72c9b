import type { Problem } from '../../shared/api/common.ts';
import type { AppError } from '../../shared/app-error.ts';
import { problemOf } from '../../shared/problem.ts';
import { type FieldError, RequestError } from './request-error.ts';

/** What an answer says of an error: the problem document, and for a request that is wrong in itself what is wrong with each field. */
export function answerProblemOf(error: AppError): Problem {
  const errors = fieldErrorsOf(error);
  return { ...problemOf(error), ...(errors.length === 0 ? {} : { errors: [...errors] }) };
}

/** Of the schemas, or of a part that found a field not to fit with others and names it in `details.field`. */
function fieldErrorsOf(error: AppError): readonly FieldError[] {
  if (error instanceof RequestError) {
    return error.errors;
  }
  const { field } = error.details;
  return error.status === 400 && typeof field === 'string' ? [{ field, message: error.message }] : [];
}
