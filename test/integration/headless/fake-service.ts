import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { systemClock } from '../../../src-main/base/clock.ts';
import { openControlServer } from '../../../src-main/core/control/control-server.ts';
import { readRunFiles, writeRunFiles } from '../../../src-main/core/control/run-files.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { Service, ServiceOptions } from '../../../src-main/core/ports/service.ts';
import type { Device } from '../../../src-main/shared/api/studio.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { createFakeServices, type FakeServices } from '../../support/fake-services.ts';

export const TOKEN = 'token-of-the-fake';

export type FakeService = Service & {
  readonly services: FakeServices;
  readonly options: ServiceOptions;
  /** Ends it as if something had made it end. */
  readonly fail: (error: AppError) => void;
  /** Requests of players that the origin still leaves without an answer. */
  unanswered: number;
};

/** The real control server before services in memory, with an origin that says yes to every player. */
export async function openFakeService(
  options: ServiceOptions,
  extra: { readonly devices?: readonly Device[] } = {},
): Promise<FakeService> {
  if ((await readRunFiles(options.dataDir)) !== undefined) {
    throw new AppError(
      'service/data-folder-locked',
      `Another Lectern uses ${options.dataDir}; nothing was changed.`,
    );
  }
  await using opened = new AsyncDisposableStack();
  const counters = { unanswered: 0 };
  const origin = createServer((_request, response) => {
    counters.unanswered -= 1;
    response.writeHead(counters.unanswered >= 0 ? 412 : 200).end('#EXTM3U');
  }).listen(0, '127.0.0.1');
  await once(origin, 'listening');
  opened.defer(() => {
    origin.closeAllConnections();
    origin.close();
  });
  const address = origin.address();
  const originUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;

  const services = createFakeServices({ originUrl, ...extra });
  const server = opened.use(
    await openControlServer({
      services,
      port: options.controlPort ?? 0,
      host: '127.0.0.1',
      token: TOKEN,
      mediaOrigins: () => [originUrl],
      version: options.version,
      pagesFolder: options.pagesFolder,
      logger: silentLogger,
      clock: systemClock(),
    }),
  );
  await mkdir(options.dataDir, { recursive: true });
  const running = { pid: process.pid, controlUrl: server.url, originUrl, token: TOKEN };
  opened.use(await writeRunFiles(options.dataDir, running));
  const closed = Promise.withResolvers<AppError | undefined>();
  opened.defer(() => closed.resolve(undefined));

  const owned = opened.move();
  return Object.assign(counters, {
    ...services,
    services,
    options,
    controlUrl: server.url,
    originUrl,
    token: TOKEN,
    dataDir: options.dataDir,
    closed: closed.promise,
    fail: closed.resolve,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  });
}
