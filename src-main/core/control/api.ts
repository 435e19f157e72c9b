import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { assert } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import type { Route } from '../../shared/api/route.ts';
import type { RouteName } from '../../shared/api/routes.ts';
import type { AuditEntry } from '../../shared/api/telemetry.ts';
import { trackUpload } from '../../shared/api/tracks.ts';
import { type AppError, toAppError } from '../../shared/app-error.ts';
import { parseIsoDuration } from '../../shared/iso-duration.ts';
import type { Services } from '../ports/services.ts';
import { sendBytes, sendJson, sendNothing, sendProblem, sendText, writeHead } from './answer.ts';
import type { Call, LongOperation, StreamRoute } from './call.ts';
import { openEndpointHistory } from './endpoint-history.ts';
import { answerPoster, sendFile } from './file-answer.ts';
import { sendFolder } from './folder-answer.ts';
import { createJsonHandlers } from './json-handlers.ts';
import { METRICS_TYPE, processMetrics, writeMetrics } from './metrics.ts';
import { createOperationHandlers } from './operation-handlers.ts';
import { streamPreview } from './preview.ts';
import { readBytes } from './read-bytes.ts';
import { readJson } from './read-json.ts';
import { type FieldError, RequestError } from './request-error.ts';
import { API_PREFIX, matchRoute } from './routing.ts';
import { createSceneStreams } from './scene-handlers.ts';
import { openEventStreams } from './sse.ts';
import { createThumbnailStreams } from './thumbnail-handlers.ts';
import { createPrograms } from './v2/programs.ts';
import { openTelemetryRows } from './v2/telemetry-rows.ts';
import { validate } from './validate.ts';

/** What a long operation may take to be refused: the caller gets the refusal itself and not an operation that failed. */
const REFUSAL_MS = 100;

/** Some hundreds of keys with what their DRM systems have. */
const MAX_CPIX_BYTES = 1024 * 1024;
const PEM_TYPE = 'application/x-pem-file';

/** Spec 2.11. */
const MAX_SLATE_BYTES = 3 * 1024 * 1024;

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
  const programs = createPrograms(services, clock);
  const telemetry = openTelemetryRows(services, clock);
  const endpointHistory = openEndpointHistory(services.endpoints, clock);
  const jsonHandlers = tableOf<unknown>(
    createJsonHandlers(services, { version, programs, telemetry, endpointHistory }),
  );
  const operationHandlers = tableOf<LongOperation<unknown>>(createOperationHandlers(services, programs));
  const eventStreams = openEventStreams({ log: services.events, clock });
  const previews = new Set<ServerResponse>();

  const streamHandlers: Readonly<Record<StreamRoute, StreamHandler>> = {
    getEvents: (_call, request, response) => eventStreams.open(request, response),
    getPreview(call, _request, response) {
      streamPreview(services.studio, response, call.query);
      previews.add(response);
      response.once('close', () => previews.delete(response));
    },
    ...createSceneStreams(services),
    ...createThumbnailStreams(services),
    async getPoster({ params }, request, response) {
      await answerPoster(services, params['name'] ?? '', request, response);
    },
    async getThumbnail({ params }, _request, response) {
      const picture = await services.liveEvents.thumbnail(params['name'] ?? '');
      sendBytes(response, 200, { 'Content-Type': 'image/jpeg' }, picture);
    },
    async putSlate({ params }, request, response) {
      await services.slates.put(params['name'] ?? '', await readBytes(request, MAX_SLATE_BYTES));
      sendNothing(response, {});
    },
    async putContentKeys({ params }, request, response) {
      const cpix = (await readBytes(request, MAX_CPIX_BYTES)).toString('utf8');
      const contentKeys = await services.locators.importContentKeys(params['name'] ?? '', cpix);
      sendJson(response, 200, {}, { contentKeys });
    },
    async getDeliveryCertificate(_call, _request, response) {
      const certificate = await services.locators.deliveryCertificate();
      sendText(response, 200, { 'Content-Type': PEM_TYPE }, certificate);
    },
    async putTrack({ params, query }, request, response) {
      const { name = '', track = '' } = params;
      // `AnyCall` has the fields of the other calls only; this is what the route's schema has let through.
      const settings = trackUpload.parse(query);
      const body: AsyncIterable<Uint8Array> = request.iterator({ destroyOnReturn: false });
      sendJson(response, 201, {}, await services.tracks.add(name, track, settings, body));
    },
    async getExportFile({ params: { name = '', id = '' } }, request, response) {
      const path = services.exports.file(name, id);
      const { format, fileName } = services.exports.get(name, id);
      await (format === 'hls' ? sendFolder : sendFile)(request, response, path, fileName);
    },
    getMetrics(_call, _request, response) {
      const metrics = [...services.metrics(), ...processMetrics(clock)];
      sendText(response, 200, { 'Content-Type': METRICS_TYPE }, writeMetrics(metrics));
    },
  };

  const streamTable = new Map<string, StreamHandler>(Object.entries(streamHandlers));

  /** Notes the operation: as it was answered, and when it fails after that once more. */
  async function answerOperation(
    operation: LongOperation<unknown>,
    call: AnyCall,
    request: IncomingMessage,
    response: ServerResponse,
    note: Note,
  ): Promise<void> {
    const outcome: { value?: unknown; error?: unknown; isLate?: boolean } = {};
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
          if (outcome.isLate === true) {
            note(operation, toAppError(error));
          }
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
      const error = toAppError(outcome.error);
      note(operation, error);
      await sendProblem(request, response, error);
    } else if (state.status === 'InProgress' || (askedMs === 0 && operation.quick !== true)) {
      const location = `${API_PREFIX}/operations/${id}`;
      const headers = {
        Location: location,
        'Azure-AsyncOperation': new URL(location, call.url).href,
        'Retry-After': 1,
      };
      outcome.isLate = true;
      note(operation, 202);
      sendJson(response, 202, headers, state);
    } else if (operation.endStatus === 204) {
      note(operation, 204);
      sendNothing(response, {});
    } else {
      note(operation, operation.endStatus);
      sendJson(response, operation.endStatus, {}, outcome.value);
    }
  }

  async function answerCall(
    { name, route, params }: Match,
    { request, response, url, note }: Exchange,
  ): Promise<void> {
    const query = readQuery(route, url.searchParams);
    const body = route.takes === undefined ? await readBody(route, request) : undefined;
    const call: AnyCall = { params, query, body, url, answerHeaders: new Map() };
    if (response.destroyed) {
      return;
    }
    if (route.kind === 'operation') {
      await answerOperation(find(operationHandlers, name)(call), call, request, response, note);
      return;
    }
    const what = actionOf(route, params);
    if (route.kind === 'stream' && request.method === 'HEAD' && ENDLESS.has(name)) {
      writeHead(response, 200, {});
      response.end();
    } else if (route.kind === 'stream') {
      await find(streamTable, name)(call, request, response);
      note(what, response.statusCode);
    } else {
      const value = await find(jsonHandlers, name)(call);
      const status = route.status ?? (route.response === undefined ? 204 : 200);
      note(what, status);
      const headers = Object.fromEntries(call.answerHeaders);
      if (route.response === undefined) {
        sendNothing(response, headers);
      } else {
        sendJson(response, status, headers, value);
      }
    }
  }

  /** Whatever comes of a call that changes something is noted, refusals too, before the caller hears of it. */
  function noteFor(route: Route, request: IncomingMessage): Note {
    if (route.method === 'GET' || route.reads === true) {
      return () => undefined;
    }
    const from = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    return ({ action, subject }, result) =>
      services.audit.note({
        action,
        subject,
        from,
        ...(typeof result === 'number' ? { status: result } : { status: result.status, code: result.code }),
      });
  }

  return {
    async answer(request, response, url) {
      const target = (request.url ?? '').replace(/[?#].*$/s, '').slice(API_PREFIX.length);
      const match = matchRoute(request.method ?? 'GET', target);
      const note = noteFor(match.route, request);
      try {
        await answerCall(match, { request, response, url, note });
      } catch (error) {
        note(actionOf(match.route, match.params), toAppError(error));
        throw error;
      }
    },
    [Symbol.dispose]() {
      eventStreams[Symbol.dispose]();
      telemetry[Symbol.dispose]();
      endpointHistory[Symbol.dispose]();
      programs[Symbol.dispose]();
      for (const response of previews) {
        response.end();
      }
    },
  };
}

type Action = Pick<AuditEntry, 'action' | 'subject'>;
/** Writes into the audit log what came of an action: the status of its answer, or why it was refused. */
type Note = (what: Action, result: number | AppError) => void;

type Match = ReturnType<typeof matchRoute>;
type Exchange = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly note: Note;
};

/** Of a call that is no operation, or did not come to be one. */
function actionOf({ method, path }: Route, params: Match['params']): Action {
  const subject = path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => params[name] ?? '').slice(1);
  return { action: `${method} ${path}`, subject };
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
