import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AZURITE_ACCOUNT, type Azurite, openAzurite } from '../../support/azurite.ts';
import { until } from '../../support/studio-stage.ts';
import { hashesOf, openMirrorStage } from './rig.ts';

/** It takes seconds to start. */
let azurite: Azurite;
const opened = new AsyncDisposableStack();
before(async () => {
  azurite = opened.use(await openAzurite('shows'));
});
after(() => opened.disposeAsync());

test('azurite takes a mirror with Shared Key and with a signature, refuses wrong ones, and plays what it has', async () => {
  await using stage = await openMirrorStage();
  const target = { kind: 'AzureBlob', containerUrl: azurite.containerUrl };
  const wrongKey = Buffer.from('not the key').toString('base64');
  stage.broadcast.pushUntil(5);

  // Refused: a wrong key, a signature that does not let write, a container that is not there.
  await stage.mirror({ ...target, prefix: 'key', accountKey: wrongKey });
  const wrong = await stage.settled(({ state }) => state === 'failed');
  await stage.mirror({ ...target, prefix: 'key', sas: azurite.sas('r') });
  const reader = await stage.settled(({ state }) => state === 'failed');
  await stage.mirror({
    ...target,
    containerUrl: `${azurite.containerUrl}-not`,
    prefix: 'key',
    accountKey: AZURITE_ACCOUNT.key,
  });
  const nowhere = await stage.settled(({ state }) => state === 'failed');

  assert.deepEqual(
    [wrong, reader, nowhere].map(({ error }) => error?.code),
    ['upload/denied', 'upload/denied', 'upload/no-container'],
  );

  // Live with the key.
  await stage.mirror({ ...target, prefix: 'key', accountKey: AZURITE_ACCOUNT.key });
  await stage.settled(({ state }) => state === 'live');
  stage.broadcast.pushUntil(6);
  await stage.broadcast.end();
  const byKey = await stage.settled(({ state }) => state === 'complete');
  // And a recording with a signature.
  await stage.mirror({ ...target, prefix: 'sas', sas: azurite.sas('rwdc') });
  const bySignature = await stage.settled(({ state }) => state === 'complete');

  const fromOrigin = await stage.originHashes();
  assert(fromOrigin[0]!.length > 150);
  assert.deepEqual(await hashesOf(['-i', byKey.urls.hls ?? '']), fromOrigin);
  assert.deepEqual(await hashesOf(['-i', byKey.urls.dash ?? '']), fromOrigin);
  assert.deepEqual(await hashesOf(['-i', bySignature.urls.hls ?? '']), fromOrigin);
  const segment = await fetch(`${azurite.containerUrl}/key/video-300000/init.mp4`);
  assert.deepEqual(
    ['content-type', 'cache-control'].map((name) => segment.headers.get(name)),
    ['video/mp4', 'public, max-age=31536000, immutable'],
  );
});

test('what has left the window is deleted from azurite', async () => {
  await using stage = await openMirrorStage({ policy: { graceMs: 1000 } });
  stage.broadcast.pushUntil(5);
  await stage.mirror(
    { kind: 'AzureBlob', containerUrl: azurite.containerUrl, prefix: 'window', accountKey: AZURITE_ACCOUNT.key },
    { retention: 'Window', windowDuration: 'PT10S' },
  );
  await stage.settled(({ state }) => state === 'live');
  const folder = `${azurite.containerUrl}/window/video-300000`;
  const [first = ''] = /^\d+\.m4s$/m.exec(await (await fetch(`${folder}/index.m3u8`)).text()) ?? [];
  const statusOf = async (): Promise<number> => (await fetch(`${folder}/${first}`)).status;
  assert.equal(await statusOf(), 200);

  stage.broadcast.pushUntil(20);

  await until('the first segment is gone', async () => ((await statusOf()) === 404 ? true : undefined));
  const text = await (await fetch(`${folder}/index.m3u8`)).text();
  assert(!text.includes(first));
  assert.match(text, /#EXT-X-MEDIA-SEQUENCE:[2-9]/);
});
