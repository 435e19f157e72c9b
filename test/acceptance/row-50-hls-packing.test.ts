import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { parseMediaPlaylist } from '../../src-main/manifest/hls/parse-media-playlist.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { mediaFile, realTime, rtmpOutputs, send } from '../support/senders.ts';
import {
  ingestUrl,
  type Published,
  playlistsOf,
  record,
  request,
  segmentsAt,
  startEvent,
  textOf,
} from '../support/service-stage.ts';
import { openStage, type Stage } from '../support/studio-stage.ts';

describe('how many fragments a segment of HLS has', { skip: missingPrograms('ffmpeg'), concurrency: true }, () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage();
  });
  after(() => stage[Symbol.asyncDispose]());

  /** Durations of the segments of every playlist, in whole seconds. */
  async function durationsOf({ base }: Published, format: string): Promise<readonly (readonly number[])[]> {
    const lists = await playlistsOf(`${base}/manifest(format=${format})`);
    return await Promise.all(
      lists.map(async (list) => {
        const { segments } = parseMediaPlaylist((await textOf(list)) ?? '');
        return segments.map(({ durationSeconds }) => Math.round(durationSeconds));
      }),
    );
  }

  function assertAll(durations: readonly (readonly number[])[], seconds: number): void {
    assert.ok(durations.length > 0 && durations.every((list) => list.length > 0), JSON.stringify(durations));
    // What is cut first may be shorter: an encoder begins when it wants.
    assert.deepEqual([...new Set(durations.flatMap((list) => list.slice(list.length > 1 ? 1 : 0)))], [seconds]);
  }

  for (const { gopSeconds, segmentSeconds } of [
    { gopSeconds: 2, segmentSeconds: 6 },
    { gopSeconds: 4, segmentSeconds: 8 },
    { gopSeconds: 6, segmentSeconds: 6 },
  ]) {
    test(`50: a key frame every ${gopSeconds} s makes segments of ${segmentSeconds} s, and fragments stay what they are in CMAF`, async () => {
      const file = await mediaFile({ seconds: 48, layers: [{ size: '160x90', kbps: 100 }], gopSeconds });
      const event = await startEvent(stage.lectern, `gop-${gopSeconds}`, {
        input: { streamingProtocol: 'RTMP', keyFrameIntervalDuration: `PT${gopSeconds}S` },
      });
      await using _sender = send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), realTime(file, { loop: true }));
      const published = await record(stage.lectern, event.name);

      await segmentsAt(`${published.base}/manifest(format=m3u8-aapl)`, 2, 60_000);
      await segmentsAt(`${published.base}/manifest(format=m3u8-aapl-v3)`, 2, 60_000);

      assertAll(await durationsOf(published, 'm3u8-aapl'), segmentSeconds);
      assertAll(await durationsOf(published, 'm3u8-aapl-v3'), segmentSeconds);
      assertAll(await durationsOf(published, 'm3u8-cmaf'), gopSeconds);
      await request(stage.lectern, 'POST', `/liveEvents/${event.name}/stop`, { removeOutputsOnStop: true });
    });
  }

  test('50: fragmentsPerTsSegment says otherwise, for transport streams only, and still does when it is a recording', async () => {
    const file = await mediaFile({ seconds: 48, layers: [{ size: '160x90', kbps: 100 }], gopSeconds: 1 });
    const event = await startEvent(stage.lectern, 'chosen', {
      input: { streamingProtocol: 'RTMP', keyFrameIntervalDuration: 'PT1S' },
    });
    await using _sender = send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), realTime(file, { loop: true }));
    const published = await record(stage.lectern, event.name, { hls: { fragmentsPerTsSegment: 5 } });
    await segmentsAt(`${published.base}/manifest(format=m3u8-aapl)`, 2, 60_000);

    assertAll(await durationsOf(published, 'm3u8-aapl'), 5);
    assertAll(await durationsOf(published, 'm3u8-cmaf'), 1);
    const address = await firstSegment(published);
    const live = Buffer.from(await (await fetch(address)).arrayBuffer());
    await request(stage.lectern, 'DELETE', `/liveEvents/chosen/liveOutputs/${published.output}`);

    const [list = ''] = await playlistsOf(`${published.base}/manifest(format=m3u8-aapl)`);
    const durations = parseMediaPlaylist((await textOf(list)) ?? '').segments.map(({ durationSeconds }) =>
      Math.round(durationSeconds),
    );
    assert.deepEqual(new Set(durations.slice(1, -1)), new Set(durations.length > 2 ? [5] : []));
    const recorded = Buffer.from(await (await fetch(address)).arrayBuffer());
    assert.deepEqual(recorded, live, 'an address leads to the same bytes for good');
  });

  test('50: segments that are a third of the window or longer are refused, with the code of AMS', async () => {
    const event = await startEvent(stage.lectern, 'small', {
      input: { streamingProtocol: 'RTMP', keyFrameIntervalDuration: 'PT2S' },
    });
    const file = await mediaFile({ seconds: 48, layers: [{ size: '160x90', kbps: 100 }], gopSeconds: 2 });
    await using _sender = send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), realTime(file, { loop: true }));
    const published = await record(stage.lectern, event.name, {
      archiveWindowLength: 'PT1M',
      hls: { fragmentsPerTsSegment: 10 },
    });
    await segmentsAt(published.hls, 2);

    const answer = await fetch(`${published.base}/manifest(format=m3u8-aapl)`);

    assert.equal(answer.status, 415);
    assert.match(`${JSON.stringify([...answer.headers])} ${await answer.text()}`, /MPE_HLS_SEGMENT_TOO_LARGE/);
  });

  async function firstSegment({ base }: Published): Promise<string> {
    const [list = ''] = await playlistsOf(`${base}/manifest(format=m3u8-aapl)`);
    const [segment] = parseMediaPlaylist((await textOf(list)) ?? '').segments;
    return new URL(segment?.uri ?? '', list).href;
  }
});
