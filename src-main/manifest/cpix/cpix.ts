import { fromBase64 } from '../binary-text.ts';
import { textOf } from '../dash/element-reader.ts';
import type { XmlElement } from '../dash/xml.ts';
import { readXml } from '../dash/xml-reader.ts';
import { malformed } from '../malformed.ts';

/**
 * Content Protection Information Exchange, DASH-IF CPIX 2.3: keys, what DRM systems put into manifests, and which tracks a key is for. Read
 * strictly: what would change the meaning and is not known here is refused, as keys of crypto periods are.
 */
export type Cpix = {
  readonly keys: readonly CpixKey[];
  readonly systems: readonly CpixSystem[];
  readonly rules: readonly CpixUsageRule[];
  /** How encrypted keys were sealed, once for each recipient. */
  readonly deliveries: readonly CpixDelivery[];
};

export type CpixKey = {
  /** A GUID in lower case, with hyphens. */
  readonly kid: string;
  /** `cenc`, `cbcs`, …, where it is said. */
  readonly scheme: string | undefined;
  /** 16 bytes. */
  readonly explicitIv: Uint8Array | undefined;
  /** Undefined: whoever reads it makes the key, or has it. */
  readonly value:
    | { readonly kind: 'plain'; readonly bytes: Uint8Array }
    | {
        readonly kind: 'encrypted';
        readonly algorithm: string;
        readonly bytes: Uint8Array;
        readonly mac: Uint8Array;
      }
    | undefined;
};

/** What one DRM system puts into manifests and headers for one key. */
export type CpixSystem = {
  readonly kid: string;
  readonly systemId: string;
  /** A whole `pssh` box. */
  readonly pssh: Uint8Array | undefined;
  /** Elements inside of ContentProtection in an MPD, as text. */
  readonly contentProtection: string | undefined;
  /** Lines of media playlists. Those of multivariant ones say the same in other tags. */
  readonly hls: string | undefined;
  /** ProtectionHeader of a Smooth Streaming manifest. */
  readonly smooth: Uint8Array | undefined;
};

/** All of a rule's filters are true for the tracks that its key is for. */
export type CpixUsageRule = {
  readonly kid: string;
  readonly intendedTrackType: string | undefined;
  readonly labels: readonly string[];
  /** Kinds that its filters are about; `isBounded` when one says more than the kind. */
  readonly video: boolean;
  readonly audio: boolean;
  readonly isBounded: boolean;
};

export type CpixDelivery = {
  /** The recipient's certificate, DER. */
  readonly certificate: Uint8Array | undefined;
  readonly documentKey: Sealed;
  /** Of the key that the MACs of the content keys are made with. */
  readonly macKey: Sealed;
  readonly macAlgorithm: string;
};

export type Sealed = { readonly algorithm: string; readonly bytes: Uint8Array };

const CPIX = 'urn:dashif:org:cpix';
const PSKC = 'urn:ietf:params:xml:ns:keyprov:pskc';
const ENCRYPTION = 'http://www.w3.org/2001/04/xmlenc#';
const SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#';

/** Some hundreds of keys with their systems. */
const LIMITS = { maxCharacters: 1024 * 1024, maxElements: 20_000, maxDepth: 24, maxAttributes: 32 };
const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
const KEY_BYTES = 16;

/** Throws `media/malformed`, whose message names the element and nothing that is in it. */
export function parseCpix(text: string): Cpix {
  const root = readXml(text, LIMITS);
  if (root.name !== 'CPIX' || root.namespace !== CPIX) {
    throw malformed('CPIX', `the document element is no CPIX of ${CPIX}`);
  }
  const at = nodeOf(root, 'CPIX');
  if (at.all('ContentKeyPeriodList').length > 0) {
    throw malformed('CPIX/ContentKeyPeriodList', 'keys of crypto periods are not taken');
  }
  const keys = at.listed('ContentKeyList', 'ContentKey').map(readKey);
  const kids = new Set(keys.map(({ kid }) => kid));
  if (kids.size < keys.length) {
    throw malformed('CPIX/ContentKeyList', 'a kid is there twice');
  }
  const checked = <T extends { readonly kid: string }>(list: string, items: readonly T[]): readonly T[] => {
    if (items.some(({ kid }) => !kids.has(kid))) {
      throw malformed(`CPIX/${list}`, 'a kid is that of no ContentKey');
    }
    return items;
  };
  return {
    keys,
    systems: checked('DRMSystemList', at.listed('DRMSystemList', 'DRMSystem').map(readSystem)),
    rules: checked(
      'ContentKeyUsageRuleList',
      at.listed('ContentKeyUsageRuleList', 'ContentKeyUsageRule').map(readRule),
    ),
    deliveries: at.listed('DeliveryDataList', 'DeliveryData').map(readDelivery),
  };
}

function readKey(node: Node): CpixKey {
  if (node.attribute('dependsOnKey') !== undefined) {
    throw node.broken('keys that depend on others are not taken');
  }
  const iv = node.attribute('explicitIV');
  const explicitIv = iv === undefined ? undefined : fromBase64(iv.trim());
  if (iv !== undefined && explicitIv?.length !== KEY_BYTES) {
    throw node.broken('attribute explicitIV has to be 16 bytes in base64');
  }
  return {
    kid: node.guid('kid'),
    scheme: node.attribute('commonEncryptionScheme'),
    explicitIv,
    value: readValue(node.one('Data')?.one('Secret', PSKC)),
  };
}

function readValue(secret: Node | undefined): CpixKey['value'] {
  if (secret === undefined) {
    return undefined;
  }
  const plain = secret.one('PlainValue', PSKC);
  const encrypted = secret.one('EncryptedValue', PSKC);
  if (plain !== undefined && encrypted === undefined) {
    const bytes = plain.bytes();
    if (bytes.length !== KEY_BYTES) {
      throw plain.broken(`a content key has ${KEY_BYTES} bytes`);
    }
    return { kind: 'plain', bytes };
  }
  if (encrypted === undefined || plain !== undefined) {
    throw secret.broken('there has to be either PlainValue or EncryptedValue');
  }
  return { kind: 'encrypted', ...readSealed(encrypted), mac: secret.need('ValueMAC', PSKC).bytes() };
}

function readSealed(node: Node): Sealed {
  const algorithm = node.need('EncryptionMethod', ENCRYPTION).attribute('Algorithm');
  if (algorithm === undefined) {
    throw node.broken('EncryptionMethod has no Algorithm');
  }
  return {
    algorithm,
    bytes: node.need('CipherData', ENCRYPTION).need('CipherValue', ENCRYPTION).bytes(),
  };
}

function readSystem(node: Node): CpixSystem {
  const decoded = (child: Node | undefined): string | undefined =>
    child === undefined ? undefined : new TextDecoder().decode(child.bytes());
  if (node.one('URIExtXKey') !== undefined) {
    throw node.broken('URIExtXKey is not taken: HLSSignalingData came in its place');
  }
  const signalling = node.all('HLSSignalingData').filter((one) => one.attribute('playlist') !== 'master');
  if (signalling.length > 1) {
    throw node.broken('HLSSignalingData is there twice for media playlists');
  }
  return {
    kid: node.guid('kid'),
    systemId: node.guid('systemId'),
    pssh: node.one('PSSH')?.bytes(),
    contentProtection: decoded(node.one('ContentProtectionData')),
    hls: decoded(signalling[0]),
    smooth: node.one('SmoothStreamingProtectionHeaderData')?.bytes(),
  };
}

const FILTERS = ['VideoFilter', 'AudioFilter', 'BitrateFilter', 'LabelFilter'] as const;

function readRule(node: Node): CpixUsageRule {
  const other = node.children().find(({ name }) => !FILTERS.some((known) => known === name));
  if (other !== undefined) {
    throw node.broken(`${other.name} is not known`);
  }
  const [video, audio, bitrate, label] = FILTERS.map((name) => node.all(name));
  const hasBounds = (found: readonly Node[] = []): boolean => found.some((one) => one.hasAttributes());
  return {
    kid: node.guid('kid'),
    intendedTrackType: node.attribute('intendedTrackType'),
    labels: (label ?? []).map((one) => one.attribute('label') ?? ''),
    video: (video ?? []).length > 0,
    audio: (audio ?? []).length > 0,
    isBounded: hasBounds(video) || hasBounds(audio) || (bitrate ?? []).length > 0,
  };
}

function readDelivery(node: Node): CpixDelivery {
  const documentKey = node.need('DocumentKey').need('Data').need('Secret', PSKC).need('EncryptedValue', PSKC);
  const mac = node.need('MACMethod');
  return {
    certificate: node.one('DeliveryKey')?.one('X509Data', SIGNATURE)?.one('X509Certificate', SIGNATURE)?.bytes(),
    documentKey: readSealed(documentKey),
    macKey: readSealed(mac.one('Key') ?? mac.need('MACKey', PSKC)),
    macAlgorithm: mac.attribute('Algorithm') ?? '',
  };
}

/** An element, and where it stands: what messages say. */
type Node = {
  readonly name: string;
  attribute(name: string): string | undefined;
  hasAttributes(): boolean;
  guid(attribute: string): string;
  children(): readonly Node[];
  all(name: string, namespace?: string): readonly Node[];
  /** Throws when it is there twice. */
  one(name: string, namespace?: string): Node | undefined;
  /** Throws when it is not there, too. */
  need(name: string, namespace?: string): Node;
  /** The elements of a list of the document that may be there. */
  listed(list: string, name: string): readonly Node[];
  /** Its text, which is base64. */
  bytes(): Uint8Array;
  broken(rule: string): Error;
};

function nodeOf(element: XmlElement, path: string): Node {
  const broken = (rule: string): Error => malformed(path, rule);
  const elements = element.children.filter((child) => typeof child === 'object');

  function all(name: string, namespace = CPIX): readonly Node[] {
    const found = elements.filter((child) => child.name === name && child.namespace === namespace);
    return found.map((child, index) =>
      nodeOf(child, `${path}/${name}${found.length > 1 ? `[${index + 1}]` : ''}`),
    );
  }

  function one(name: string, namespace?: string): Node | undefined {
    const [first, ...others] = all(name, namespace);
    if (others.length > 0) {
      throw broken(`${name} is there twice`);
    }
    return first;
  }

  return {
    name: element.name,
    attribute: (name) => element.attributes.get(name),
    hasAttributes: () => element.attributes.size > 0,
    guid(attribute) {
      const value = element.attributes.get(attribute)?.toLowerCase();
      if (value === undefined || !GUID.test(value)) {
        throw broken(`attribute ${attribute} has to be a GUID`);
      }
      return value;
    },
    children: () => elements.map((child) => nodeOf(child, `${path}/${child.name}`)),
    all,
    one,
    need(name, namespace) {
      const found = one(name, namespace);
      if (found === undefined) {
        throw broken(`${name} is missing`);
      }
      return found;
    },
    listed: (list, name) => one(list)?.all(name) ?? [],
    bytes() {
      const bytes = fromBase64(textOf(element));
      if (bytes === undefined) {
        throw broken('its text has to be base64');
      }
      return bytes;
    },
    broken,
  };
}
