import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { LiveEventCreate } from '../../src-main/shared/api/live-events.ts';
import { fetchLadder, lumas, probed, type Rung } from '../support/encoded-ladder.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { mediaFile, realTime, rtmpOutputs, send } from '../support/senders.ts';
import { ingestUrl, previewBase, request, segmentsAt, startEvent } from '../support/service-stage.ts';
import { openStage, type Stage } from '../support/studio-stage.ts';

type StretchMode = NonNullable<LiveEventCreate['encoding']>['stretchMode'];

const isWhite = (luma: number): boolean => luma > 200;
const isBlack = (luma: number): boolean => luma < 24;

describe('Default720p', { skip: missingPrograms('ffmpeg', 'ffprobe') }, () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage();
  });
  after(() => stage[Symbol.asyncDispose]());

  /** The pictures of the ladder that a white picture of that size becomes. */
  async function encoded(size: string, stretchMode: StretchMode): Promise<readonly Rung[]> {
    const file = await mediaFile({ seconds: 20, layers: [{ size, kbps: 300 }], frameRate: 24, picture: 'white' });
    const event = await startEvent(stage.lectern, 'hall', {
      input: { streamingProtocol: 'RTMP' },
      encoding: {
        encodingType: 'Standard',
        keyFrameInterval: 'PT1S',
        ...(stretchMode === undefined ? {} : { stretchMode }),
      },
    });
    const hls = `${previewBase(stage.lectern, event)}/manifest(format=m3u8-cmaf)`;
    await using _sender = send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), realTime(file));
    await segmentsAt(hls, 3, 30_000);
    const rungs = await fetchLadder(hls);
    await request(stage.lectern, 'POST', '/liveEvents/hall/stop', {});
    await request(stage.lectern, 'DELETE', '/liveEvents/hall');
    return rungs.filter(({ track }) => track.kind === 'video');
  }

  function sizesOf(rungs: readonly Rung[]): readonly string[] {
    return rungs.map(probed).map((words) => words.split(',').slice(2, 4).join('x'));
  }

  /** The last picture there is, in a part of it. */
  function last(rung: Rung, crop: string): number {
    return lumas(rung, crop).at(-1)?.luma ?? 0;
  }

  test('5: 360p becomes the three layers that are not larger, and nothing is scaled up', async () => {
    assert.deepEqual(sizesOf(await encoded('640x360', undefined)), ['512x288', '384x216', '340x192']);
  });

  test('5: a picture smaller than every layer becomes one of its own size', async () => {
    assert.deepEqual(sizesOf(await encoded('160x90', undefined)), ['160x90']);
  });

  test('5: AutoFit of 4:3 yields the sizes of the preset, with bars left and right', async () => {
    const rungs = await encoded('480x360', 'AutoFit');

    assert.deepEqual(sizesOf(rungs), ['512x288', '384x216', '340x192']);
    for (const rung of rungs) {
      // Of 512 the picture has 384: an eighth on each side is black.
      assert(isWhite(last(rung, 'crop=iw*0.7:ih:iw*0.15:0')), 'the picture in the middle');
      assert(isBlack(last(rung, 'crop=iw*0.1:ih:0:0')), 'a bar on the left');
      assert(isBlack(last(rung, 'crop=iw*0.1:ih:iw*0.9:0')), 'a bar on the right');
    }
  });

  test('5: AutoSize of 4:3 yields sizes of 4:3 without bars', async () => {
    const rungs = await encoded('480x360', 'AutoSize');

    assert.deepEqual(sizesOf(rungs), ['384x288', '288x216', '256x192']);
    for (const rung of rungs) {
      assert(isWhite(last(rung, 'crop=iw*0.1:ih:0:0')));
      assert(isWhite(last(rung, 'crop=iw*0.1:ih:iw*0.9:0')));
    }
  });

  test('5: None of 4:3 yields the sizes of the preset, filled', async () => {
    const rungs = await encoded('480x360', 'None');

    assert.deepEqual(sizesOf(rungs), ['512x288', '384x216', '340x192']);
    for (const rung of rungs) {
      assert(isWhite(last(rung, 'crop=iw*0.1:ih:0:0')));
      assert(isWhite(last(rung, 'crop=iw*0.1:ih:iw*0.9:0')));
    }
  });
});
