import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { ffprobe } from '../../support/ffprobe.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { atSpeed, mediaFile, rtmpOutputs, send } from '../../support/senders.ts';
import { ingestUrl, record, startEvent } from '../../support/service-stage.ts';
import { openStage, until } from '../../support/studio-stage.ts';

const GOP_SECONDS = 5;

test('the key frames of an encoder that sets them rarely are told while it is recorded and afterwards, and exports keep to them', {
  skip: missingPrograms('ffmpeg', 'ffprobe'),
  timeout: 120_000,
}, async () => {
  const file = await mediaFile({
    seconds: 40,
    layers: [{ size: '320x180', kbps: 300 }],
    frameRate: 30,
    gopSeconds: GOP_SECONDS,
  });
  await using stage = await openStage();
  const { call } = stage.lectern;
  const event = await startEvent(stage.lectern, 'talk', {
    input: { streamingProtocol: 'RTMP', keyFrameIntervalDuration: 'PT2S' },
  });
  const { asset: name } = await record(stage.lectern, 'talk');
  await using _sending = send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), atSpeed(file, 2));
  const keyFrames = async (): Promise<readonly number[]> =>
    (await call('listKeyFrames', { params: { name }, query: { time: 12, count: 50, quality: 'top' } })).times;
  const recorded = await until(
    'some GOPs are recorded',
    async () =>
      (await call('getAsset', { params: { name } })).duration > 4 * GOP_SECONDS ? keyFrames() : undefined,
    60_000,
  );

  // As they were set, each as far behind the one before; decimals are those of milliseconds, as RTMP has them.
  const apart = recorded.slice(1).map((time, index) => time - (recorded[index] ?? 0));
  assert.ok(recorded.length >= 4, JSON.stringify(recorded));
  assert.ok(
    apart.every((seconds) => Math.abs(seconds - GOP_SECONDS) < 0.05),
    JSON.stringify(recorded),
  );

  const request = { format: 'mp4', quality: 'top', start: 7, end: 12 } as const;
  const plan = await call('planExport', { params: { name }, body: request });
  assert.deepEqual([plan.start, plan.end], [recorded[1], recorded[3]]);
  const out = join(stage.dataDir, '../part.mp4');
  const { id } = await call('createExport', { params: { name }, body: { ...request, out } });
  const job = await until('the export has ended', async () => {
    const now = await call('getExport', { params: { name, id } });
    return now.state === 'done' || now.state === 'failed' ? now : undefined;
  });
  assert.deepEqual([job.state, job.start, job.end, job.quality], ['done', plan.start, plan.end, plan.quality]);
  const { seconds = 0 } = await ffprobe(out);
  assert.ok(Math.abs(seconds - (plan.end - plan.start)) < 0.1, `${seconds} s of ${JSON.stringify(plan)}`);

  await call('deleteLiveOutput', { params: { name: 'talk', output: 'tape' } });
  const afterwards = await until('it is finished', async () =>
    (await call('getAsset', { params: { name } })).state === 'ready' ? keyFrames() : undefined,
  );
  assert.deepEqual(afterwards.slice(0, recorded.length), recorded);
});
