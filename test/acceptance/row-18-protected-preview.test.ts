import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tokenOption } from '../support/protect-rig.ts';
import { keyAddress, outcomeOf } from '../support/protected-stage.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { mediaFile, realTime, rtmpOutputs, send } from '../support/senders.ts';
import {
  field,
  ingestUrl,
  previewBase,
  request,
  segmentsAt,
  startEvent,
  textOf,
} from '../support/service-stage.ts';
import { openStage } from '../support/studio-stage.ts';
import { jwt } from '../support/tokens.ts';

test('18: a preview with an AES policy needs a token, and is nowhere to be had without', {
  skip: missingPrograms('ffmpeg'),
}, async () => {
  await using stage = await openStage();
  const { lectern } = stage;
  const preview = (streamingPolicyName: string) => ({
    input: { streamingProtocol: 'RTMP' as const },
    preview: { streamingPolicyName },
  });
  const refused = await request(lectern, 'PUT', '/liveEvents/none', preview('Predefined_ClearKey'));
  assert.deepEqual([refused.status, refused.code], [400, 'request/invalid']);
  assert.match(String(field(refused.body, 'detail')), /preview\.streamingPolicyName/);
  await request(lectern, 'PUT', '/contentKeyPolicies/crew', { options: [tokenOption()] });
  const made = await request(lectern, 'PUT', '/streamingPolicies/Preview', {
    defaultContentKeyPolicyName: 'crew',
    envelopeEncryption: { enabledProtocols: { hls: true, dash: true } },
  });
  assert.equal(made.status, 201);

  const event = await startEvent(lectern, 'seen', preview('Preview'));
  const file = await mediaFile({ seconds: 60, layers: [{ size: '320x180', kbps: 300 }] });
  await using _sender = send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), realTime(file));
  const hls = event.preview.endpoints.find(({ protocol }) => protocol === 'Hls')?.url ?? '';

  assert.match(hls, /preview\.ism\/manifest\(format=m3u8-cmaf,encryption=cbc\)$/);
  const [playlist = ''] = await segmentsAt(hls, 2);
  assert.equal(
    await outcomeOf(`${previewBase(lectern, event)}/manifest(format=m3u8-cmaf)`),
    '400 MPE_ENC_ENCRYPTION_NOT_SPECIFIED_IN_URL',
  );
  const key = keyAddress((await textOf(playlist)) ?? '', playlist);
  assert.equal(await outcomeOf(key), '401 keys/token-missing');
  const token = await jwt(Date.now());
  assert.equal(await outcomeOf(`${key}&token=${token}`), '200');
  const inUse = await request(lectern, 'DELETE', '/streamingPolicies/Preview');
  assert.deepEqual([inUse.status, inUse.code], [409, 'resource/in-use']);

  await request(lectern, 'POST', '/liveEvents/seen/stop', {});
  await request(lectern, 'DELETE', '/liveEvents/seen');
  assert.equal(await outcomeOf(`${key}&token=${token}`), '404 keys/not-found');
  assert.equal((await request(lectern, 'DELETE', '/streamingPolicies/Preview')).status, 204);
});
