import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fetchLadder, ladderAt, probed, type Rung } from '../support/encoded-ladder.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { type MediaRecipe, mediaFile, realTime, rtmpOutputs, send } from '../support/senders.ts';
import { ingestUrl, previewBase, request, segmentsAt, startEvent } from '../support/service-stage.ts';
import { openStage, type Stage } from '../support/studio-stage.ts';

/** What comes out is known as soon as the first segment is there; that more than these follow each other in real time is for larger computers. */
const FIRST_SEGMENTS = 2;

describe('Default1080p', { skip: missingPrograms('ffmpeg', 'ffprobe') }, () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage();
  });
  after(() => stage[Symbol.asyncDispose]());

  async function encoded(
    picture: Pick<MediaRecipe, 'frameRate'> & { readonly size: string; readonly kbps: number },
  ) {
    const { size, kbps, frameRate = 12 } = picture;
    // White costs an encoder nothing but its size.
    const file = await mediaFile({ seconds: 20, layers: [{ size, kbps }], frameRate, picture: 'white' });
    const event = await startEvent(stage.lectern, 'hall', {
      input: { streamingProtocol: 'RTMP' },
      encoding: { encodingType: 'Premium1080p', presetName: 'Default1080p', keyFrameInterval: 'PT1S' },
    });
    const hls = `${previewBase(stage.lectern, event)}/manifest(format=m3u8-cmaf)`;
    await using _sender = send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), realTime(file));
    await segmentsAt(hls, FIRST_SEGMENTS, 30_000);
    const found = { offered: (await ladderAt(hls))?.pictures, rungs: await fetchLadder(hls) };
    await request(stage.lectern, 'POST', '/liveEvents/hall/stop', {});
    await request(stage.lectern, 'DELETE', '/liveEvents/hall');
    return found;
  }

  for (const { of, size, frameRate, layers, rate, exactRate } of [
    {
      of: '1080p becomes six layers',
      size: '1920x1080',
      frameRate: 12,
      layers: ['1920x1080', '1280x720', '960x540', '640x360', '480x270', '320x180'],
      rate: '23.976',
      exactRate: '24000/1001',
    },
    {
      of: '720p becomes five layers',
      size: '1280x720',
      frameRate: 12,
      layers: ['1280x720', '960x540', '640x360', '480x270', '320x180'],
      rate: '23.976',
      exactRate: '24000/1001',
    },
    {
      of: '60 pictures a second come out as 30',
      size: '640x360',
      frameRate: 60,
      layers: ['640x360', '480x270', '320x180'],
      rate: '30',
      exactRate: '30/1',
    },
  ]) {
    test(`4: ${of}`, async () => {
      const { offered, rungs } = await encoded({ size, kbps: 1000, frameRate });

      assert.deepEqual(
        offered,
        layers.map((layer) => `${layer}@${rate}`),
      );
      assert.deepEqual(
        rungs.slice(0, -1).map(probed),
        layers.map((layer) => `h264,High,${layer.replace('x', ',')},${exactRate}`),
      );
      assert.deepEqual(
        rungs.map(({ track }) => track.kind),
        [...layers.map(() => 'video'), 'audio'],
      );
      for (const rung of rungs.slice(0, -1)) {
        // What is said of the rate is one thing, how far apart pictures are another.
        assert.ok(Math.abs(usualRate(rung) / Number(rate) - 1) < 0.001, `${usualRate(rung)} pictures a second`);
      }
    });
  }
});

/** Pictures a second, by the median of how long one lasts: a computer that is too busy leaves holes. */
function usualRate({ track, samples }: Rung): number {
  const sorted = samples.map(({ duration }) => duration).toSorted((a, b) => a - b);
  return track.timescale / sorted[sorted.length >> 1]!;
}
