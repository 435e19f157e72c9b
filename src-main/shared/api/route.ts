import { z } from 'zod';

/** One line of the control API. Paths are below `/api/v1`; `{name}` is a path parameter. */
export type Route = {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly summary: string;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** Left out: 204 without a body. */
  readonly response?: z.ZodType;
  /** `operation`: may answer 202 with an operation, unless `?wait=` sees it end. `stream`: not JSON; see the summary. */
  readonly kind?: 'operation' | 'stream';
  /** A POST that changes nothing, and is no operator's action. */
  readonly reads?: true;
  /** What the body is when it is not JSON; of kind `stream` only. */
  readonly takes?: string;
  /** Status of the answer; 200 when left out and there is a response. */
  readonly status?: 200 | 201 | 202 | 204;
};

/** A body that has nothing to say. */
export const none = z.strictObject({}).optional();
