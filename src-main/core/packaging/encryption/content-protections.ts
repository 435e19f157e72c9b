import { toHex } from '../../../manifest/binary-text.ts';
import type { ContentProtection, ProtectionData } from '../../../manifest/dash/content-protection.ts';
import { keyIdBytes } from '../../../media/cenc/key-id.ts';
import { psshBox, SYSTEM_IDS } from '../../../media/cenc/pssh.ts';
import type { TrackWindow } from '../../ports/presentation.ts';
import type { ContentKey, KeySystem, Protection } from '../../ports/protection.ts';
import { systemHeader } from './system-headers.ts';
import { textKeyOf } from './text-key.ts';

/** Of samples, ISO/IEC 23009-1 §5.8.5.2. */
const SAMPLES = 'urn:mpeg:dash:mp4protection:2011';
/** Of whole segments, ISO/IEC 23009-4. */
const SEGMENTS = 'urn:mpeg:dash:sea:2012';
const SEGMENT_NAMESPACE = 'urn:mpeg:dash:schema:sea:2012';
const AES_128_CBC = 'urn:mpeg:dash:sea:aes128-cbc:2013';
const KEY_BY_HTTP = 'urn:mpeg:dash:sea:keysys:http:2013';
/** The kind of licence request of W3C EME §9.1.3, by DASH-IF IOP 7.6.2.4. */
const EME_LICENSE = 'EME-1.0';

/** ContentProtection of a track in an MPD, where keys rotate in a Period of that crypto period; undefined for one that is clear. */
export function contentProtectionsOf(
  protection: Protection | undefined,
  { track }: Pick<TrackWindow, 'track'>,
  cryptoPeriod?: number,
): readonly ContentProtection[] | undefined {
  return descriptorsOf(protection, protection?.keyOf(track, cryptoPeriod));
}

export function textProtectionsOf(protection: Protection | undefined): readonly ContentProtection[] | undefined {
  return descriptorsOf(protection, textKeyOf(protection));
}

function descriptorsOf(
  protection: Protection | undefined,
  key: ContentKey | undefined,
): readonly ContentProtection[] | undefined {
  if (protection === undefined || key === undefined) {
    return undefined;
  }
  const systems = protection.systemsOf(key);
  if (protection.scheme === 'EnvelopeEncryption') {
    return systems.flatMap((system) => (system.kind === 'envelope' ? [wholeSegments(key, system.keyUri)] : []));
  }
  const scheme = protection.scheme === 'CommonEncryptionCenc' ? 'cenc' : 'cbcs';
  return [
    { schemeIdUri: SAMPLES, value: scheme, defaultKid: key.id },
    ...systems.flatMap((system) => systemDescriptors(protection, key, system)),
  ];
}

function wholeSegments(key: ContentKey, keyUriTemplate: string): ContentProtection {
  const element = (name: string, attributes: readonly (readonly [string, string])[]): ProtectionData => ({
    kind: 'other',
    element: { name, namespace: SEGMENT_NAMESPACE, attributes: new Map(attributes), children: [] },
  });
  return {
    schemeIdUri: SEGMENTS,
    children: [
      element('SegmentEncryption', [['schemeIdUri', AES_128_CBC]]),
      element('KeySystem', [['keySystemUri', KEY_BY_HTTP]]),
      element('CryptoPeriod', [
        ['keyUriTemplate', keyUriTemplate],
        ['IV', `0x${toHex(key.iv)}`],
      ]),
    ],
  };
}

function systemDescriptors(
  protection: Protection,
  key: ContentKey,
  system: KeySystem,
): readonly ContentProtection[] {
  const header = systemHeader(protection, key, system);
  switch (system.kind) {
    case 'clear-key':
      return [
        {
          // By the draft of DASH-IF that players follow, under both ids that are in use.
          schemeIdUri: uuid(SYSTEM_IDS.clearKey),
          value: 'ClearKey1.0',
          children: [{ kind: 'license-url', url: system.licenseUrl, licenseType: EME_LICENSE }],
        },
        {
          schemeIdUri: uuid(SYSTEM_IDS.common),
          value: 'ClearKey1.0',
          children: [
            {
              kind: 'pssh',
              box: psshBox({ systemId: SYSTEM_IDS.common, keyIds: [keyIdBytes(key.id)], data: new Uint8Array() }),
            },
            { kind: 'license-url', url: system.licenseUrl, licenseType: EME_LICENSE },
          ],
        },
      ];
    case 'widevine':
      return header === undefined
        ? []
        : [
            {
              schemeIdUri: uuid(SYSTEM_IDS.widevine),
              value: 'Widevine',
              children: [{ kind: 'pssh', box: header.box }, ...licenseUrl(system.licenseUrl)],
            },
          ];
    case 'playready':
      return header === undefined
        ? []
        : [
            {
              schemeIdUri: uuid(SYSTEM_IDS.playReady),
              value: 'MSPR 2.0',
              children: [
                { kind: 'pssh', box: header.box },
                { kind: 'playready-object', bytes: header.data },
                ...licenseUrl(system.licenseUrl),
              ],
            },
          ];
    case 'given': {
      const children: readonly ProtectionData[] = [
        ...(system.pssh === undefined ? [] : [{ kind: 'pssh', box: system.pssh } as const]),
        ...system.contentProtection.map((element) => ({ kind: 'other', element }) as const),
      ];
      return children.length === 0
        ? []
        : [{ schemeIdUri: uuid(system.systemId), children: [...children, ...licenseUrl(system.licenseUrl)] }];
    }
    case 'envelope':
    case 'fairplay':
      // Keys by themselves are for HLS and whole segments, FairPlay's address for HLS.
      return [];
  }
}

function licenseUrl(url: string | undefined): readonly ProtectionData[] {
  return url === undefined ? [] : [{ kind: 'license-url', url }];
}

function uuid(id: string): string {
  return `urn:uuid:${id}`;
}
