import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { mediaFile, realTime, rtmpOutputs, send } from '../support/senders.ts';
import { ingestUrl, previewBase, record, segmentsAt, startEvent, textOf } from '../support/service-stage.ts';
import { openStage } from '../support/studio-stage.ts';

const skip = missingPrograms('ffmpeg');

test('1: three RTMP pushes become three qualities and one sound in every manifest', { skip }, async () => {
  await using stage = await openStage();
  const { lectern } = stage;
  const event = await startEvent(lectern, 'news');
  const published = await record(lectern, 'news');
  const file = await mediaFile({
    seconds: 20,
    layers: [
      { size: '640x360', kbps: 800 },
      { size: '480x270', kbps: 500 },
      { size: '320x180', kbps: 300 },
    ],
  });

  await using _sender = send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['hi', 'mid', 'lo']), realTime(file));
  const playlists = await segmentsAt(published.hls, 3);

  assert.equal(playlists.length, 4);
  const mpd = (await textOf(published.dash)) ?? '';
  assert.equal(mpd.match(/<Representation [^>]*codecs=/g)?.length, 4);
  assert.equal((await segmentsAt(`${previewBase(lectern, event)}/manifest(format=m3u8-cmaf)`, 2)).length, 4);
});
