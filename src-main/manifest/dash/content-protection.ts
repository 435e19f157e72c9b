import { fromBase64, toBase64 } from '../binary-text.ts';
import { compact } from '../compact.ts';
import { malformed } from '../malformed.ts';
import { elementsIn } from './descriptor.ts';
import { type ElementReader, text, textOf, token } from './element-reader.ts';
import { CENC, DASHIF, PLAYREADY } from './namespaces.ts';
import { writeXmlElement, type XmlElement, xml, xmlText } from './xml.ts';

/** ContentProtection, ISO/IEC 23009-1 §5.8.4.1 and ISO/IEC 23001-7 §11: one way to get at the keys. */
export type ContentProtection = {
  /** `urn:mpeg:dash:mp4protection:2011`, or `urn:uuid:` and the system's id. */
  readonly schemeIdUri: string;
  /** `cenc` or `cbcs` for the first of these; a version or a name for the others. */
  readonly value?: string | undefined;
  /** A UUID with hyphens. */
  readonly defaultKid?: string | undefined;
  readonly children?: readonly ProtectionData[] | undefined;
};

export type ProtectionData =
  /** cenc:pssh, a whole box. */
  | { readonly kind: 'pssh'; readonly box: Uint8Array }
  /** mspr:pro, a PlayReady object. */
  | { readonly kind: 'playready-object'; readonly bytes: Uint8Array }
  /** dashif:Laurl: where licences come from (DASH-IF IOP 7.6.2.4). */
  | { readonly kind: 'license-url'; readonly url: string; readonly licenseType?: string | undefined }
  /** dashif:Authzurl: where a player gets the token that the licence server wants. */
  | { readonly kind: 'authorization-url'; readonly url: string }
  | { readonly kind: 'other'; readonly element: XmlElement };

const KID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const DEFAULT_KID = `{${CENC.namespace}}default_KID`;

const keyId = token((value) => {
  const kid = value.toLowerCase();
  return KID.test(kid) ? kid : undefined;
});

export function parseContentProtection(reader: ElementReader): ContentProtection {
  const children = elementsIn(reader.element).map((child) => parseData(reader, child));
  return compact({
    schemeIdUri: reader.required('schemeIdUri', text),
    value: reader.optional('value', text),
    defaultKid: reader.optional(DEFAULT_KID, keyId),
    children: children.length === 0 ? undefined : children,
  });
}

function parseData(reader: ElementReader, element: XmlElement): ProtectionData {
  const bytes = (): Uint8Array => {
    const decoded = fromBase64(textOf(element));
    if (decoded === undefined) {
      throw reader.broken(`the content of ${element.name} is not base64`);
    }
    return decoded;
  };
  switch (`{${element.namespace}}${element.name}`) {
    case `{${CENC.namespace}}pssh`:
      return { kind: 'pssh', box: bytes() };
    case `{${PLAYREADY.namespace}}pro`:
      return { kind: 'playready-object', bytes: bytes() };
    case `{${DASHIF.namespace}}Laurl`:
    case `{${DASHIF.namespace}}laurl`: {
      const licenseType = element.attributes.get('licenseType');
      return compact({ kind: 'license-url' as const, url: textOf(element).trim(), licenseType });
    }
    case `{${DASHIF.namespace}}Authzurl`:
    case `{${DASHIF.namespace}}authzurl`:
      return { kind: 'authorization-url', url: textOf(element).trim() };
    default:
      return { kind: 'other', element };
  }
}

export function writeContentProtection(protection: ContentProtection): string {
  const { schemeIdUri, value, defaultKid, children = [] } = protection;
  if (defaultKid !== undefined && !KID.test(defaultKid)) {
    throw malformed('ContentProtection', 'a key id is a UUID in lower case with hyphens');
  }
  const attributes = { schemeIdUri, value, 'cenc:default_KID': defaultKid };
  return xml('ContentProtection', attributes, children.map(writeData).join(''));
}

function writeData(data: ProtectionData): string {
  switch (data.kind) {
    case 'pssh':
      return xmlText('cenc:pssh', {}, toBase64(data.box));
    case 'playready-object':
      return xmlText('mspr:pro', {}, toBase64(data.bytes));
    case 'license-url':
      return xmlText('dashif:Laurl', { licenseType: data.licenseType }, data.url);
    case 'authorization-url':
      return xmlText('dashif:Authzurl', {}, data.url);
    case 'other':
      return `${writeXmlElement(data.element)}\n`;
  }
}

/** The prefixes that the writers above use, declared on the root when there is any protection. */
export const PROTECTION_DECLARATIONS = {
  'xmlns:cenc': CENC.namespace,
  'xmlns:mspr': PLAYREADY.namespace,
  'xmlns:dashif': DASHIF.namespace,
} as const;
