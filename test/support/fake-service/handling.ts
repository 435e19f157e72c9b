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

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Without the fields that were left out, so that they do not overwrite what there is. */
export function definedOf<T extends object>(value: T): Defined<T> {
  // The entries are the object's own, less some.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as Defined<T>;
}
