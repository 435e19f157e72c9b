import assert from 'node:assert/strict';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { request as requestTls } from 'node:https';
import { z } from 'zod';
import { systemClock } from '../../../src-main/base/clock.ts';
import { openRemoteServer } from '../../../src-main/core/control/remote/remote-server.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { StoredDevice } from '../../../src-main/core/remote/devices.ts';
import { createRemote } from '../../../src-main/core/remote/remote.ts';
import { createFakeServices } from '../../support/fake-services.ts';
import { memoryRows } from '../../support/memory-rows.ts';

/** The head of an answer. */
export async function answerOf(outgoing: ClientRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  outgoing.on('response', resolve).on('error', reject);
  return await promise;
}

type Answer = { readonly status: number; readonly body: string; readonly json: () => Record<string, unknown> };

/** The remote over real HTTP, with a studio in memory behind it. */
export async function openRig(
  options: {
    readonly tls?: { readonly cert: string; readonly key: string };
    readonly pagesFolder?: string;
    readonly near?: boolean;
  } = {},
) {
  const clock = systemClock();
  const services = createFakeServices({ clock });
  let isPanicking = false;
  async function setPanic(isOn: boolean): Promise<void> {
    isPanicking = isOn;
    services.events.publish('Lectern.StudioChanged', 'studio', services.studio.state());
    await Promise.resolve();
  }
  const remote = createRemote({
    clock,
    events: services.events,
    rows: memoryRows<StoredDevice>(),
    isEnabled: () => true,
    audit: services.audit,
    parts: {
      studio: services.studio,
      destinations: services.destinations,
      proofOfAir: services.proofOfAir,
      scenes: () => [{ label: 'Slate', scene: { kind: 'slate' } }],
      panic: { isOn: () => isPanicking, start: () => setPanic(true), stop: () => setPanic(false) },
    },
  });
  const server = await openRemoteServer({
    desk: remote.desk,
    host: '127.0.0.1',
    port: 0,
    tls: options.tls,
    names: () => ['127.0.0.1', 'studio.local'],
    isNear: () => options.near ?? true,
    pagesFolder: options.pagesFolder,
    watchOrigins: () => ['http://127.0.0.1:8480'],
    clock,
    logger: silentLogger,
  });
  const { port } = server;
  remote.setDoor({ urls: [`http://127.0.0.1:${port}`], tls: options.tls !== undefined });

  async function ask(
    method: string,
    path: string,
    given: { readonly headers?: Record<string, string>; readonly body?: unknown } = {},
  ): Promise<Answer> {
    const about = {
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: { Host: `127.0.0.1:${port}`, ...given.headers },
      agent: false as const,
    };
    const outgoing =
      options.tls === undefined
        ? request(about)
        : requestTls({ ...about, ca: options.tls.cert, servername: 'localhost' });
    outgoing.end(given.body === undefined ? undefined : JSON.stringify(given.body));
    const answer = await answerOf(outgoing);
    const parts: Buffer[] = [];
    for await (const part of answer as AsyncIterable<Buffer>) {
      parts.push(part);
    }
    const body = Buffer.concat(parts).toString();
    return {
      status: answer.statusCode ?? 0,
      body,
      json: () => z.record(z.string(), z.unknown()).parse(JSON.parse(body)),
    };
  }

  async function pair(name = 'Anna’s phone'): Promise<string> {
    const answer = await ask('POST', '/api/pair', { body: { code: remote.startPairing().code, name } });
    assert.equal(answer.status, 201, answer.body);
    return String(answer.json()['token']);
  }

  const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });
  return {
    services,
    remote,
    port,
    url: `http://127.0.0.1:${port}`,
    isPanicking: () => isPanicking,
    ask,
    pair,
    bearer,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      remote[Symbol.dispose]();
    },
  };
}
