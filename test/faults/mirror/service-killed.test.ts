import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashesOf } from '../../integration/mirror/rig.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { openS3Server, S3_KEY } from '../../support/s3-server.ts';
import { mediaFile, realTime, rtmpOutputs, send } from '../../support/senders.ts';
import { ingestUrl, record, startEvent } from '../../support/service-stage.ts';
import { openStage, until } from '../../support/studio-stage.ts';

test('the service is killed while it mirrors: started again, it sends what is missing and the recording is whole', {
  skip: missingPrograms('ffmpeg'),
}, async () => {
  const file = await mediaFile({
    seconds: 60,
    layers: [{ size: '320x180', kbps: 300 }],
    frameRate: 30,
    gopSeconds: 1,
  });
  await using server = await openS3Server();
  await using stage = await openStage();
  const event = await startEvent(stage.lectern, 'talk', {
    input: { streamingProtocol: 'RTMP', keyFrameIntervalDuration: 'PT1S' },
  });
  const { asset, hls } = await record(stage.lectern, 'talk');
  await using _sending = send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), realTime(file));
  await stage.lectern.call('putUpload', {
    params: { name: 'cloud' },
    body: {
      streamingLocatorName: asset,
      target: { kind: 'S3', endpoint: server.url, bucket: 'shows', prefix: 'talk', ...S3_KEY },
    },
  });
  const segments = (): readonly string[] => server.log.filter((line) => line.endsWith('.m4s'));
  await until('some segments have been sent', () => (segments().length >= 6 ? true : undefined), 30_000);

  await stage.lectern.kill();
  const before = segments().length;
  const { call } = await stage.restart();
  const done = await until(
    'all of it is there',
    async () => {
      const upload = await call('getUpload', { params: { name: 'cloud' } });
      return upload.state === 'complete' ? upload : undefined;
    },
    30_000,
  );

  assert.equal(done.hasSecret, true);
  const twice = segments().length - new Set(segments()).size;
  // What was on its way when it was killed.
  assert(twice <= 4, `${twice} segments were sent twice`);
  assert(before >= 6);
  const again = `${stage.lectern.originUrl}${new URL(hls).pathname}`;
  const fromOrigin = await hashesOf(['-i', again]);
  assert(fromOrigin[0]!.length >= 60);
  assert.deepEqual(await hashesOf(['-i', done.urls.hls ?? '']), fromOrigin);
  assert.deepEqual(await hashesOf(['-i', done.urls.dash ?? '']), fromOrigin);
});
