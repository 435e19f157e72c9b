import type { BodyOf, ParamsOf, QueryOf, RouteName } from '../../../src-main/shared/api/routes.ts';
import type { ErrorCode } from '../../../src-main/shared/error-codes.ts';

/** A refusal, as the service words it. */
export class Fault extends Error {
  readonly code: ErrorCode;
  readonly errors: readonly { readonly field: string; readonly message: string }[] | undefined;

  constructor(code: ErrorCode, message: string, errors?: readonly { field: string; message: string }[]) {
    super(message);
    this.code = code;
    this.errors = errors;
  }
}

type Asked<N extends RouteName> = {
  readonly params: ParamsOf<N>;
  readonly body: BodyOf<N>;
  readonly query: QueryOf<N>;
};
export type Handlers = Disposable & { readonly [N in RouteName]?: (asked: Asked<N>) => unknown };
