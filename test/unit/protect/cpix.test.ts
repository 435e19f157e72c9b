import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KeyHolder } from '../../../src-main/core/ports/keys.ts';
import { psshBox, SYSTEM_IDS } from '../../../src-main/media/cenc/pssh.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { cpixDocument } from '../../support/cpix.ts';
import { openOption, type ProtectRig, protectRig } from '../../support/protect-rig.ts';

const KID = '60000000-0000-4000-8000-000000000001';
const OTHER = '60000000-0000-4000-8000-000000000002';
const VALUE = Buffer.from('the key it is 16');
const VALUE_2 = Buffer.from('another of 16 by');
const OF: KeyHolder = { subject: 'streamingLocator/show', streamingPolicyName: 'Drm' };
const video = { fourCc: 'avc1' };
const audio = { fourCc: 'mp4a' };

async function drmRig(): Promise<ProtectRig> {
  const rig = protectRig();
  rig.createPolicy('Drm', {
    commonEncryptionCbcs: {
      enabledProtocols: { hls: true, dash: true },
      contentKeys: {
        defaultKey: { label: 'video' },
        keyToTrackMappings: [{ label: 'audio', tracks: [{ trackSelections: [{ value: 'mp4a' }] }] }],
      },
      drm: {
        widevine: { customLicenseAcquisitionUrlTemplate: 'https://wv.example/{ContentKeyId}' },
        fairPlay: {},
      },
    },
  });
  await rig.keys.create(OF, []);
  return rig;
}

async function protectionOf({ keys }: ProtectRig) {
  const protection = (await keys.protectionOf(OF))('m3u8-cmaf', 'cbcs-aapl');
  assert(protection !== undefined);
  return protection;
}

function rule(kid: string, content: string, attributes = ''): string {
  return `<ContentKeyUsageRule kid="${kid}" ${attributes}>${content}</ContentKeyUsageRule>`;
}

const rules = (...all: readonly string[]): string =>
  `<ContentKeyUsageRuleList>${all.join('')}</ContentKeyUsageRuleList>`;

describe('keys from CPIX', () => {
  test('take the place of those that were made, by what their rules say, and are kept sealed', async () => {
    const rig = await drmRig();
    const before = rig.keys.list(OF.subject).map(({ id }) => id);

    await rig.keys.importCpix(
      OF,
      cpixDocument(
        [
          { kid: KID, value: VALUE, attributes: 'commonEncryptionScheme="cbcs"' },
          { kid: OTHER.toUpperCase(), value: VALUE_2, attributes: 'explicitIV="AAECAwQFBgcICQoLDA0ODw=="' },
        ],
        { more: rules(rule(KID, '<VideoFilter/>'), rule(OTHER, '<AudioFilter/>')) },
      ),
    );

    const protection = await protectionOf(rig);
    const [pictures, sound] = [protection.keyOf(video), protection.keyOf(audio)];
    assert.deepEqual([pictures?.id, sound?.id], [KID, OTHER]);
    assert.deepEqual([Buffer.from(pictures!.value), Buffer.from(sound!.value)], [VALUE, VALUE_2]);
    assert.deepEqual([...sound!.iv], [...Array(16).keys()]);
    assert.deepEqual(
      rig.keys
        .list(OF.subject)
        .map(({ id, labelReferenceInStreamingPolicy }) => [labelReferenceInStreamingPolicy, id]),
      [
        ['video', KID],
        ['audio', OTHER],
      ],
    );
    assert(before.every((id) => !JSON.stringify(rig.rows.keyRows.list()).includes(id)));
    const seen = JSON.stringify([rig.rows.keyRows.list(), rig.keys.list(OF.subject)]) + rig.logged();
    for (const form of ['base64', 'base64url', 'hex', 'utf8'] as const) {
      assert.equal(seen.includes(VALUE.toString(form)), false, form);
    }
    const again = (await rig.reopened().keys.protectionOf(OF))('m3u8-cmaf', 'cbcs-aapl');
    assert.deepEqual(again?.keyOf(audio), sound);
  });

  test('may be for a label by its name; the key of the other label stays', async () => {
    const rig = await drmRig();
    const kept = rig.keys.list(OF.subject).find((key) => key.labelReferenceInStreamingPolicy === 'video')!.id;

    await rig.keys.importCpix(
      OF,
      cpixDocument([{ kid: KID, value: VALUE }], {
        more: rules(rule(KID, '<LabelFilter label="audio"/><BitrateFilter maxBitrate="200000"/>')),
      }),
    );

    const protection = await protectionOf(rig);
    assert.deepEqual([protection.keyOf(video)?.id, protection.keyOf(audio)?.id], [kept, KID]);
  });

  test('are taken when they are encrypted for this service, also after a restart, and not when they were for another', async () => {
    const rig = await drmRig();
    const certificate = await rig.keys.deliveryCertificate();
    const after = rig.reopened();
    const sealed = cpixDocument([{ kid: KID, value: VALUE }], { certificate });

    assert.equal(await after.keys.deliveryCertificate(), certificate);
    await after.keys.importCpix(OF, sealed);

    const protection = (await after.keys.protectionOf(OF))('m3u8-cmaf', 'cbcs-aapl');
    assert.deepEqual(Buffer.from(protection!.keyOf(video)!.value), VALUE);
    const other = protectRig();
    await other.keys.deliveryCertificate();
    other.createPolicy('Drm', { envelopeEncryption: { enabledProtocols: { hls: true } } });
    await assert.rejects(other.keys.importCpix(OF, sealed), {
      code: 'request/invalid',
      details: { field: 'CPIX/DeliveryDataList' },
    });
  });

  test('that were changed on the way are refused before anything of them is decrypted', async () => {
    const rig = await drmRig();
    const sealed = cpixDocument([{ kid: KID, value: VALUE }], {
      certificate: await rig.keys.deliveryCertificate(),
    });
    const [, mac = ''] = /<pskc:ValueMAC>([^<]+)</.exec(sealed) ?? [];

    await assert.rejects(rig.keys.importCpix(OF, sealed.replace(mac, Buffer.alloc(64).toString('base64'))), {
      code: 'request/invalid',
      message: /ValueMAC is not that of the value/,
    });
    assert.equal((await protectionOf(rig)).keyOf(video)?.id === KID, false);
  });

  test('bring what DRM systems want said, which takes the place of what would be made here', async () => {
    const rig = await drmRig();
    const pssh = psshBox({ systemId: SYSTEM_IDS.widevine, keyIds: [], data: Buffer.from('from the vendor') });
    const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64');
    const fairPlay =
      '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://vendor/1",KEYFORMAT="com.apple.streamingkeydelivery",KEYFORMATVERSIONS="1"';
    const systems = `<DRMSystemList>
      <DRMSystem kid="${KID}" systemId="${SYSTEM_IDS.widevine}">
        <PSSH>${base64(pssh)}</PSSH>
        <ContentProtectionData>${base64(`<pssh xmlns="urn:mpeg:cenc:2013">x</pssh><ext xmlns="urn:vendor">1</ext>`)}</ContentProtectionData>
      </DRMSystem>
      <DRMSystem kid="${KID}" systemId="${SYSTEM_IDS.fairPlay}">
        <HLSSignalingData playlist="media">${base64(fairPlay)}</HLSSignalingData>
        <HLSSignalingData playlist="master">${base64('#EXT-X-SESSION-KEY:METHOD=NONE')}</HLSSignalingData>
      </DRMSystem>
    </DRMSystemList>`;

    await rig.keys.importCpix(OF, cpixDocument([{ kid: KID, value: VALUE }], { more: systems }));

    const protection = await protectionOf(rig);
    const found = protection.systemsOf(protection.keyOf(video)!);
    assert.deepEqual(
      found.map((system) =>
        system.kind === 'given'
          ? [system.systemId, system.licenseUrl, system.contentProtection.length]
          : system.kind,
      ),
      [
        [SYSTEM_IDS.widevine, `https://wv.example/${KID}`, 1],
        [SYSTEM_IDS.fairPlay, undefined, 0],
      ],
    );
    const [widevine, apple] = found;
    assert(widevine?.kind === 'given' && apple?.kind === 'given');
    assert.deepEqual(Buffer.from(widevine.pssh!), Buffer.from(pssh));
    assert.deepEqual(
      apple.hls.map(({ uri }) => uri),
      ['skd://vendor/1'],
    );
    // Of the other key they say nothing.
    assert.deepEqual(
      protection.systemsOf(protection.keyOf(audio)!).map(({ kind }) => kind),
      ['widevine', 'fairplay'],
    );
  });

  const one = [{ kid: KID, value: VALUE }] as const;
  const system = (content: string): string =>
    `<DRMSystemList><DRMSystem kid="${KID}" systemId="${SYSTEM_IDS.widevine}">${content}</DRMSystem></DRMSystemList>`;
  for (const [what, document, field] of [
    ['no XML', 'not XML', 'body'],
    ['a document type', `<!DOCTYPE CPIX [<!ENTITY x SYSTEM "file:///etc/passwd">]>${cpixDocument(one)}`, 'body'],
    ['another document', '<MPD/>', 'CPIX'],
    [
      'a key of another size',
      cpixDocument([{ kid: KID, value: VALUE.subarray(1) }]),
      'CPIX/ContentKeyList/ContentKey/Data/Secret/PlainValue',
    ],
    ['a kid that is no GUID', cpixDocument([{ kid: 'mine', value: VALUE }]), 'CPIX/ContentKeyList/ContentKey'],
    ['a kid twice', cpixDocument([...one, ...one]), 'CPIX/ContentKeyList'],
    [
      'a scheme that is not the policy’s',
      cpixDocument([{ ...one[0], attributes: 'commonEncryptionScheme="cens"' }]),
      'CPIX/ContentKeyList/ContentKey[1]/@commonEncryptionScheme',
    ],
    [
      'two keys for one label',
      cpixDocument([...one, { kid: OTHER, value: VALUE_2 }]),
      'CPIX/ContentKeyList/ContentKey[2]',
    ],
    [
      'keys by size',
      cpixDocument(one, { more: rules(rule(KID, '<VideoFilter minPixels="1000"/>')) }),
      'CPIX/ContentKeyUsageRuleList/ContentKeyUsageRule',
    ],
    [
      'a label that the policy does not have',
      cpixDocument(one, { more: rules(rule(KID, '<LabelFilter label="x"/>')) }),
      'CPIX/ContentKeyList/ContentKey[1]',
    ],
    [
      'a rule of a key that is not there',
      cpixDocument(one, { more: rules(rule(OTHER, '')) }),
      'CPIX/ContentKeyUsageRuleList',
    ],
    [
      'a rule with more than is known',
      cpixDocument(one, { more: rules(rule(KID, '<KeyPeriodFilter periodId="1"/>')) }),
      'CPIX/ContentKeyUsageRuleList/ContentKeyUsageRule',
    ],
    ['crypto periods', cpixDocument(one, { more: '<ContentKeyPeriodList/>' }), 'CPIX/ContentKeyPeriodList'],
    [
      'a pssh of another system',
      cpixDocument(one, {
        more: system(
          `<PSSH>${Buffer.from(psshBox({ systemId: SYSTEM_IDS.playReady, keyIds: [], data: VALUE })).toString('base64')}</PSSH>`,
        ),
      }),
      'CPIX/DRMSystemList/DRMSystem/PSSH',
    ],
    [
      'a line that is no key',
      cpixDocument(one, {
        more: system(`<HLSSignalingData>${Buffer.from('#EXTM3U').toString('base64')}</HLSSignalingData>`),
      }),
      'CPIX/DRMSystemList/DRMSystem/HLSSignalingData',
    ],
    [
      'XML that is none inside',
      cpixDocument(one, {
        more: system(`<ContentProtectionData>${Buffer.from('<a>').toString('base64')}</ContentProtectionData>`),
      }),
      'CPIX/DRMSystemList/DRMSystem/ContentProtectionData',
    ],
    [
      'base64 that is none',
      cpixDocument(one).replace(/(PlainValue>)[^<]+/, '$1*'),
      'CPIX/ContentKeyList/ContentKey/Data/Secret/PlainValue',
    ],
  ] as const) {
    test(`with ${what} are refused, naming the element, and nothing is changed`, async () => {
      const rig = await drmRig();
      const before = rig.rows.keyRows.list();

      await assert.rejects(rig.keys.importCpix(OF, document), (error) => {
        assert(error instanceof AppError);
        assert.deepEqual([error.code, error.details['field']], ['request/invalid', field], error.message);
        const told = `${error.message}${JSON.stringify(error.details)}${String(error.cause)}`;
        assert.equal(told.includes(VALUE.toString('base64')), false);
        return true;
      });
      assert.deepEqual(rig.rows.keyRows.list(), before);
    });
  }

  test('are refused where the keys of the policy rotate, and an id is that of one key', async () => {
    const rig = await drmRig();
    await rig.putKeyPolicy('viewers', openOption);
    rig.createPolicy('Rotates', {
      defaultContentKeyPolicyName: 'viewers',
      envelopeEncryption: { enabledProtocols: { hls: true }, keyRotation: { interval: 'PT1H' } },
    });
    const rotates = { subject: 'streamingLocator/other', streamingPolicyName: 'Rotates' };
    await rig.keys.create(rotates, []);
    await assert.rejects(rig.keys.importCpix(rotates, cpixDocument(one)), { message: /rotate/ });

    await rig.keys.importCpix(OF, cpixDocument(one));
    const second = { ...OF, subject: 'streamingLocator/second' };
    await rig.keys.create(second, []);
    await assert.rejects(rig.keys.importCpix(second, cpixDocument([{ kid: KID, value: VALUE_2 }])), {
      code: 'resource/exists',
    });
  });
});
