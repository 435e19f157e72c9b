import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { LiveEvent } from '../../src-main/shared/api/live-events.ts';
import { rawPublisher, refusalOf, sendFrames } from '../support/raw-feeds.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { mediaFile, realTime, rtmpOutputs, send } from '../support/senders.ts';
import {
  field,
  followEvents,
  ingestUrl,
  previewBase,
  record,
  request,
  segmentsAt,
  startEvent,
} from '../support/service-stage.ts';
import { openStage, type Stage } from '../support/studio-stage.ts';

const CODE = 'MPE_INGEST_BITRATE_AGGREGATED_EXCEEDED';

describe('a PassthroughBasic live event', { skip: missingPrograms('ffmpeg') }, () => {
  let stage: Stage;
  let event: LiveEvent;
  let file: string;

  before(async () => {
    file = await mediaFile({ seconds: 30, layers: [{ size: '320x180', kbps: 300 }], gopSeconds: 1 });
    stage = await openStage();
    event = await startEvent(stage.lectern, 'basic', {
      input: { streamingProtocol: 'RTMP' },
      encoding: { encodingType: 'PassthroughBasic' },
    });
  });
  after(() => stage[Symbol.asyncDispose]());

  const declaring = (stream: string, kbps: number): readonly string[] =>
    rtmpOutputs(ingestUrl(event, 'rtmp'), [`${stream}?videodatarate=${kbps}&audiodatarate=96`]);

  test('2: a layer of more than 4 Mbit/s is refused, one of 4 is not', async () => {
    await using events = followEvents(stage.lectern);

    await using much = send(declaring('much', 4001), realTime(file));
    const { data } = await events.next('Microsoft.Media.LiveEventConnectionRejected');
    assert.notEqual(await much.ended, 0);
    await using fitting = send(declaring('fitting', 4000), realTime(file));
    await events.next('Microsoft.Media.LiveEventEncoderConnected', ({ streamId }) => streamId === 'fitting');
    await segmentsAt(`${previewBase(stage.lectern, event)}/manifest(format=m3u8-cmaf)`, 1);

    assert.deepEqual([field(data, 'streamId'), field(data, 'resultCode')], ['much', CODE]);
    // 4.096 Mbit/s are there: 0.9 more are too much, 0.8 are not.
    await using over = send(declaring('over', 905), realTime(file));
    const refused = await events.next(
      'Microsoft.Media.LiveEventConnectionRejected',
      ({ streamId }) => streamId === 'over',
    );
    assert.equal(field(refused.data, 'resultCode'), CODE);
    assert.notEqual(await over.ended, 0);
    await using _under = send(declaring('under', 800), realTime(file));
    await events.next('Microsoft.Media.LiveEventEncoderConnected', ({ streamId }) => streamId === 'under');
    await fitting.stop();
  });

  test('2: one that says less than it sends is cut off', async () => {
    await using events = followEvents(stage.lectern);
    await request(stage.lectern, 'PATCH', '/liveEvents/basic', { description: 'followed' });
    await events.next('Lectern.LiveEventChanged', ({ description }) => description === 'followed');
    using encoder = await rawPublisher(ingestUrl(event, 'rtmp'), 'liar?videodatarate=1000');

    // 4.8 Mbit/s.
    await sendFrames(encoder, { frames: 30 * 20, bytes: 20_000 });

    assert.match(await refusalOf(encoder), new RegExp(`${CODE}$`));
    const { data } = await events.next(
      'Microsoft.Media.LiveEventEncoderDisconnected',
      ({ streamId }) => streamId === 'liar',
    );
    assert.equal(field(data, 'resultCode'), CODE);
  });

  test('2: a second output is refused, and an archive of more than 8 h', async () => {
    const output = (archiveWindowLength: string) => ({ assetName: 'long', archiveWindowLength });
    await request(stage.lectern, 'PUT', '/assets/long', {});
    await request(stage.lectern, 'PUT', '/assets/second', {});

    const long = await request(stage.lectern, 'PUT', '/liveEvents/basic/liveOutputs/long', output('PT8H1S'));
    const fitting = await request(stage.lectern, 'PUT', '/liveEvents/basic/liveOutputs/long', output('PT8H'));
    const second = await request(stage.lectern, 'PUT', '/liveEvents/basic/liveOutputs/second', {
      ...output('PT1H'),
      assetName: 'second',
    });

    assert.deepEqual([long.status, long.code], [400, 'request/invalid']);
    assert.equal(fitting.status, 201);
    assert.deepEqual([second.status, second.code], [403, 'resource/quota']);
    await assert.rejects(record(stage.lectern, 'basic', { name: 'third' }), /resource\/quota/);
  });
});
