import { type Problem, problem as problemSchema } from '../../src-main/shared/api/common.ts';

/** What can go wrong between the page and the service, beside the service's own codes. */
export type PageErrorCode = 'page/unreachable' | 'page/no-token' | 'page/bad-answer';

/** A call that failed. `problem` is what the service said, or what the page says in its place. */
export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem, options?: { readonly cause: unknown }) {
    super(problem.detail, options);
    this.name = 'ApiError';
    this.problem = problem;
  }
}

export function pageProblem(code: PageErrorCode, detail: string, status = 0): Problem {
  return { type: `urn:lectern:${code}`, title: detail, status, detail, code };
}

/** Reads an error answer. Anything that is no problem document (a proxy's page, an empty body) becomes one. */
export function toProblem(status: number, body: unknown): Problem {
  const parsed = problemSchema.safeParse(body);
  return parsed.success
    ? parsed.data
    : pageProblem('page/bad-answer', `The service answered with status ${status} and no reason.`, status);
}

/** Any thrown value as a problem, so that a store can keep it and a screen can show it. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) {
    return error.problem;
  }
  return pageProblem('page/bad-answer', error instanceof Error ? error.message : String(error));
}

/** What the service has against single fields: those that do not fit their schema, or the one that a rule of the service is about. */
export function fieldFaults(problem: Problem | undefined): readonly { field: string; message: string }[] {
  const field = problem?.details?.['field'];
  return (
    problem?.errors ??
    (typeof field === 'string' && problem !== undefined ? [{ field, message: problem.detail }] : [])
  );
}

/** Whether a field that the service named is `field`, or lies in it: `ladder` finds `ladder.video.0.bitrate`, and `ladder.video.0` `ladder.video[0]`. */
export function isWithin(named: string, field: string): boolean {
  return `${dotted(named)}.`.startsWith(`${dotted(field)}.`);
}

/** Schemas number the items of a list after a dot, rules of the service in brackets. */
function dotted(field: string): string {
  return field.replaceAll(/\[(\d+)\]/g, '.$1');
}

/** The message for one field of a request, if the service named it. */
export function fieldMessage(problem: Problem | undefined, field: string): string | undefined {
  return fieldFaults(problem).find(({ field: named }) => isWithin(named, field))?.message;
}
