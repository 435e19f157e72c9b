import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { rawBroadcast } from '../support/raw-broadcast.ts';
import { field, request } from '../support/service-stage.ts';
import { openStage, type Stage } from '../support/studio-stage.ts';

const WITHIN_MS = 5000;

describe('the states of streaming endpoints', () => {
  let stage: Stage;
  /** Of a manifest, an MPD, a playlist and a segment. */
  let paths: readonly string[];
  let defaultPort: number;

  before(async () => {
    stage = await openStage();
    const { playlists, tape } = await rawBroadcast(stage.lectern);
    const [video = ''] = playlists;
    const segment = /^[^#\n].*$/m.exec(await (await fetch(video)).text())?.[0] ?? '';
    paths = [tape.hls, tape.dash, video, new URL(segment, video).href].map((url) => new URL(url).pathname);
    defaultPort = Number(new URL(tape.hls).port);
  });
  after(() => stage[Symbol.asyncDispose]());

  async function change(name: string, verb: 'start' | 'stop'): Promise<void> {
    const begunMs = performance.now();
    const { body } = await request(stage.lectern, 'POST', `/streamingEndpoints/${name}/${verb}?wait=PT5S`);
    assert.equal(field(body, 'resourceState'), verb === 'start' ? 'Running' : 'Stopped', JSON.stringify(body));
    assert.ok(performance.now() - begunMs < WITHIN_MS, `${verb} took ${performance.now() - begunMs} ms`);
  }

  async function told(port: number): Promise<readonly string[]> {
    return await Promise.all(
      paths.map(async (path) => {
        const answer = await fetch(`http://127.0.0.1:${port}${path}`);
        await answer.arrayBuffer();
        return `${answer.status} ${answer.headers.get('x-ms-error-code') ?? ''}`.trim();
      }),
    );
  }

  test('65: one that is stopped serves nothing, the others go on, and each starts and stops in less than 5 s', async () => {
    const made = await request(stage.lectern, 'PUT', '/streamingEndpoints/second', {});
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const [first, second] = [defaultPort, Number(field(made.body, 'port'))];
    const served = ['200', '200', '200', '200'];
    const stopped = served.map(() => '503 origin/stopped');

    assert.deepEqual([await told(first), await told(second)], [served, stopped], 'a new one is stopped');
    await change('second', 'start');
    assert.deepEqual(await told(second), served);
    await change('default', 'stop');
    assert.deepEqual([await told(first), await told(second)], [stopped, served]);
    await change('default', 'start');
    await change('second', 'stop');
    assert.deepEqual([await told(first), await told(second)], [served, stopped]);
  });

  test('65: what is so already is refused, and one that runs is not deleted', async () => {
    const again = await request(stage.lectern, 'POST', '/streamingEndpoints/default/start');
    await change('second', 'start');
    const running = await request(stage.lectern, 'DELETE', '/streamingEndpoints/second');
    await change('second', 'stop');
    const stopped = await request(stage.lectern, 'DELETE', '/streamingEndpoints/second');

    assert.deepEqual([again.status, running.status, stopped.status], [409, 409, 204]);
    assert.equal(field(again.body, 'code'), 'resource/wrong-state');
  });
});
