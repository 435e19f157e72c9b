import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { cpixDocument } from '../support/cpix.ts';
import { openProtectedStage, outcomeOf, type ProtectedStage } from '../support/protected-stage.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { field, playlistsOf, request, textOf } from '../support/service-stage.ts';

const open = { configuration: { kind: 'ClearKey' }, restriction: { kind: 'Open' } };
const BLOCKED = '403 MPE_OUTPUT_FORMAT_BLOCKED';
const NOT_SAID = '400 MPE_ENC_ENCRYPTION_NOT_SPECIFIED_IN_URL';
const REQUIRED = '403 MPE_ENC_ENCRYPTION_REQUIRED';
const NOT_SET = '403 MPE_ENC_ENCRYPTION_NOT_SET_IN_DELIVERY_POLICY';

describe('streaming policies', { skip: missingPrograms('ffmpeg') }, () => {
  let on: ProtectedStage;
  before(async () => {
    on = await openProtectedStage();
    await on.put('/contentKeyPolicies/open', { options: [open] });
  });
  after(() => on[Symbol.asyncDispose]());

  /** HLS and DASH with CMAF: without a tag, and with each that is theirs. */
  const CMAF = [
    'format=m3u8-cmaf',
    'format=m3u8-cmaf,encryption=cbc',
    'format=m3u8-cmaf,encryption=cbcs-aapl',
    'format=mpd-time-cmaf',
    'format=mpd-time-cmaf,encryption=cbc',
    'format=mpd-time-cmaf,encryption=cenc',
  ];
  /** What was there before CMAF, which needs a tag only where there is a choice. */
  const BEFORE_CMAF = [
    'format=m3u8-aapl',
    'format=m3u8-aapl-v3,encryption=cbc',
    'format=mpd-time-csf',
    'format=mpd-time-csf,encryption=cenc',
    'audio-only=false',
    'format=fmp4-v20,encryption=piff',
    'format=f4m-f4f',
  ];

  async function outcomesAt(base: string, asked: readonly string[] = CMAF): Promise<readonly string[]> {
    return await Promise.all(asked.map((options) => outcomeOf(`${base}/manifest(${options})`)));
  }

  for (const [policy, expected, before] of [
    ['Predefined_DownloadOnly', CMAF.map(() => BLOCKED), BEFORE_CMAF.map(() => BLOCKED)],
    [
      'Predefined_ClearStreamingOnly',
      ['200', NOT_SET, NOT_SET, '200', NOT_SET, NOT_SET],
      ['200', NOT_SET, '200', NOT_SET, '200', NOT_SET, '200'],
    ],
    [
      'Predefined_DownloadAndClearStreaming',
      ['200', NOT_SET, NOT_SET, '200', NOT_SET, NOT_SET],
      ['200', NOT_SET, '200', NOT_SET, '200', NOT_SET, '200'],
    ],
    [
      'Predefined_ClearKey',
      [NOT_SAID, '200', NOT_SET, NOT_SAID, '200', NOT_SET],
      ['200', '200', '200', NOT_SET, '200', NOT_SET, REQUIRED],
    ],
    [
      'Predefined_MultiDrmCencStreaming',
      [BLOCKED, BLOCKED, BLOCKED, NOT_SAID, NOT_SET, '200'],
      [BLOCKED, BLOCKED, '200', '200', '200', '200', REQUIRED],
    ],
    [
      'Predefined_MultiDrmStreaming',
      [NOT_SAID, NOT_SET, '200', NOT_SAID, NOT_SET, '200'],
      ['200', NOT_SET, '200', '200', '200', '200', REQUIRED],
    ],
  ] as const) {
    test(`58: ${policy} gives what it says and nothing else`, async () => {
      const { base } = await on.publish(policy, {
        streamingPolicyName: policy,
        defaultContentKeyPolicyName: 'open',
      });

      assert.deepEqual(await outcomesAt(base), expected);
      assert.deepEqual(await outcomesAt(base, BEFORE_CMAF), before);
    });
  }

  test('59: a policy of one’s own switches protocols, leaves tracks clear and sends players elsewhere for keys', async () => {
    await on.put('/streamingPolicies/Mine', {
      noEncryption: { enabledProtocols: { dash: true } },
      envelopeEncryption: {
        enabledProtocols: { hls: true },
        clearTracks: [{ trackSelections: [{ property: 'FourCC', operation: 'Equal', value: 'mp4a' }] }],
        customKeyAcquisitionUrlTemplate: 'https://keys.example/{AlternativeMediaId}/{ContentKeyId}',
      },
    });
    const { base } = await on.publish('mine', { streamingPolicyName: 'Mine', alternativeMediaId: 'media-7' });

    assert.deepEqual(await outcomesAt(base), [NOT_SAID, '200', NOT_SET, '200', NOT_SET, NOT_SET]);
    const { body } = await request(on.stage.lectern, 'POST', '/streamingLocators/mine/listContentKeys', {});
    const keys = field(body, 'contentKeys');
    const id = String(field(Array.isArray(keys) ? keys[0] : undefined, 'id'));
    const playlists = await playlistsOf(`${base}/manifest(format=m3u8-cmaf,encryption=cbc)`);
    const texts = await Promise.all(playlists.map((url) => textOf(url)));
    const [video, audio] = texts;
    assert.ok(video?.includes(`#EXT-X-KEY:METHOD=AES-128,URI="https://keys.example/media-7/${id}"`), video);
    assert.doesNotMatch(audio ?? '', /EXT-X-KEY/);
  });

  test('59: what is in use is not deleted, and who uses it is named', async () => {
    const { lectern } = on.stage;
    await on.put('/streamingPolicies/Used', {
      defaultContentKeyPolicyName: 'open',
      envelopeEncryption: { enabledProtocols: { hls: true } },
    });
    await on.publish('user', { streamingPolicyName: 'Used' });

    const policy = await request(lectern, 'DELETE', '/streamingPolicies/Used');
    assert.deepEqual([policy.status, policy.code], [409, 'resource/in-use']);
    assert.match(String(field(policy.body, 'detail')), /streamingLocator\/user/);
    const keyPolicy = await request(lectern, 'DELETE', '/contentKeyPolicies/open');
    assert.deepEqual([keyPolicy.status, keyPolicy.code], [409, 'resource/in-use']);
    await request(lectern, 'DELETE', '/streamingLocators/user');
    assert.equal((await request(lectern, 'DELETE', '/streamingPolicies/Used')).status, 204);
  });

  test('59: keys come from a key server as CPIX, encrypted for this service, with what it wants said', async () => {
    const { controlUrl, token } = on.stage.lectern;
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/xml' };
    const certificate = await (
      await fetch(`${controlUrl}/api/v1/contentKeyDeliveryCertificate`, { headers })
    ).text();
    const kid = '59000000-0000-4000-8000-000000000001';
    const { base } = await on.publish('cpix', {
      streamingPolicyName: 'Predefined_MultiDrmStreaming',
      defaultContentKeyPolicyName: 'open',
    });
    const put = (body: string) =>
      fetch(`${controlUrl}/api/v1/streamingLocators/cpix/contentKeys`, { method: 'PUT', headers, body });
    const line =
      '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://vendor.example/59",KEYFORMAT="com.apple.streamingkeydelivery",KEYFORMATVERSIONS="1"';
    const more = `<DRMSystemList><DRMSystem kid="${kid}" systemId="94ce86fb-07ff-4f43-adb8-93d2fa968ca2">
      <HLSSignalingData>${Buffer.from(line).toString('base64')}</HLSSignalingData></DRMSystem></DRMSystemList>`;
    const keys = [{ kid, value: Buffer.alloc(16, 59), attributes: 'commonEncryptionScheme="cbcs"' }];

    const answer = await put(cpixDocument(keys, { certificate, more }));

    const told = await answer.text();
    assert.equal(answer.status, 200, told);
    assert.ok(told.includes(kid) && !told.includes(Buffer.alloc(16, 59).toString('base64')));
    for (const format of ['m3u8-cmaf', 'm3u8-aapl']) {
      const [playlist = ''] = await playlistsOf(`${base}/manifest(format=${format},encryption=cbcs-aapl)`);
      assert.match(
        (await textOf(playlist)) ?? '',
        /#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd:\/\/vendor\.example\/59",IV=/,
      );
    }
    const refused = await put(cpixDocument(keys).replace(kid, 'no-guid'));
    assert.equal(refused.status, 400);
    assert.match(await refused.text(), /CPIX\/ContentKeyList\/ContentKey/);
  });

  test('68: a tag gives its scheme, one that the format does not have is said to be so, and CMAF needs one', async () => {
    await on.put('/streamingPolicies/All', {
      defaultContentKeyPolicyName: 'open',
      envelopeEncryption: { enabledProtocols: { hls: true, dash: true, smoothStreaming: true } },
      commonEncryptionCenc: {
        enabledProtocols: { dash: true, smoothStreaming: true },
        clearKeyEncryptionConfiguration: {},
      },
      commonEncryptionCbcs: { enabledProtocols: { hls: true, dash: true }, clearKeyEncryptionConfiguration: {} },
    });
    const { base } = await on.publish('all', { streamingPolicyName: 'All' });
    const hls = async (tag: string): Promise<string> => {
      const [playlist = ''] = await playlistsOf(`${base}/manifest(format=m3u8-cmaf,encryption=${tag})`);
      return (await textOf(playlist)) ?? '';
    };
    const stream = async (tag: string): Promise<string> => {
      const [playlist = ''] = await playlistsOf(`${base}/manifest(format=m3u8-aapl,encryption=${tag})`);
      return (await textOf(playlist)) ?? '';
    };
    const mpd = async (tag: string, format = 'mpd-time-cmaf'): Promise<string> =>
      (await textOf(`${base}/manifest(format=${format},encryption=${tag})`)) ?? '';
    const smooth = async (tag: string): Promise<string> =>
      (await textOf(`${base}/manifest(encryption=${tag})`)) ?? '';

    assert.match(await hls('cbc'), /#EXT-X-KEY:METHOD=AES-128,/);
    assert.match(await hls('cbcs-aapl'), /#EXT-X-KEY:METHOD=SAMPLE-AES,/);
    assert.match(await stream('cbc'), /#EXT-X-KEY:METHOD=AES-128,/);
    assert.match(await stream('cbcs-aapl'), /#EXT-X-KEY:METHOD=SAMPLE-AES,/);
    assert.equal(await outcomeOf(`${base}/manifest(format=m3u8-aapl)`), NOT_SAID);
    assert.match(await mpd('cbc'), /urn:mpeg:dash:sea:2012/);
    assert.match(await mpd('cenc'), /urn:mpeg:dash:mp4protection:2011"[^>]* value="cenc"/);
    assert.match(await mpd('cbc', 'mpd-time-csf'), /urn:mpeg:dash:sea:2012/);
    assert.match(await mpd('cenc', 'mpd-time-csf'), /urn:mpeg:dash:mp4protection:2011"[^>]* value="cenc"/);
    // Ids of systems: the envelope of AES-128, and PlayReady or Clear Key, whose samples are those of PIFF.
    assert.match(await smooth('cbc'), /ProtectionHeader SystemID="B47B251A-2409-4B42-958E-08DBAE7B4EE9"/i);
    for (const tag of ['cenc', 'piff']) {
      assert.match(await smooth(tag), /<ProtectionHeader SystemID="(?!B47B251A)/i, tag);
      assert.match(await smooth(tag), new RegExp(`encryption=${tag}\\)`), tag);
    }
    assert.match(await mpd('cbcs-aapl'), /urn:mpeg:dash:mp4protection:2011"[^>]* value="cbcs"/);
    assert.equal(await outcomeOf(`${base}/manifest(format=m3u8-cmaf)`), NOT_SAID);
    assert.equal(await outcomeOf(`${base}/manifest(format=mpd-time-cmaf)`), NOT_SAID);
    assert.equal(
      await outcomeOf(`${base}/manifest(format=m3u8-cmaf,encryption=cenc)`),
      '415 MPE_FORMAT_NOT_SUPPORTED',
    );
    assert.equal(
      await outcomeOf(`${base}/manifest(format=mpd-time-cmaf,encryption=piff)`),
      '415 MPE_FORMAT_NOT_SUPPORTED',
    );
    assert.equal(await outcomeOf(`${base}/manifest(encryption=cbcs-aapl)`), '415 MPE_FORMAT_NOT_SUPPORTED');
    assert.equal(
      await outcomeOf(`${base}/manifest(format=f4m-f4f,encryption=cbc)`),
      '415 MPE_FORMAT_NOT_SUPPORTED',
    );
    assert.equal(await outcomeOf(`${base}/manifest(format=m3u8-cmaf,encryption=x)`), '400 MPE_BAD_URL_SYNTAX');
  });
});
