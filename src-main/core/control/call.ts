import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BodyOf, ParamsOf, QueryOf, ResponseOf, ROUTES, RouteName } from '../../shared/api/routes.ts';

type KindOf<N extends RouteName> = (typeof ROUTES)[N] extends { readonly kind: infer K } ? K : 'json';

export type OperationRoute = { [N in RouteName]: KindOf<N> extends 'operation' ? N : never }[RouteName];
export type StreamRoute = { [N in RouteName]: KindOf<N> extends 'stream' ? N : never }[RouteName];
export type JsonRoute = Exclude<RouteName, OperationRoute | StreamRoute>;

/** One validated call. */
export type Call<N extends RouteName> = {
  readonly params: ParamsOf<N>;
  readonly query: QueryOf<N>;
  readonly body: BodyOf<N>;
  /** The address the caller used, in its own words for this computer: links in answers are made from it. */
  readonly url: URL;
  /** Headers of the answer, to be added to. */
  readonly answerHeaders: Map<string, string>;
};

export type JsonHandlers = {
  readonly [N in JsonRoute]: (call: Call<N>) => ResponseOf<N> | Promise<ResponseOf<N>>;
};

/** What the table of streams gives its handlers. */
type StreamCall = {
  readonly params: Readonly<Record<string, string>>;
  readonly query: unknown;
  readonly body: unknown;
};
export type StreamHandler = (
  call: StreamCall,
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<void>;

/** What a long operation is, before it starts. Finding out that it makes no sense at all is the handler's part. */
export type LongOperation<T> = {
  readonly action: string;
  /** One at a time of all with the same key. */
  readonly key: string;
  readonly subject: string;
  /** Path below `/api/v1` of what it makes or changes. */
  readonly result?: string | undefined;
  readonly run: () => Promise<T>;
  /** Status of the answer that has waited for the end. */
  readonly endStatus: 200 | 201 | 204;
  /** As good as done when it has begun: the answer waits for the end without being asked to. */
  readonly quick?: boolean;
};

export type OperationHandlers = {
  readonly [N in OperationRoute]: (call: Call<N>) => LongOperation<ResponseOf<N>>;
};
