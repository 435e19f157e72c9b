import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src-main/base/clock.ts';
import { type ControlServerOptions, openControlServer } from '../../../src-main/core/control/control-server.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { Problem } from '../../../src-main/shared/api/common.ts';
import { createFakeServices, type FakeServices } from '../../support/fake-services.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';

export const TOKEN = 'a-token-of-the-tests';

type Refusal = Problem & { readonly errors: NonNullable<Problem['errors']> };
type Answer<T> = { readonly status: number; readonly body: T };

export type Fixture = AsyncDisposable & {
  readonly services: FakeServices;
  readonly url: string;
  /** A call of the API with the token; a body that is not text is sent as JSON. */
  readonly call: (
    method: string,
    path: string,
    options?: {
      readonly body?: unknown;
      readonly headers?: Record<string, string>;
      readonly signal?: AbortSignal;
    },
  ) => Promise<Response>;
  /** The JSON of such a call, taken for what the test expects it to be; that every answer fits its schema is a test of its own. */
  readonly json: <T = Refusal>(method: string, path: string, body?: unknown) => Promise<Answer<T>>;
};

export async function openFixture(options: Partial<ControlServerOptions> = {}): Promise<Fixture> {
  const services = createFakeServices();
  const server = await openControlServer({
    services,
    port: 0,
    host: '127.0.0.1',
    token: TOKEN,
    mediaOrigins: () => ['http://127.0.0.1:8480'],
    version: '1.2.3',
    logger: silentLogger,
    clock: systemClock(),
    ...options,
  });

  const call: Fixture['call'] = (method, path, { body, headers, signal } = {}) =>
    fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${TOKEN}`, ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });

  return {
    services,
    url: server.url,
    call,
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- see above
    async json<T>(method: string, path: string, body?: unknown) {
      const response = await call(method, path, { body });
      const text = await response.text();
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- see above
      return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as T };
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

export async function openFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'lectern-control-'));
  return { path: folder.path, [Symbol.asyncDispose]: () => folder.remove() };
}
