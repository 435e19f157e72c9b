import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { assert } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import type { Route } from '../../shared/api/route.ts';
import type { RouteName } from '../../shared/api/routes.ts';
import { toAppError } from '../../shared/app-error.ts';
import { parseIsoDuration } from '../../shared/iso-duration.ts';
import type { Services } from '../ports/services.ts';
import { sendJson, sendNothing, sendProblem, sendText, writeHead } from './answer.ts';
import type { Call, LongOperation, StreamRoute } from './call.ts';
import { sendFile, sendPoster } from './file-answer.ts';
import { createJsonHandlers } from './json-handlers.ts';
import { METRICS_TYPE, processMetrics, writeMetrics } from './metrics.ts';
import { createOperationHandlers } from './operation-handlers.ts';
import { streamPreview } from './preview.ts';
import { readJson } from './read-json.ts';
import { type FieldError, RequestError } from './request-error.ts';
import { API_PREFIX, matchRoute } from './routing.ts';
import { openEventStreams } from './sse.ts';
import { validate } from './validate.ts';

/** What a long operation may take to be refused: the caller gets the refusal itself and not an operation that failed. */
const REFUSAL_MS = 100;

/** How long an operation that is as good as done at once may take before it is answered like the others. */
const QUICK_MS = 10_000;

type AnyCall = Omit<Call<RouteName>, 'params' | 'query' | 'body'> & {
  readonly params: Readonly<Record<string, string>>;
  readonly query: { readonly wait?: string; readonly width?: number; readonly frameRate?: number };
  readonly body: unknown;
};

type Api = Disposable & {
  /** Answers a request below `/api/v1` of a caller that may make it. Errors are the caller's to answer. */
  readonly answer: (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>;
};

/** Translates, validates, delegates: HTTP on one side, `Services` on the other, the route table between. */
export function openApi(options: {
  readonly services: Services;
  readonly version: string;
  readonly clock: Clock;
}): Api {
  const { services, version, clock } = options;
  const jsonHandlers = tableOf<unknown>(createJsonHandlers(services, version));
  const operationHandlers = tableOf<LongOperation<unknown>>(createOperationHandlers(services));
  const eventStreams = openEventStreams({ log: services.events, clock });
  const previews = new Set<ServerResponse>();

  const streamHandlers: Readonly<Record<StreamRoute, StreamHandler>> = {
    getEvents: (_call, request, response) => eventStreams.open(request, response),
    getPreview(call, _request, response) {
      streamPreview(services.studio, response, call.query);
      previews.add(response);
      response.once('close', () => previews.delete(response));
    },
    async getPoster({ params }, request, response) {
      sendPoster(request, response, await services.assets.poster(params['name'] ?? ''));
    },
    async getExportFile({ params: { name = '', id = '' } }, request, response) {
      const path = services.exports.file(name, id);
      await sendFile(request, response, path, services.exports.get(name, id).fileName);
    },
    getMetrics(_call, _request, response) {
      const metrics = [...services.metrics(), ...processMetrics(clock)];
      sendText(response, 200, { 'Content-Type': METRICS_TYPE }, writeMetrics(metrics));
    },
  };

  const streamTable = new Map<string, StreamHandler>(Object.entries(streamHandlers));

  async function answerOperation(
    operation: LongOperation<unknown>,
    call: AnyCall,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const outcome: { value?: unknown; error?: unknown } = {};
    const { id } = services.operations.start({
      action: operation.action,
      key: operation.key,
      subject: operation.subject,
      ...(operation.result === undefined ? {} : { result: `${API_PREFIX}${operation.result}` }),
      async run() {
        try {
          outcome.value = await operation.run();
        } catch (error) {
          outcome.error = error;
          throw error;
        }
      },
    });
    const askedMs = (parseIsoDuration(call.query.wait ?? '') ?? 0) * 1000;
    const state = await services.operations.wait(
      id,
      Math.max(askedMs, operation.quick === true ? QUICK_MS : REFUSAL_MS),
    );
    if (state.status === 'Failed') {
      // The operation has written it into the log.
      await sendProblem(request, response, toAppError(outcome.error));
    } else if (state.status === 'InProgress' || (askedMs === 0 && operation.quick !== true)) {
      const location = `${API_PREFIX}/operations/${id}`;
      const headers = {
        Location: location,
        'Azure-AsyncOperation': new URL(location, call.url).href,
        'Retry-After': 1,
      };
      sendJson(response, 202, headers, state);
    } else if (operation.endStatus === 204) {
      sendNothing(response, {});
    } else {
      sendJson(response, operation.endStatus, {}, outcome.value);
    }
  }

  return {
    async answer(request, response, url) {
      const target = (request.url ?? '').replace(/[?#].*$/s, '').slice(API_PREFIX.length);
      const { name, route, params } = matchRoute(request.method ?? 'GET', target);
      const query = readQuery(route, url.searchParams);
      const body = await readBody(route, request);
      const call: AnyCall = { params, query, body, url, answerHeaders: new Map() };
      if (response.destroyed) {
        return;
      }
      if (route.kind === 'stream' && request.method === 'HEAD' && ENDLESS.has(name)) {
        writeHead(response, 200, {});
        response.end();
      } else if (route.kind === 'stream') {
        await find(streamTable, name)(call, request, response);
      } else if (route.kind === 'operation') {
        await answerOperation(find(operationHandlers, name)(call), call, request, response);
      } else {
        const value = await find(jsonHandlers, name)(call);
        const headers = Object.fromEntries(call.answerHeaders);
        if (route.response === undefined) {
          sendNothing(response, headers);
        } else {
          sendJson(response, route.status ?? 200, headers, value);
        }
      }
    },
    [Symbol.dispose]() {
      eventStreams[Symbol.dispose]();
      for (const response of previews) {
        response.end();
      }
    },
  };
}

/** Streams of which a caller cannot ask for the head only without starting them. */
const ENDLESS: ReadonlySet<RouteName> = new Set<StreamRoute>(['getEvents', 'getPreview']);

type Handler<R> = (call: AnyCall) => R;
type StreamHandler = (call: AnyCall, request: IncomingMessage, response: ServerResponse) => unknown;

function tableOf<R>(handlers: object): ReadonlyMap<string, Handler<R>> {
  // Each handler is typed by the schemas of its own route, and by those every call of it has been validated.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  return new Map(Object.entries(handlers) as [string, Handler<R>][]);
}

function find<H>(table: ReadonlyMap<string, H>, name: RouteName): H {
  const handler = table.get(name);
  assert(handler !== undefined, `${name} has a handler of its kind`);
  return handler;
}

const noParameters = z.strictObject({});
const noBody = z.strictObject({}).optional();

function readQuery(route: Route, given: URLSearchParams): AnyCall['query'] {
  const twice = [...new Set(given.keys())].filter((name) => given.getAll(name).length > 1);
  if (twice.length > 0) {
    const errors = twice.map((field): FieldError => ({ field, message: 'is given more than once' }));
    throw new RequestError('request/invalid', errors);
  }
  // The schema of the route makes it what the route's handler takes.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  return validate(route.query ?? noParameters, Object.fromEntries(given), 'query') as AnyCall['query'];
}

async function readBody(route: Route, request: IncomingMessage): Promise<unknown> {
  return validate(route.body ?? noBody, await readJson(request), 'body');
}
