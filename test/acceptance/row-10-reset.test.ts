import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import {
  type MediaRecipe,
  mediaFile,
  packetHashes,
  realTime,
  rtmpOutputs,
  send,
  smoothOutput,
} from '../support/senders.ts';
import {
  field,
  followEvents,
  ingestUrl,
  playlistsOf,
  previewBase,
  record,
  request,
  segmentsAt,
  startEvent,
  textOf,
} from '../support/service-stage.ts';
import { openStage, until } from '../support/studio-stage.ts';

const RECIPE: MediaRecipe = { seconds: 20, layers: [{ size: '320x180', kbps: 300 }], gopSeconds: 1 };

test('10: a reset ends outputs and encoders, keeps what is recorded, and takes another codec afterwards', {
  skip: missingPrograms('ffmpeg'),
}, async () => {
  const avc = await mediaFile(RECIPE);
  const hevc = await mediaFile({ ...RECIPE, codec: 'libx265' });
  const source = await packetHashes(avc);
  await using stage = await openStage();
  const { lectern } = stage;
  await using events = followEvents(lectern);
  const event = await startEvent(lectern, 'again', {
    input: { streamingProtocol: 'FragmentedMP4', keyFrameIntervalDuration: 'PT1S' },
  });
  const published = await record(lectern, 'again');
  const url = ingestUrl(event, 'http');

  await using first = send(smoothOutput(url), realTime(avc));
  await segmentsAt(published.hls, 3);
  const reset = await request(lectern, 'POST', '/liveEvents/again/reset', {});

  assert.equal(reset.status, 200);
  const { data } = await events.next('Microsoft.Media.LiveEventEncoderDisconnected');
  assert.equal(field(data, 'resultCode'), 'MPI_REST_API_CHANNEL_RESET');
  await first.ended;
  const outputs = await request(lectern, 'GET', '/liveEvents/again/liveOutputs');
  assert.deepEqual(field(outputs.body, 'value'), []);
  const [video = ''] = await playlistsOf(published.hls);
  assert.match((await textOf(video)) ?? '', /#EXT-X-ENDLIST/);
  const recorded = await packetHashes(video);
  const from = source.indexOf(recorded[0] ?? '');
  assert.ok(from >= 0 && recorded.length >= 90, `${recorded.length} pictures`);
  assert.deepEqual(recorded, source.slice(from, from + recorded.length));

  await using _second = send(smoothOutput(url), realTime(hevc));
  const preview = `${previewBase(lectern, event)}/manifest(format=m3u8-cmaf)`;
  const text = await until('the other codec shows', async () => {
    const shown = (await textOf(preview)) ?? '';
    return shown.includes('hvc1') ? shown : undefined;
  });

  assert.doesNotMatch(text, /avc1/);
  await segmentsAt(preview, 1);
});

test('10: another size on the same RTMP stream is refused before a reset, and taken after it', {
  skip: missingPrograms('ffmpeg'),
}, async () => {
  const before = await mediaFile(RECIPE);
  const after = await mediaFile({ ...RECIPE, layers: [{ size: '160x90', kbps: 100 }] });
  await using stage = await openStage();
  const { lectern } = stage;
  await using events = followEvents(lectern);
  const event = await startEvent(lectern, 'sized', {
    input: { streamingProtocol: 'RTMP', keyFrameIntervalDuration: 'PT1S' },
  });
  const outputs = rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']);
  const preview = `${previewBase(lectern, event)}/manifest(format=m3u8-cmaf)`;
  const first = send(outputs, realTime(before));
  await segmentsAt(preview, 1);
  await first.stop();

  await using refused = send(outputs, realTime(after));
  const { data } = await events.next('Microsoft.Media.LiveEventConnectionRejected');
  assert.equal(field(data, 'resultCode'), 'MPE_INGEST_CODEC_NOT_SUPPORTED');
  assert.notEqual(await refused.ended, 0);
  await request(lectern, 'POST', '/liveEvents/sized/reset', {});
  await using _taken = send(outputs, realTime(after));
  await segmentsAt(preview, 1);

  assert.match((await textOf(preview)) ?? '', /RESOLUTION=160x90/);
});
