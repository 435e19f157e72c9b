import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import type { EventType, ServiceEvent } from '../../src-main/shared/api/events.ts';
import type { Route } from '../../src-main/shared/api/route.ts';
import { ROUTES, type RouteName } from '../../src-main/shared/api/routes.ts';
import { ERROR_CODES, type ErrorCode } from '../../src-main/shared/error-codes.ts';
import { createHandlers } from './fake-service/handlers.ts';
import { Fault, type Handlers } from './fake-service/handling.ts';
import { createFilm } from './fake-service/media.ts';
import { metersMessage, pictureMessage } from './fake-service/pictures.ts';
import { emptyWorld, type World } from './fake-service/scenarios.ts';

const PAGES = join(import.meta.dirname, '../../dist/renderer');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

export type FakeService = AsyncDisposable & {
  readonly url: string;
  readonly originUrl: string;
  readonly token: string;
  /** The address that opens the page. */
  readonly pageUrl: (route?: string) => string;
  readonly world: World;
  /** Changes what there is and tells the page, as the service does. */
  readonly change: (eventType: EventType, subject: string, edit: (world: World) => unknown) => void;
  /** The next call of this route is answered with this problem. */
  readonly refuse: (name: RouteName, code: ErrorCode, detail: string, errors?: readonly FieldError[]) => void;
  /** Inputs that give no sound. */
  readonly silent: Set<string>;
  /** What was called, newest last. */
  readonly calls: readonly { readonly name: RouteName; readonly body: unknown }[];
  /** Ends all open event streams, as a restart of the service would. */
  readonly dropEvents: () => void;
  readonly openPreviews: () => number;
};

type FieldError = { readonly field: string; readonly message: string };

/**
 * A service in memory that speaks the control API over real HTTP, to develop and test the page on: broadcasts begin, go on and end, exports
 * make progress, recordings play. It keeps every answer to the schemas, so that it cannot drift from the real one.
 */
export async function openFakeService(options: {
  readonly arrange?: (world: World) => unknown;
  /** How long an export takes, and how long going live takes. */
  readonly exportMs?: number;
  readonly startMs?: number;
}): Promise<FakeService> {
  await using opened = new AsyncDisposableStack();
  const token = 'planted-token-for-the-page';
  const film = opened.use(createFilm());
  const log: ServiceEvent[] = [];
  const readers = new Set<ServerResponse>();
  const silent = new Set<string>();
  const calls: { name: RouteName; body: unknown }[] = [];
  const refusals = new Map<RouteName, Fault>();
  let previews = 0;
  // Previews have been running for a while when a page comes.
  const openedMs = Date.now() - 20_000;

  const origin = opened.use(await listen((request, response) => serveOrigin(request, response)));
  const world = emptyWorld(origin.url);
  options.arrange?.(world);

  function publish(eventType: EventType, subject: string, data: unknown): void {
    const event: ServiceEvent = {
      id: String(log.length + 1),
      topic: 'lectern',
      subject,
      eventType,
      eventTime: new Date().toISOString(),
      data: structuredClone(data),
      dataVersion: '1.0',
      metadataVersion: '1',
    };
    log.push(event);
    for (const reader of readers) {
      reader.write(formatEvent(event));
    }
  }

  const handlers = opened.use(
    createHandlers({
      world,
      publish,
      originUrl: origin.url,
      poster: (seed) => film.poster(seed),
      exportMs: options.exportMs ?? 3000,
      startMs: options.startMs ?? 600,
    }),
  );
  const control = opened.use(await listen((request, response) => serveControl(request, response)));

  async function serveControl(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake');
    if (!url.pathname.startsWith('/api/v1')) {
      await servePage(url.pathname, response, origin.url);
      return;
    }
    if (request.headers.authorization !== `Bearer ${token}`) {
      throw new Fault('request/unauthorized', 'The control token is missing or wrong.');
    }
    const found = findRoute(request.method ?? 'GET', url.pathname.slice('/api/v1'.length));
    if (found === undefined) {
      throw new Fault('resource/not-found', `There is no ${url.pathname}.`);
    }
    const { name, params } = found;
    const route: Route = ROUTES[name];
    const isJson = route.takes === undefined;
    const body = isJson ? checked(route.body, await readBody(request)) : (await readBytes(request)).length;
    const query = checked(route.query, Object.fromEntries(url.searchParams));
    calls.push({ name, body });
    const refusal = refusals.get(name);
    if (refusal !== undefined) {
      refusals.delete(name);
      throw refusal;
    }
    if (name === 'getEvents') {
      streamEvents(request, response);
    } else if (name === 'getPreview') {
      streamPreview(response, query);
    } else {
      await answer(response, name, route, await call(handlers, name, { params, body, query }));
    }
  }

  function streamEvents(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    const last = Number(request.headers['last-event-id'] ?? log.length);
    response.write(`id: ${log.length}\n\n${log.slice(last).map(formatEvent).join('')}`);
    readers.add(response);
    response.once('close', () => readers.delete(response));
  }

  function streamPreview(response: ServerResponse, query: unknown): void {
    const { width = 640, frameRate = 30 } = ROUTES.getPreview.query.parse(query);
    const height = Math.round((width * 9) / 16 / 2) * 2;
    previews += 1;
    response.writeHead(200, { 'Content-Type': 'application/octet-stream' });
    let frame = 0;
    const handle = setInterval(() => {
      if (response.writableNeedDrain) {
        return;
      }
      response.write(pictureMessage(width, height, frame, Date.now(), world.studio));
      if (frame % Math.max(1, Math.round(frameRate / 10)) === 0) {
        response.write(metersMessage(frame, Date.now(), world.studio, silent));
      }
      frame += 1;
    }, 1000 / frameRate);
    response.once('close', () => {
      previews -= 1;
      clearInterval(handle);
    });
  }

  async function serveOrigin(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://fake');
    response.setHeader('Access-Control-Allow-Origin', '*');
    if (pathname === '/time') {
      response.end(new Date().toISOString());
      return;
    }
    const [, locatorId = '', , ...rest] = pathname.split('/');
    const last = rest.at(-1) ?? '';
    const media = await film.file(last);
    if (media !== undefined) {
      response.writeHead(200, { 'Content-Type': 'video/mp4' }).end(media);
      return;
    }
    const previewed = [...world.liveEvents.values()].find(({ preview }) => preview.previewLocator === locatorId);
    if (previewed !== undefined && world.feeds.has(previewed.name) && last.startsWith('manifest(')) {
      const text = await film.livePlaylist(openedMs, Date.now());
      response.writeHead(200, { 'Content-Type': 'application/vnd.apple.mpegurl' }).end(text);
      return;
    }
    const locator = [...world.locators.values()].find((entry) => entry.streamingLocatorId === locatorId);
    const asset = locator === undefined ? undefined : world.assets.get(locator.assetName);
    if (asset === undefined || !last.startsWith('manifest(')) {
      response.writeHead(404).end();
      return;
    }
    const startMs = Date.parse(asset.recordedAt ?? asset.created);
    const text =
      asset.state === 'recording' ? await film.livePlaylist(startMs, Date.now()) : await film.vodPlaylist(startMs);
    response.writeHead(200, { 'Content-Type': 'application/vnd.apple.mpegurl' }).end(text);
  }

  const owned = opened.move();
  return {
    url: control.url,
    originUrl: origin.url,
    token,
    world,
    silent,
    calls,
    pageUrl: (route = '') => `${control.url}/${route === '' ? `#token=${token}` : `#${route}`}`,
    change(eventType, subject, edit) {
      publish(eventType, subject, edit(world) ?? world.studio);
    },
    refuse: (name, code, detail, errors) => void refusals.set(name, new Fault(code, detail, errors)),
    dropEvents() {
      for (const reader of readers) {
        reader.destroy();
      }
    },
    openPreviews: () => previews,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function formatEvent(event: ServiceEvent): string {
  return `id: ${event.id}\nevent: ${event.eventType}\ndata: ${JSON.stringify(event)}\n\n`;
}

type Listening = AsyncDisposable & { readonly url: string };

async function listen(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<Listening> {
  const server: Server = createServer((request, response) => {
    void (async () => {
      try {
        await handle(request, response);
      } catch (error) {
        sendFault(response, error);
      }
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function sendFault(response: ServerResponse, error: unknown): void {
  const fault = error instanceof Fault ? error : new Fault('service/internal', String(error));
  const { status, title } = ERROR_CODES[fault.code];
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'Content-Type': 'application/problem+json' });
  response.end(
    JSON.stringify({
      type: `urn:lectern:${fault.code}`,
      title,
      status,
      detail: fault.message,
      code: fault.code,
      ...(fault.errors === undefined ? {} : { errors: fault.errors }),
    }),
  );
}

async function servePage(path: string, response: ServerResponse, originUrl: string): Promise<void> {
  const name = path === '/' ? 'index.html' : path.slice(1);
  const bytes = /^[\w./-]+$/.test(name) && !name.includes('..') ? await readPage(name) : undefined;
  if (bytes === undefined) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, {
    'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream',
    // Stricter than the real service: no styles but those in files, so that whatever needs more shows up in a test.
    'Content-Security-Policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      `img-src 'self' blob: data: ${originUrl}`,
      "worker-src 'self'",
      `media-src 'self' blob: ${originUrl}`,
      `connect-src 'self' ${originUrl}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
  });
  response.end(bytes);
}

async function readPage(name: string): Promise<Buffer | undefined> {
  try {
    return await readFile(join(PAGES, name));
  } catch {
    return undefined;
  }
}

// The keys of a literal are its keys.
// eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
const ROUTE_NAMES = Object.keys(ROUTES) as RouteName[];

function findRoute(method: string, path: string): { name: RouteName; params: Record<string, string> } | undefined {
  for (const name of ROUTE_NAMES) {
    const route: Route = ROUTES[name];
    const escaped = route.path.replace(/[()']/g, '\\$&');
    const pattern = new RegExp(`^${escaped.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
    const match = route.method === method ? pattern.exec(path) : null;
    if (match !== null) {
      const entries = Object.entries(match.groups ?? {});
      return {
        name,
        params: Object.fromEntries(entries.map(([key, value]) => [key, decodeURIComponent(value)])),
      };
    }
  }
  return undefined;
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  let text = '';
  request.setEncoding('utf8');
  for await (const part of request) {
    text += String(part);
  }
  return text === '' ? undefined : JSON.parse(text);
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) {
    // Without an encoding a request gives buffers.
    assert(Buffer.isBuffer(part));
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function checked(schema: Route['body'], value: unknown): unknown {
  if (schema === undefined) {
    return value;
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const errors = parsed.error.issues.map(({ path, message }) => ({ field: path.join('.'), message }));
    throw new Fault(
      'request/invalid',
      errors.map(({ field, message }) => `${field} ${message}`).join('; '),
      errors,
    );
  }
  return parsed.data;
}

type Asked = { readonly params: Record<string, string>; readonly body: unknown; readonly query: unknown };

async function call(handlers: Handlers, name: RouteName, asked: Asked): Promise<unknown> {
  // What was asked has been checked against the schemas of this very route.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  const handler = handlers[name] as ((given: Asked) => unknown) | undefined;
  if (handler === undefined) {
    throw new Fault('resource/not-found', `The fake service has no ${name}.`);
  }
  return await handler(asked);
}

const PICTURE_TYPES: Partial<Record<RouteName, string>> = {
  getPoster: 'image/jpeg',
  getThumbnail: 'image/jpeg',
  getScenePicture: 'image/png',
  sketchScene: 'image/png',
};

async function answer(response: ServerResponse, name: RouteName, route: Route, value: unknown): Promise<void> {
  if (value instanceof Uint8Array) {
    response
      .writeHead(200, {
        'Content-Type': PICTURE_TYPES[name] ?? 'video/mp4',
      })
      .end(value);
    return;
  }
  if (route.response === undefined) {
    response.writeHead(204).end();
    return;
  }
  // A fake that answers what the real one could not would test nothing.
  const body = await route.response.parseAsync(structuredClone(value));
  response.writeHead(route.status ?? 200, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
