import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { keyAddress, openProtectedStage, outcomeOf, type ProtectedStage } from '../support/protected-stage.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { field, playlistsOf, request, textOf } from '../support/service-stage.ts';
import { until } from '../support/studio-stage.ts';

const open = { configuration: { kind: 'ClearKey' }, restriction: { kind: 'Open' } };
const hlsOf = (base: string, rest = ''): string => `${base}/manifest(format=m3u8-cmaf${rest})`;

describe('streaming locators', { skip: missingPrograms('ffmpeg') }, () => {
  let on: ProtectedStage;
  before(async () => {
    on = await openProtectedStage();
    await on.put('/contentKeyPolicies/open', { options: [open] });
  });
  after(() => on[Symbol.asyncDispose]());

  test('55: a given id makes a predictable address; listPaths has each protocol; nothing can be changed', async () => {
    const id = 'a1b2c3d4-0000-4000-8000-00000000abcd';

    await on.publish('given', {
      streamingPolicyName: 'Predefined_ClearStreamingOnly',
      streamingLocatorId: id.toUpperCase().replaceAll('-', ''),
    });

    const { lectern } = on.stage;
    const { body } = await request(lectern, 'POST', '/streamingLocators/given/listPaths', {});
    const paths = field(body, 'streamingPaths');
    assert.ok(Array.isArray(paths));
    const protocols = paths.map((path) => field(path, 'streamingProtocol'));
    assert.deepEqual(new Set(protocols), new Set(['Hls', 'Dash', 'SmoothStreaming']));
    for (const path of paths.flatMap((entry) => field(entry, 'paths'))) {
      assert.ok(String(path).startsWith(`/${id}/show.ism/manifest`));
      assert.equal(await outcomeOf(`${lectern.originUrl}${String(path)}`), '200', String(path));
    }
    const again = await request(lectern, 'PUT', '/streamingLocators/given', {
      assetName: on.tape.asset,
      streamingPolicyName: 'Predefined_DownloadOnly',
    });
    assert.equal(again.code, 'resource/exists');
    assert.equal((await request(lectern, 'PATCH', '/streamingLocators/given', {})).status, 405);
  });

  test('56: outside of its times nothing is to be had, the key neither; delete ends it within 5 s', async () => {
    const nowMs = Date.now();
    const iso = (seconds: number): string => new Date(nowMs + 1000 * seconds).toISOString();
    const encrypted = { streamingPolicyName: 'Predefined_ClearKey', defaultContentKeyPolicyName: 'open' };
    const cbc = (base: string): string => hlsOf(base, ',encryption=cbc');
    const later = await on.publish('later', { ...encrypted, startTime: iso(3600) });
    const before = await on.publish('before', { ...encrypted, startTime: iso(-7200), endTime: iso(-3600) });
    const inside = await on.publish('inside', { ...encrypted, startTime: iso(-3600), endTime: iso(3600) });

    assert.equal(await outcomeOf(cbc(later.base)), '404 MPE_RESOURCE_NOT_FOUND');
    assert.equal(await outcomeOf(cbc(before.base)), '404 MPE_RESOURCE_NOT_FOUND');
    assert.equal(await outcomeOf(cbc(inside.base)), '200');
    const { body } = await request(on.stage.lectern, 'POST', '/streamingLocators/later/listContentKeys', {});
    const [laterKey] = keysIn(body);
    const keyUrl = (id: unknown): string => `${on.stage.lectern.originUrl}/keydelivery/?KID=${String(id)}`;
    assert.equal(await outcomeOf(keyUrl(field(laterKey, 'id'))), '404 keys/not-found');
    const [playlist = ''] = await playlistsOf(cbc(inside.base));
    const key = keyAddress((await textOf(playlist)) ?? '', playlist);
    assert.equal(await outcomeOf(key), '200');

    await request(on.stage.lectern, 'DELETE', '/streamingLocators/inside');

    await until('the end', async () => ((await outcomeOf(cbc(inside.base))) === '200' ? undefined : true), 5000);
    assert.equal(await outcomeOf(key), '404 keys/not-found');
  });

  test('57: one asset is to be had clear and encrypted at the same time', async () => {
    const { base } = await on.publish('encrypted', {
      streamingPolicyName: 'Predefined_ClearKey',
      defaultContentKeyPolicyName: 'open',
    });

    const clear = await playlistsOf(on.tape.hls);
    const encrypted = await playlistsOf(hlsOf(base, ',encryption=cbc'));

    assert.equal(clear.length, encrypted.length);
    assert.doesNotMatch((await textOf(clear[0] ?? '')) ?? '', /EXT-X-KEY/);
    assert.match((await textOf(encrypted[0] ?? '')) ?? '', /#EXT-X-KEY:METHOD=AES-128/);
    assert.equal(await outcomeOf(hlsOf(base)), '400 MPE_ENC_ENCRYPTION_NOT_SPECIFIED_IN_URL');
  });

  test('57: keys that are given are used, their values are never given out, and their ids are theirs alone', async () => {
    const value = Buffer.from('a key for 2 site').toString('base64');
    const id = '60000000-0000-0000-0000-000000000001';
    const encrypted = { streamingPolicyName: 'Predefined_ClearKey', defaultContentKeyPolicyName: 'open' };
    await on.publish('two-sites', {
      ...encrypted,
      contentKeys: [{ id, value, labelReferenceInStreamingPolicy: 'aesDefaultKey' }],
    });

    const { lectern } = on.stage;
    const answers = [
      await request(lectern, 'POST', '/streamingLocators/two-sites/listContentKeys', {}),
      await request(lectern, 'GET', '/streamingLocators/two-sites'),
      await request(lectern, 'GET', '/streamingLocators'),
    ];
    assert.deepEqual(keysIn(answers[0]?.body), [
      {
        id,
        type: 'EnvelopeEncryption',
        labelReferenceInStreamingPolicy: 'aesDefaultKey',
        policyName: 'open',
        tracks: [],
      },
    ]);
    assert.equal(JSON.stringify(answers).includes(value), false);
    const key = await fetch(`${lectern.originUrl}/keydelivery/?KID=${id}`);
    assert.equal(Buffer.from(await key.arrayBuffer()).toString('base64'), value);
    const other = Buffer.alloc(16).toString('base64');
    const body = { assetName: on.tape.asset, ...encrypted, contentKeys: [{ id, value: other }] };
    assert.equal((await request(lectern, 'PUT', '/streamingLocators/third', body)).code, 'resource/exists');
  });
});

function keysIn(body: unknown): readonly unknown[] {
  const keys = field(body, 'contentKeys');
  assert.ok(Array.isArray(keys));
  return keys;
}
