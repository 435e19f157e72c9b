import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { type Clock, systemClock } from '../../src-main/base/clock.ts';
import type { OriginLimits } from '../../src-main/core/origin/limits.ts';
import { type Origin, openOrigin } from '../../src-main/core/origin/origin.ts';
import type { EndpointRules } from '../../src-main/core/ports/endpoint-rules.ts';
import type { KeyDelivery } from '../../src-main/core/ports/keys.ts';
import { silentLogger } from '../../src-main/core/ports/logger.ts';
import type { Publication } from '../../src-main/core/ports/presentation.ts';
import { type FakeAnswers, fakePackager, fakePublication, LOCATOR } from './fake-packager.ts';

export type TestOrigin = {
  readonly origin: Origin;
  readonly answers: FakeAnswers;
  readonly publications: Map<string, Publication>;
};

/** An origin on a free port over a fake packager, closed when the test ends. */
export async function openTestOrigin(
  test: TestContext,
  options: {
    readonly limits?: Partial<OriginLimits>;
    readonly watchFolder?: string;
    readonly clock?: Clock;
    readonly publication?: Publication;
    readonly keyDelivery?: KeyDelivery;
    readonly rules?: () => EndpointRules;
  } = {},
): Promise<TestOrigin> {
  const answers: FakeAnswers = new Map();
  const publications = new Map([[LOCATOR, options.publication ?? fakePublication()]]);
  const origin = await openOrigin({
    port: 0,
    host: '127.0.0.1',
    packager: fakePackager(answers),
    findPublication: async (locatorId) => await Promise.resolve(publications.get(locatorId)),
    keyDelivery: options.keyDelivery,
    rules: options.rules,
    watchFolder: options.watchFolder,
    clock: options.clock ?? systemClock(),
    logger: silentLogger,
    version: '1.2.3',
    limits: { checkIntervalMs: 50, ...options.limits },
  });
  test.after(() => origin[Symbol.asyncDispose]());
  return { origin, answers, publications };
}

/** The path of a streaming address of the test's publication. */
export function streamPath(rest: string): string {
  return `/${LOCATOR}/talk.ism/${rest}`;
}

export type Reply = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Broken off before its end. */
  readonly isCut: boolean;
};

/** One request on a connection of its own. */
export function ask(
  origin: Pick<Origin, 'port'>,
  path: string,
  options: {
    readonly method?: string;
    readonly headers?: OutgoingHttpHeaders;
    readonly signal?: AbortSignal;
  } = {},
): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const outgoing = request(
    {
      host: '127.0.0.1',
      port: origin.port,
      path,
      agent: false,
      method: options.method ?? 'GET',
      ...(options.headers === undefined ? {} : { headers: options.headers }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    },
    (incoming) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('error', () => undefined);
      incoming.on('close', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: Buffer.concat(parts),
          isCut: !incoming.complete,
        }),
      );
    },
  );
  outgoing.on('error', reject);
  outgoing.end();
  return promise;
}

/** A connection that says exactly `text`, and what comes back until it ends. */
export function talk(
  origin: Pick<Origin, 'port'>,
  text: string | Uint8Array,
): { readonly socket: Socket; readonly said: Promise<string> } {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(origin.port, '127.0.0.1');
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  socket.on('error', () => undefined);
  socket.on('close', () => resolve(Buffer.concat(parts).toString('latin1')));
  socket.write(text);
  return { socket, said: promise };
}

/** Waits for something that other threads and the kernel bring about, at most 10 s. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let step = 0; step < 1000; step += 1) {
    if (condition()) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`it never happened that ${what}`);
}
