import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KeyHolder } from '../../../src-main/core/ports/keys.ts';
import { manifestPaths } from '../../../src-main/core/ports/streaming-paths.ts';
import type { StoredContentKey } from '../../../src-main/core/protect/publication-keys.ts';
import { contentKeyPolicyCreate } from '../../../src-main/shared/api/content-key-policies.ts';
import { PREDEFINED_POLICIES, streamingPolicyCreate } from '../../../src-main/shared/api/publishing.ts';
import { memoryRows } from '../../support/memory-rows.ts';
import { openOption, type ProtectRig, protectRig, tokenOption } from '../../support/protect-rig.ts';
import { jwt, SECRET } from '../../support/tokens.ts';

const hls = { enabledProtocols: { hls: true } };
const ALL = ['smooth', 'm3u8-cmaf', 'm3u8-aapl', 'mpd-time-cmaf'] as const;
const video = { kind: 'video', fourCc: 'avc1', name: 'video' } as const;
const audio = { kind: 'audio', fourCc: 'mp4a', name: 'audio' } as const;

function holder(streamingPolicyName: string, rest: Partial<KeyHolder> = {}): KeyHolder {
  return { subject: 'streamingLocator/show', streamingPolicyName, ...rest };
}

/** What `keyOf` is asked with; the rest of a track says nothing about keys. */
function trackOf(facts: typeof video | typeof audio): never {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- See above.
  return facts as never;
}

async function protectionOf(
  rig: ProtectRig,
  of: KeyHolder,
  ...asked: Parameters<Awaited<ReturnType<ProtectRig['keys']['protectionOf']>>>
) {
  const protect = await rig.keys.protectionOf(of);
  const protection = protect(...asked);
  assert.ok(protection !== undefined);
  return protection;
}

describe('streaming policies', () => {
  test('are there under the six names of AMS, and those cannot be taken, changed or deleted', () => {
    const rig = protectRig();

    assert.deepEqual(
      rig.streamingPolicies.list().map(({ name }) => name),
      [...PREDEFINED_POLICIES],
    );
    assert.throws(() => rig.createPolicy('Predefined_ClearKey', { noEncryption: hls }), {
      code: 'resource/exists',
    });
    assert.throws(() => rig.streamingPolicies.delete('Predefined_ClearKey'), { code: 'resource/immutable' });
    assert.throws(() => rig.streamingPolicies.get('Mine'), { code: 'resource/not-found' });
  });

  for (const [name, paths] of [
    ['Predefined_DownloadOnly', []],
    ['Predefined_ClearStreamingOnly', ['Hls NoEncryption', 'Dash NoEncryption', 'SmoothStreaming NoEncryption']],
    [
      'Predefined_ClearKey',
      ['Hls EnvelopeEncryption', 'Dash EnvelopeEncryption', 'SmoothStreaming EnvelopeEncryption'],
    ],
    ['Predefined_MultiDrmCencStreaming', ['Dash CommonEncryptionCenc', 'SmoothStreaming CommonEncryptionCenc']],
    [
      'Predefined_MultiDrmStreaming',
      ['Hls CommonEncryptionCbcs', 'Dash CommonEncryptionCenc', 'SmoothStreaming CommonEncryptionCenc'],
    ],
  ] as const) {
    test(`${name} lists its paths, each with its encryption`, () => {
      const listed = manifestPaths(protectRig().streamingPolicies.get(name), ALL);

      assert.deepEqual(
        listed.map(({ streamingProtocol, encryptionScheme }) => `${streamingProtocol} ${encryptionScheme}`),
        paths,
      );
    });
  }

  test('list addresses that say how they are encrypted', () => {
    const { streamingPolicies } = protectRig();
    const pathsOf = (name: string) =>
      manifestPaths(streamingPolicies.get(name), ALL).flatMap(({ paths }) => paths);

    assert.deepEqual(pathsOf('Predefined_ClearKey'), [
      'manifest(format=m3u8-cmaf,encryption=cbc)',
      'manifest(format=m3u8-aapl,encryption=cbc)',
      'manifest(format=mpd-time-cmaf,encryption=cbc)',
      'manifest(encryption=cbc)',
    ]);
    assert.deepEqual(pathsOf('Predefined_MultiDrmStreaming'), [
      'manifest(format=m3u8-cmaf,encryption=cbcs-aapl)',
      'manifest(format=m3u8-aapl,encryption=cbcs-aapl)',
      'manifest(format=mpd-time-cmaf,encryption=cenc)',
      'manifest(encryption=cenc)',
    ]);
  });

  for (const [what, request, words] of [
    ['that allows nothing', { noEncryption: { enabledProtocols: {} } }, /allows nothing/],
    ['with encrypted downloads', { envelopeEncryption: { enabledProtocols: { download: true } } }, /download/],
    [
      'in which two keys have one label',
      {
        envelopeEncryption: { ...hls, contentKeys: { defaultKey: { label: 'a' } } },
        commonEncryptionCenc: { ...hls, contentKeys: { defaultKey: { label: 'a' } } },
      },
      /label a/,
    ],
  ] as const) {
    test(`one ${what} is refused, and nothing is kept of it`, () => {
      const rig = protectRig();

      assert.throws(() => rig.createPolicy('Mine', request), { code: 'request/invalid', message: words });
      assert.equal(rig.streamingPolicies.list().length, PREDEFINED_POLICIES.length);
    });
  }

  test('name content key policies that are there, and keep them from being deleted', async () => {
    const rig = protectRig();
    const request = { defaultContentKeyPolicyName: 'viewers', envelopeEncryption: hls };

    assert.throws(() => rig.createPolicy('Mine', request), { code: 'resource/not-found', message: /viewers/ });
    await rig.putKeyPolicy('viewers', openOption);
    rig.createPolicy('Mine', request);

    await assert.rejects(rig.contentKeyPolicies.delete('viewers'), {
      code: 'resource/in-use',
      message: /streamingPolicy\/Mine/,
    });
    rig.users.policies = ['streamingLocator/show'];
    assert.throws(() => rig.streamingPolicies.delete('Mine'), { code: 'resource/in-use', message: /show/ });
    rig.users.policies = [];
    rig.streamingPolicies.delete('Mine');
    await rig.contentKeyPolicies.delete('viewers');
    assert.deepEqual(rig.contentKeyPolicies.list(), []);
  });

  test('are a hundred at most', () => {
    const rig = protectRig();
    for (let index = 0; index < 100; index += 1) {
      rig.createPolicy(`Mine${index}`, { noEncryption: hls });
    }

    assert.throws(() => rig.createPolicy('One more', { noEncryption: hls }), { code: 'resource/quota' });
  });

  test('take templates with the tokens of AMS and nothing that could leave its place in a manifest', () => {
    const parse = (template: string) =>
      streamingPolicyCreate.safeParse({
        envelopeEncryption: { ...hls, customKeyAcquisitionUrlTemplate: template },
      }).success;

    assert.deepEqual(
      [
        'https://keys.example/{AlternativeMediaId}/{ContentKeyId}?a=b&c=d',
        'https://keys.example/{AssetAlternativeId}',
        'https://keys.example/{Token}',
        'https://keys.example/{ContentKeyId',
        'https://keys.example/"x',
        'https://keys.example/\n#EXT-X-ENDLIST',
        'javascript:alert(1)',
        '/keys',
      ].map(parse),
      [true, true, false, false, false, false, false, false],
    );
  });
});

describe('content key policies', () => {
  test('never show what is secret, at rest neither, and keep it when it is left out of a change', async () => {
    const rig = protectRig();
    const fairPlay = {
      name: 'apple',
      configuration: {
        kind: 'FairPlay',
        ask: Buffer.from('application 16 b').toString('base64'),
        fairPlayPfx: Buffer.from('pfx of the vendor').toString('base64'),
        fairPlayPfxPassword: 'pass word',
        rentalAndLeaseKeyType: 'Undefined',
        rentalDuration: 0,
      },
      restriction: { kind: 'Open' },
    };
    await rig.putKeyPolicy('viewers', tokenOption(), fairPlay);
    await rig.keys.create(holder('Predefined_ClearKey', { defaultContentKeyPolicyName: 'viewers' }), []);
    const id = rig.keys.list('streamingLocator/show')[0]?.id ?? '';
    const before = rig.contentKeyPolicies.get('viewers');

    await rig.putKeyPolicy(
      'viewers',
      tokenOption({ primaryVerificationKey: { kind: 'Symmetric' }, requiredClaims: [{ claimType: 'role' }] }),
      { ...fairPlay, configuration: { kind: 'FairPlay', rentalAndLeaseKeyType: 'Undefined', rentalDuration: 9 } },
    );

    const token = await jwt(rig.clock.wallMs(), { role: 'any' });
    assert.equal((await rig.delivery.deliver({ ids: [id], token, address: '::1' })).length, 1);
    const after = rig.contentKeyPolicies.get('viewers');
    assert.deepEqual(
      after.options.map(({ policyOptionId }) => policyOptionId),
      before.options.map(({ policyOptionId }) => policyOptionId),
    );
    const shown = JSON.stringify([after, rig.contentKeyPolicies.list(), rig.rows.keyPolicyRows.list()]);
    for (const secret of [
      SECRET.toString('base64'),
      'pass word',
      fairPlay.configuration.ask,
      fairPlay.configuration.fairPlayPfx,
    ]) {
      assert.equal(shown.includes(secret), false, secret);
    }
  });

  for (const [what, option, field] of [
    [
      'no verification key',
      tokenOption({ primaryVerificationKey: undefined }),
      'options[0].restriction.primaryVerificationKey',
    ],
    [
      'a key that is too short',
      tokenOption({ primaryVerificationKey: { kind: 'Symmetric', keyValue: 'AAAA' } }),
      'options[0].restriction.primaryVerificationKey',
    ],
    [
      'a certificate that is none',
      tokenOption({ alternateVerificationKeys: [{ kind: 'X509', rawBody: 'AAAA' }] }),
      'options[0].restriction.alternateVerificationKeys[0]',
    ],
    [
      'a key that is left out the first time',
      tokenOption({ primaryVerificationKey: { kind: 'Rsa' } }),
      'options[0].restriction.primaryVerificationKey',
    ],
    [
      'a public key for Simple Web Tokens',
      tokenOption({
        restrictionTokenType: 'Swt',
        alternateVerificationKeys: [{ kind: 'X509', rawBody: 'AAAA' }],
      }),
      'options[0].restriction.primaryVerificationKey',
    ],
  ] as const) {
    test(`with ${what} are refused, naming the field`, async () => {
      const rig = protectRig();

      await assert.rejects(rig.putKeyPolicy('viewers', option), { code: 'request/invalid', details: { field } });
      assert.deepEqual(rig.contentKeyPolicies.list(), []);
    });
  }

  test('can be replaced whole where the master key is lost, and not by parts', async () => {
    const rig = protectRig();
    await rig.putKeyPolicy('viewers', tokenOption());
    await rig.secrets.delete('content-keys-master');
    const reopened = rig.reopened();
    const { contentKeyPolicies } = reopened;

    const put = (option: unknown) =>
      contentKeyPolicies.put('viewers', contentKeyPolicyCreate.parse({ options: [option] }));
    await assert.rejects(put(tokenOption({ primaryVerificationKey: { kind: 'Symmetric' } })), {
      code: 'request/invalid',
    });
    await put(openOption);
    assert.equal(contentKeyPolicies.get('viewers').options.length, 1);
  });
});

describe('content keys', () => {
  const open = { defaultContentKeyPolicyName: 'viewers' };

  test('are made at random, kept sealed, and are the same after a restart', async () => {
    const rig = protectRig();
    await rig.putKeyPolicy('viewers', openOption);
    const of = holder('Predefined_ClearKey', open);
    await rig.keys.create(of, []);

    const key = (await protectionOf(rig, of, 'm3u8-cmaf', 'cbc')).keyOf(trackOf(video));

    assert.ok(key !== undefined);
    assert.deepEqual([key.value.byteLength, key.iv.byteLength], [16, 16]);
    const { keys } = rig.reopened();
    const again = (await keys.protectionOf(of))('m3u8-cmaf', 'cbc')?.keyOf(trackOf(video));
    assert.deepEqual(again, key);
    const kept = JSON.stringify([rig.rows.keyRows.list(), keys.list(of.subject)]);
    for (const form of ['base64', 'base64url', 'hex'] as const) {
      assert.equal(kept.includes(Buffer.from(key.value).toString(form)), false);
    }
    assert.deepEqual(keys.list(of.subject), [
      {
        id: key.id,
        type: 'EnvelopeEncryption',
        labelReferenceInStreamingPolicy: 'aesDefaultKey',
        policyName: 'viewers',
        tracks: [],
      },
    ]);
  });

  test('are those that were given, under their labels, and nothing that has no place is taken', async () => {
    const rig = protectRig();
    const of = holder('Predefined_MultiDrmStreaming');
    const value = Buffer.alloc(16, 7).toString('base64');
    const id = '60000000-0000-0000-0000-000000000004';

    await rig.keys.create(of, [{ id, value, labelReferenceInStreamingPolicy: 'cbcsDefaultKey' }]);

    assert.equal((await protectionOf(rig, of, 'm3u8-cmaf', 'cbcs-aapl')).keyOf(trackOf(audio))?.id, id);
    assert.notEqual((await protectionOf(rig, of, 'mpd-time-cmaf', 'cenc')).keyOf(trackOf(audio))?.id, id);
    for (const [given, words] of [
      [[{ id, value }], /must be one of cencDefaultKey, cbcsDefaultKey/],
      [[{ id, value, labelReferenceInStreamingPolicy: 'x' }], /must be one of/],
      [
        [
          { id, value, labelReferenceInStreamingPolicy: 'cencDefaultKey' },
          { id, value, labelReferenceInStreamingPolicy: 'cbcsDefaultKey' },
        ],
        /another key too/,
      ],
    ] as const) {
      await assert.rejects(rig.keys.create(holder('Predefined_MultiDrmStreaming', { subject: 'x' }), [...given]), {
        code: 'request/invalid',
        message: words,
      });
    }
    await assert.rejects(
      rig.keys.create(holder('Predefined_ClearStreamingOnly', { subject: 'x' }), [{ id, value }]),
      {
        code: 'request/invalid',
        message: /has no keys/,
      },
    );
    assert.deepEqual(rig.keys.list('x'), []);
  });

  test('of one id are one key, also at two locators', async () => {
    const rig = protectRig();
    await rig.putKeyPolicy('viewers', openOption);
    const given = { id: '60000000000000000000000000000004', value: Buffer.alloc(16, 1).toString('base64') };
    await rig.keys.create(holder('Predefined_ClearKey', open), [given]);

    const second = holder('Predefined_ClearKey', { ...open, subject: 'streamingLocator/second' });
    await assert.rejects(rig.keys.create(second, [{ ...given, value: Buffer.alloc(16, 2).toString('base64') }]), {
      code: 'resource/exists',
    });
    await rig.keys.create(second, [given]);

    const delivered = () => rig.delivery.deliver({ ids: [given.id], token: undefined, address: '::1' });
    rig.closed.add('streamingLocator/show');
    assert.equal((await delivered()).length, 1);
    rig.closed.add('streamingLocator/second');
    await assert.rejects(delivered(), { code: 'keys/not-found' });
  });

  test('that nobody could get are not made', async () => {
    const rig = protectRig();
    const drmOnly = {
      configuration: { kind: 'Widevine', widevineTemplate: '{}' },
      restriction: { kind: 'Open' },
    };
    await rig.putKeyPolicy('drm', drmOnly);

    await assert.rejects(rig.keys.create(holder('Predefined_ClearKey'), []), {
      details: { field: 'defaultContentKeyPolicyName' },
    });
    await assert.rejects(
      rig.keys.create(holder('Predefined_ClearKey', { defaultContentKeyPolicyName: 'drm' }), []),
      {
        message: /no ClearKey option/,
      },
    );
    await assert.rejects(
      rig.keys.create(holder('Predefined_ClearKey', { defaultContentKeyPolicyName: 'gone' }), []),
      {
        code: 'resource/not-found',
      },
    );
  });

  test('of which one cannot be written are none', async () => {
    const rows = memoryRows<StoredContentKey>();
    let writes = 0;
    const rig = protectRig({
      keyRows: {
        ...rows,
        put(key, value) {
          writes += 1;
          if (writes === 2) {
            throw new Error('the disk is full');
          }
          rows.put(key, value);
        },
      },
    });

    await assert.rejects(rig.keys.create(holder('Predefined_MultiDrmStreaming'), []), /disk is full/);

    assert.deepEqual(rig.keys.list('streamingLocator/show'), []);
  });
});

describe('protection', () => {
  test('is the same object until something changes', async () => {
    const rig = protectRig();
    await rig.putKeyPolicy('viewers', openOption);
    const of = holder('Predefined_ClearKey', { defaultContentKeyPolicyName: 'viewers' });
    await rig.keys.create(of, []);
    const first = await protectionOf(rig, of, 'm3u8-cmaf', 'cbc');

    assert.equal(await protectionOf(rig, of, 'm3u8-cmaf', 'cbc'), first);
    assert.equal(await protectionOf(rig, of, 'smooth', undefined), first);
    await rig.keys.create(of, []);
    assert.notEqual(await protectionOf(rig, of, 'm3u8-cmaf', 'cbc'), first);
  });

  test('leaves tracks clear, gives others keys of their own, and fills templates in', async () => {
    const rig = protectRig();
    rig.createPolicy('Mine', {
      envelopeEncryption: {
        ...hls,
        clearTracks: [{ trackSelections: [{ value: 'mp4a' }] }],
        contentKeys: {
          keyToTrackMappings: [{ label: 'hevc', tracks: [{ trackSelections: [{ value: 'hvc1' }] }] }],
        },
        customKeyAcquisitionUrlTemplate:
          'https://keys.example/{AlternativeMediaId}/{ContentKeyId}?id={ContentKeyId}',
      },
    });
    await assert.rejects(rig.keys.create(holder('Mine'), []), { details: { field: 'alternativeMediaId' } });
    const of = holder('Mine', { alternativeMediaId: 'show-1' });
    await rig.keys.create(of, []);

    const protection = await protectionOf(rig, of, 'm3u8-cmaf', 'cbc');

    assert.equal(protection.keyOf(trackOf(audio)), undefined);
    const key = protection.keyOf(trackOf(video));
    assert.ok(key !== undefined);
    assert.notEqual(protection.keyOf({ fourCc: 'hvc1' })?.id, key.id);
    assert.deepEqual(protection.systemsOf(key), [
      { kind: 'envelope', keyUri: `https://keys.example/show-1/${key.id}?id=${key.id}` },
    ]);
  });

  test('names this service for Clear Key, and the servers of vendors', async () => {
    const rig = protectRig();
    await rig.putKeyPolicy('viewers', openOption);
    rig.createPolicy('Mine', {
      commonEncryptionCbcs: {
        enabledProtocols: { hls: true, dash: true },
        clearKeyEncryptionConfiguration: {},
        drm: {
          playReady: {
            customLicenseAcquisitionUrlTemplate: 'https://pr.example/{ContentKeyId}',
            playReadyCustomAttributes: 'x',
          },
          widevine: {},
          fairPlay: {},
        },
      },
    });
    const of = holder('Mine', { defaultContentKeyPolicyName: 'viewers' });
    await rig.keys.create(of, []);

    const protection = await protectionOf(rig, of, 'mpd-time-cmaf', 'cbcs-aapl');

    const key = protection.keyOf(trackOf(video));
    assert.ok(key !== undefined);
    assert.deepEqual(protection.systemsOf(key), [
      { kind: 'clear-key', licenseUrl: 'http://localhost:1/keydelivery/clearkey' },
      { kind: 'envelope', keyUri: `/keydelivery/?KID=${key.id}` },
      { kind: 'playready', licenseUrl: `https://pr.example/${key.id}`, customAttributes: 'x' },
      { kind: 'widevine', licenseUrl: undefined },
      { kind: 'fairplay', keyUri: `skd://${key.id}` },
    ]);
  });

  test('that has lost its keys says so, and clear streams go on', async () => {
    const rig = protectRig();
    await rig.putKeyPolicy('viewers', openOption);
    rig.createPolicy('Both', { noEncryption: hls, envelopeEncryption: hls });
    const of = holder('Both', { defaultContentKeyPolicyName: 'viewers' });
    await rig.keys.create(of, []);
    await rig.secrets.delete('content-keys-master');

    const protect = await rig.reopened().keys.protectionOf(of);

    assert.equal(protect('m3u8-cmaf', undefined), undefined);
    assert.throws(() => protect('m3u8-cmaf', 'cbc'), { code: 'secrets/unavailable' });
  });
});
