import { toHex } from '../../../manifest/binary-text.ts';
import { xml } from '../../../manifest/dash/xml.ts';
import type { ProtectionHeader } from '../../../manifest/smooth/protection.ts';
import { SYSTEM_IDS } from '../../../media/cenc/pssh.ts';
import type { ContentKey, KeySystem, Protection } from '../../ports/protection.ts';
import { playReadyObjectOf, systemHeader } from '../encryption/system-headers.ts';
import type { ShownTrack } from '../shown-tracks.ts';

/** Of AES-128 over whole fragments in Smooth Streaming, by Azure Media Services. */
const ENVELOPE_SYSTEM = 'b47b251a-2409-4b42-958e-08dbae7b4ee9';

/**
 * What a manifest says of keys: that of the first track which has one, because a manifest has one place for it (MS-SSTR §2.2.2.2). Undefined
 * when all tracks are clear.
 */
export function protectionHeaders(
  protection: Protection | undefined,
  windows: readonly ShownTrack[],
): readonly ProtectionHeader[] | undefined {
  const [key] = windows.flatMap(({ track }) => protection?.keyOf(track) ?? []);
  if (protection === undefined || key === undefined) {
    return undefined;
  }
  const systems = protection.systemsOf(key);
  return protection.scheme === 'EnvelopeEncryption'
    ? systems.flatMap((system) => (system.kind === 'envelope' ? [envelope(key, system.keyUri)] : []))
    : [playReady(protection, key, systems)];
}

/** Without a licence server, too: it is where clients find the id of the key. */
function playReady(protection: Protection, key: ContentKey, systems: readonly KeySystem[]): ProtectionHeader {
  const given = systems.find((one) => one.kind === 'given' && one.systemId === SYSTEM_IDS.playReady);
  if (given?.kind === 'given') {
    const content = given.smooth ?? systemHeader(protection, key, given)?.data;
    if (content !== undefined) {
      return { systemId: SYSTEM_IDS.playReady, content };
    }
  }
  const system = systems.find((one) => one.kind === 'playready') ?? {
    kind: 'playready',
    licenseUrl: undefined,
    customAttributes: undefined,
  };
  return { systemId: SYSTEM_IDS.playReady, content: playReadyObjectOf(protection, key, system) };
}

/** ISO/IEC 23009-4, as text. */
function envelope({ iv }: ContentKey, keyUriTemplate: string): ProtectionHeader {
  const text = xml(
    'ContentProtection',
    {
      xmlns: 'urn:mpeg:dash:schema:mpd:2011',
      'xmlns:sea': 'urn:mpeg:dash:schema:sea:2012',
      schemeIdUri: 'urn:mpeg:dash:sea:2012',
    },
    xml('sea:SegmentEncryption', { schemeIdUri: 'urn:mpeg:dash:sea:aes128-cbc:2013' }) +
      xml('sea:KeySystem', { keySystemUri: 'urn:mpeg:dash:sea:keysys:http:2013' }) +
      xml('sea:CryptoPeriod', { IV: `0x${toHex(iv)}`, keyUriTemplate }),
  );
  return { systemId: ENVELOPE_SYSTEM, content: new TextEncoder().encode(text) };
}
