import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { rawPublisher, refusalOf } from '../support/raw-feeds.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { ingestUrl, request } from '../support/service-stage.ts';
import { openStage, type Stage } from '../support/studio-stage.ts';

const ROUNDS = 5;

describe('a live event in StandBy', { skip: missingPrograms('ffmpeg') }, () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage();
    await request(stage.lectern, 'PUT', '/liveEvents/ready', {
      input: { streamingProtocol: 'RTMP' },
      encoding: { encodingType: 'Standard' },
    });
  });
  after(() => stage[Symbol.asyncDispose]());

  async function act(action: string): Promise<void> {
    const { status, body } = await request(stage.lectern, 'POST', `/liveEvents/ready/${action}`, {});
    assert.equal(status, 200, JSON.stringify(body));
  }

  test('8: allocate reaches StandBy, where nobody is let in', async () => {
    await act('allocate');
    const event = await stage.lectern.call('getLiveEvent', { params: { name: 'ready' } });
    using encoder = await rawPublisher(ingestUrl(event, 'rtmp'), 'one');

    assert.equal(event.resourceState, 'StandBy');
    assert.equal(await refusalOf(encoder), 'MPE_RTMP_APPID_AUTH_FAILURE');
    await act('stop');
  });

  test('8: from StandBy it starts in less than half the time of a cold start', async () => {
    async function startedWithinMs(): Promise<number> {
      const fromMs = performance.now();
      await act('start');
      return performance.now() - fromMs;
    }
    const cold: number[] = [];
    const ready: number[] = [];

    // In turns: whatever else the computer does meets both.
    for (let round = 0; round < ROUNDS; round += 1) {
      cold.push(await startedWithinMs());
      await act('stop');
      await act('allocate');
      ready.push(await startedWithinMs());
      await act('stop');
    }

    const ratio = median(ready) / median(cold);
    assert.ok(ratio < 0.5, `${median(ready).toFixed(0)} ms against ${median(cold).toFixed(0)} ms`);
  });
});

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
