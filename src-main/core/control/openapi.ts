import { z } from 'zod';
import { assert } from '../../base/assert.ts';
import { asset, assetTrack, exportJob, marker } from '../../shared/api/assets.ts';
import { operation, problem } from '../../shared/api/common.ts';
import { contentKeyPolicy } from '../../shared/api/content-key-policies.ts';
import { serviceEvent } from '../../shared/api/events.ts';
import { exportPlan, keyFrames } from '../../shared/api/export-plans.ts';
import { mediaFilter } from '../../shared/api/filters.ts';
import { customLadder, ladderChoice, videoLayer } from '../../shared/api/ladder.ts';
import { liveEvent, liveOutput } from '../../shared/api/live-events.ts';
import {
  destination,
  locatorContentKeys,
  locatorPaths,
  streamingLocator,
  streamingPolicy,
} from '../../shared/api/publishing.ts';
import type { Route } from '../../shared/api/route.ts';
import type { RouteName } from '../../shared/api/routes.ts';
import { settings } from '../../shared/api/settings.ts';
import { streamingEndpoint } from '../../shared/api/streaming-endpoints.ts';
import { audioInput, device, encoderStatus, scene, sourceSpec, studioState } from '../../shared/api/studio.ts';
import { auditEntry, liveEventStatus, streamEvent, trackIngestHeartbeat } from '../../shared/api/telemetry.ts';
import { track } from '../../shared/api/tracks.ts';
import { upload } from '../../shared/api/uploads.ts';
import { channel, program } from '../../shared/api/v2.ts';
import { viewerSession } from '../../shared/api/viewers.ts';
import { webhook } from '../../shared/api/webhooks.ts';
import { pathNames } from './path-names.ts';
import { API_PREFIX, eachRoute } from './routing.ts';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

type Json = Readonly<Record<string, unknown>>;

/** The schemas that get a name in the document; everything else stands where it is used. */
const NAMED = {
  Asset: asset,
  AssetTrack: assetTrack,
  AuditEntry: auditEntry,
  AudioInput: audioInput,
  Channel: channel,
  ContentKeyPolicy: contentKeyPolicy,
  CustomLadder: customLadder,
  Destination: destination,
  Device: device,
  EncoderStatus: encoderStatus,
  ExportJob: exportJob,
  ExportPlan: exportPlan,
  LadderChoice: ladderChoice,
  LiveEvent: liveEvent,
  LiveEventStatus: liveEventStatus,
  LiveOutput: liveOutput,
  LocatorContentKeys: locatorContentKeys,
  LocatorPaths: locatorPaths,
  KeyFrames: keyFrames,
  Marker: marker,
  Operation: operation,
  Problem: problem,
  Program: program,
  Scene: scene,
  ServiceEvent: serviceEvent,
  Settings: settings,
  SourceSpec: sourceSpec,
  StreamEvent: streamEvent,
  StreamingEndpoint: streamingEndpoint,
  StreamingLocator: streamingLocator,
  StreamingPolicy: streamingPolicy,
  StudioState: studioState,
  Track: track,
  TrackIngestHeartbeat: trackIngestHeartbeat,
  VideoLayer: videoLayer,
  ViewerSession: viewerSession,
  MediaFilter: mediaFilter,
  Upload: upload,
  Webhook: webhook,
} as const satisfies Record<string, z.ZodType>;

const JPEG: Json = { 'image/jpeg': { schema: { type: 'string', contentMediaType: 'image/jpeg' } } };

/** What the answers are whose route is of kind `stream`. */
const STREAM_CONTENT: Partial<Record<RouteName, Json>> = {
  getThumbnail: JPEG,
  getPoster: JPEG,
  getThumbnailSheet: JPEG,
  getAssetThumbnail: JPEG,
  getExportFile: { 'video/mp4': {}, 'audio/mp4': {}, 'video/x-matroska': {}, 'application/zip': {} },
  getPreview: { 'application/octet-stream': {} },
  getEvents: { 'text/event-stream': { schema: { $ref: '#/components/schemas/ServiceEvent' } } },
  getDeliveryCertificate: { 'application/x-pem-file': { schema: { type: 'string' } } },
  getMetrics: { 'text/plain': { schema: { type: 'string' } } },
};

/** The whole API as an OpenAPI 3.1 document, made of the schemas that validate the requests. A tenth of a second of work. */
export function openApiDocument(version: string): Json {
  const components = createComponents();
  const paths = new Map<string, Record<string, Json>>();
  for (const [name, route] of eachRoute()) {
    const item = paths.get(route.path) ?? {};
    item[route.method.toLowerCase()] = describeRoute(name, route, components.write);
    paths.set(route.path, item);
  }
  const problemContent = {
    'application/problem+json': { schema: components.write(problem, 'output') },
  };
  // Only the event stream uses it, which is no JSON document.
  components.write(serviceEvent, 'output');
  return {
    openapi: '3.1.0',
    jsonSchemaDialect: DIALECT,
    info: {
      title: 'Lectern control API',
      version,
      description:
        'Live events, recordings, publishing and the studio of one computer. Names follow Azure Media Services v3. Errors are RFC 9457 problem documents whose `code` is permanent.',
    },
    servers: [{ url: API_PREFIX }],
    security: [{ controlToken: [] }],
    paths: Object.fromEntries(paths),
    components: {
      securitySchemes: {
        controlToken: {
          type: 'http',
          scheme: 'bearer',
          description: 'The content of the file `control-token` in the data folder.',
        },
      },
      responses: {
        Problem: { description: 'What went wrong, as an RFC 9457 problem document.', content: problemContent },
      },
      schemas: components.schemas(),
    },
  };
}

type WriteSchema = (schema: z.ZodType, io: 'input' | 'output') => Json;

function describeRoute(name: RouteName, route: Route, write: WriteSchema): Json {
  return {
    operationId: name,
    summary: route.summary,
    tags: [route.path.split('/')[1]],
    parameters: [
      ...describeNames(route.path, write),
      ...(route.query === undefined ? [] : describeQuery(route.query, write)),
    ],
    ...(route.takes === undefined ? {} : { requestBody: { required: true, content: { [route.takes]: {} } } }),
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: !route.body.safeParse(undefined).success,
            content: { 'application/json': { schema: write(route.body, 'input') } },
          },
        }),
    responses: describeAnswers(name, route, write),
  };
}

function describeNames(path: string, write: WriteSchema): readonly Json[] {
  return Object.entries(pathNames(path)).map(([name, schema]) => ({
    name,
    in: 'path',
    required: true,
    schema: write(schema, 'input'),
  }));
}

function describeQuery(query: z.ZodType, write: WriteSchema): readonly Json[] {
  const { properties, required } = write(query, 'input');
  const names = Array.isArray(required) ? required : [];
  return Object.entries(properties ?? {}).map(([name, schema]: [string, unknown]) => ({
    name,
    in: 'query',
    required: names.includes(name),
    schema,
  }));
}

function describeAnswers(name: RouteName, route: Route, write: WriteSchema): Json {
  const problemAnswer = { $ref: '#/components/responses/Problem' };
  return {
    ...Object.fromEntries(
      goodStatuses(name, route).map((status) => [
        String(status),
        {
          description: status === 204 ? 'Done.' : route.summary,
          ...(route.response === undefined || status === 204
            ? {}
            : { content: { 'application/json': { schema: write(route.response, 'output') } } }),
          ...(STREAM_CONTENT[name] === undefined ? {} : { content: STREAM_CONTENT[name] }),
        },
      ]),
    ),
    ...(route.kind === 'operation' ? { '202': describeAccepted(write) } : {}),
    ...(name === 'getExportFile' ? { '206': { description: 'The range of it that was asked for.' } } : {}),
    default: problemAnswer,
  };
}

/** Statuses of an answer that has what was asked for. A PUT that is an operation creates: 201 (see `operation-handlers.ts`). */
function goodStatuses(name: RouteName, route: Route): readonly number[] {
  if (route.response === undefined && route.kind !== 'stream') {
    return [204];
  }
  return [route.status ?? (route.kind === 'operation' && name.startsWith('put') ? 201 : 200)];
}

function describeAccepted(write: WriteSchema): Json {
  const link = { schema: { type: 'string', format: 'uri-reference' } };
  return {
    description: 'It goes on; `Location` tells how. With `?wait=` this comes only when the time was not enough.',
    headers: { Location: link, 'Azure-AsyncOperation': link, 'Retry-After': { schema: { type: 'integer' } } },
    content: { 'application/json': { schema: write(operation, 'output') } },
  };
}

/** Writes schemas and collects the named ones that they refer to. */
function createComponents() {
  const registry = z.registry<{ readonly id: string }>();
  for (const [id, schema] of Object.entries(NAMED)) {
    registry.add(schema, { id });
  }
  const schemas = new Map<string, Json>();
  const twofold = readDifferently();

  const write: WriteSchema = (schema, io) => {
    const nameOf = (id: string): string => (io === 'input' && twofold.has(id) ? `${id}Input` : id);
    const { $defs = {}, ...root } = toJsonSchema(schema, { io, metadata: registry });
    for (const [id, definition] of Object.entries($defs)) {
      schemas.set(nameOf(id), moveReferences(definition, nameOf));
    }
    return moveReferences(root, nameOf);
  };

  return { write, schemas: () => Object.fromEntries([...schemas].toSorted(([a], [b]) => (a < b ? -1 : 1))) };
}

type JsonSchema = Json & { readonly $schema?: string; readonly $defs?: Readonly<Record<string, Json>> };

function toJsonSchema(schema: z.ZodType, options: Parameters<typeof z.toJSONSchema>[1]): JsonSchema {
  // A JSON Schema is a JSON object; zod's own type only adds the keywords.
  const { $schema: dialect, ...written }: JsonSchema = z.toJSONSchema(schema, {
    ...options,
    override({ zodSchema, jsonSchema }) {
      // Problem documents may have members that a reader does not know (RFC 9457 §3.2).
      if (zodSchema === problem) {
        delete jsonSchema.additionalProperties;
      }
    },
  });
  assert(dialect === DIALECT, 'the dialect that the document declares');
  return written;
}

/** The named schemas with defaults inside: what may be left out of a request is always there in an answer. */
function readDifferently(): ReadonlySet<string> {
  const different = Object.entries(NAMED).filter(([, schema]) => {
    const [input, output] = [toJsonSchema(schema, { io: 'input' }), toJsonSchema(schema, { io: 'output' })];
    return JSON.stringify(input) !== JSON.stringify(output);
  });
  return new Set(different.map(([id]) => id));
}

/** zod refers to `#/$defs/…`; OpenAPI keeps schemas elsewhere. */
function moveReferences(schema: Json, nameOf: (id: string) => string): Json {
  const text = JSON.stringify(schema, (key, value: unknown) =>
    key === '$ref' && typeof value === 'string'
      ? value.replace(/^#\/\$defs\/(.+)$/, (_whole, id: string) => `#/components/schemas/${nameOf(id)}`)
      : value,
  );
  // It was a JSON object before the references moved.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  return JSON.parse(text) as Json;
}
