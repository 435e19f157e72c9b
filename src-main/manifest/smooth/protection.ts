import { fromBase64, toBase64 } from '../binary-text.ts';
import { text } from '../dash/element-reader.ts';
import { xml, xmlEach, xmlText } from '../dash/xml.ts';
import type { SmoothReader } from './smooth-reader.ts';

/** How a client of one system gets at the keys, MS-SSTR §2.2.2.2. */
export type ProtectionHeader = {
  /** A UUID with hyphens. */
  readonly systemId: string;
  readonly content: Uint8Array;
};

export function writeProtection(headers: readonly ProtectionHeader[] | undefined): string {
  return headers === undefined
    ? ''
    : xml(
        'Protection',
        {},
        xmlEach(headers, ({ systemId, content }) =>
          xmlText('ProtectionHeader', { SystemID: systemId.toUpperCase() }, toBase64(content)),
        ),
      );
}

export function parseProtection(media: SmoothReader): readonly ProtectionHeader[] | undefined {
  return media
    .all('Protection')
    ?.flatMap((protection) => protection.all('ProtectionHeader') ?? [])
    .map((header) => {
      const content = fromBase64(header.text());
      if (content === undefined) {
        throw header.broken('the content is not base64');
      }
      return { systemId: header.required('SystemID', text).replace(/[{}]/g, '').toLowerCase(), content };
    });
}
