import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { rawPublisher, sendFrames } from '../support/raw-feeds.ts';
import {
  field,
  ingestUrl,
  previewBase,
  record,
  request,
  segmentsAt,
  startEvent,
  textOf,
} from '../support/service-stage.ts';
import { openStage, type Stage } from '../support/studio-stage.ts';

describe('keyFrameIntervalDuration', () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage();
  });
  after(() => stage[Symbol.asyncDispose]());

  for (const [duration, seconds] of [
    ['PT0.5S', 1],
    ['PT1S', 1],
    [undefined, 2],
    ['PT4S', 4],
    ['PT20S', 20],
  ] as const) {
    test(`20: ${duration ?? 'none'} gives HLS a target duration of ${seconds} s`, async () => {
      const event = await startEvent(stage.lectern, 'paced', {
        input: {
          streamingProtocol: 'RTMP',
          ...(duration === undefined ? {} : { keyFrameIntervalDuration: duration }),
        },
      });
      const published = await record(stage.lectern, 'paced', { assetName: `paced-${duration ?? 'default'}` });
      using encoder = await rawPublisher(ingestUrl(event, 'rtmp'), 'one');
      const keyEvery = Math.min(10, seconds) * 30;
      // Faster than time, but no faster than an event takes: the key frame behind ends the segment.
      await sendFrames(encoder, { frames: keyEvery + 30, keyEvery, audio: true });

      const preview = `${previewBase(stage.lectern, event)}/manifest(format=m3u8-cmaf)`;
      for (const url of [...(await segmentsAt(published.hls, 1)), ...(await segmentsAt(preview, 1))]) {
        assert.match((await textOf(url)) ?? '', new RegExp(`#EXT-X-TARGETDURATION:${seconds}\\n`), url);
      }
      await request(stage.lectern, 'POST', '/liveEvents/paced/stop', { removeOutputsOnStop: true });
      await request(stage.lectern, 'DELETE', '/liveEvents/paced');
    });
  }

  for (const duration of ['PT0.4S', 'PT21S']) {
    test(`20: ${duration} is refused, when an event is made and when it is changed`, async () => {
      const input = { streamingProtocol: 'RTMP', keyFrameIntervalDuration: duration };

      const made = await request(stage.lectern, 'PUT', '/liveEvents/wrong', { input });
      await request(stage.lectern, 'PUT', '/liveEvents/right', { input: { streamingProtocol: 'RTMP' } });
      const changed = await request(stage.lectern, 'PATCH', '/liveEvents/right', {
        input: { keyFrameIntervalDuration: duration },
      });
      const { body } = await request(stage.lectern, 'GET', '/liveEvents/right');

      for (const { status, code, body: problem } of [made, changed]) {
        assert.deepEqual([status, code], [400, 'request/invalid']);
        assert.match(JSON.stringify(problem), /keyFrameIntervalDuration/);
      }
      assert.equal(field(body, 'input', 'keyFrameIntervalDuration'), 'PT2S');
      await request(stage.lectern, 'DELETE', '/liveEvents/right');
    });
  }
});
