import assert from 'node:assert/strict';
import type { BodyInputOf } from '../../src-main/shared/api/routes.ts';
import { mediaFile, realTime, rtmpOutputs, send } from './senders.ts';
import { field, ingestUrl, type Published, record, request, segmentsAt, startEvent } from './service-stage.ts';
import { openStage, type Stage } from './studio-stage.ts';

/** A service that broadcasts into an asset, for tests of what is published of it and how. */
export type ProtectedStage = AsyncDisposable & {
  readonly stage: Stage;
  readonly tape: Published;
  /** Makes or replaces; fails unless that is answered with success. */
  readonly put: (path: string, body: unknown) => Promise<unknown>;
  /** Publishes the asset once more, at an address of its own. */
  readonly publish: (
    name: string,
    request: Omit<BodyInputOf<'putLocator'>, 'assetName'>,
  ) => Promise<{ readonly id: string; readonly base: string }>;
};

export async function openProtectedStage(options: Parameters<typeof openStage>[0] = {}): Promise<ProtectedStage> {
  await using opened = new AsyncDisposableStack();
  const stage = opened.use(await openStage(options));
  const { lectern } = stage;
  const event = await startEvent(lectern, 'show');
  const tape = await record(lectern, 'show');
  const file = await mediaFile({ seconds: 60, layers: [{ size: '320x180', kbps: 300 }] });
  opened.use(send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), realTime(file)));
  await segmentsAt(tape.hls, 3);

  async function put(path: string, body: unknown): Promise<unknown> {
    const answer = await request(lectern, 'PUT', path, body);
    assert.ok(answer.status === 200 || answer.status === 201, JSON.stringify(answer.body));
    return answer.body;
  }

  const owned = opened.move();
  return {
    stage,
    tape,
    put,
    async publish(name, rest) {
      const made = await put(`/streamingLocators/${name}`, { assetName: tape.asset, ...rest });
      const id = String(field(made, 'streamingLocatorId'));
      return { id, base: `${lectern.originUrl}/${id}/show.ism` };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Status and code of what stands at an address. */
export async function outcomeOf(url: string, init?: RequestInit): Promise<string> {
  const answer = await fetch(url, init);
  await answer.arrayBuffer();
  const code = answer.headers.get('x-ms-error-code');
  return code === null ? String(answer.status) : `${answer.status} ${code}`;
}

/** The key that a playlist names, as an address. */
export function keyAddress(playlist: string, url: string): string {
  const [, uri] = /#EXT-X-KEY:METHOD=AES-128,URI="([^"]+)",IV=0x[0-9A-F]{32}/i.exec(playlist) ?? [];
  assert.ok(uri !== undefined, playlist);
  return new URL(uri, url).href;
}
