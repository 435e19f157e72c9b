import { fromBase64, toBase64 } from '../binary-text.ts';
import { compact } from '../compact.ts';
import { textOf } from '../dash/element-reader.ts';
import { type XmlElement, xml, xmlEach, xmlText } from '../dash/xml.ts';
import { readXml, XML_LIMITS } from '../dash/xml-reader.ts';
import { malformed } from '../malformed.ts';

/** Of Flash Media Manifest 1.0 (Adobe, F4M 1.01 §2). */
const F4M_NAMESPACE = 'http://ns.adobe.com/f4m/1.0';

/** A manifest of HTTP Dynamic Streaming. All qualities have the same bootstrap: their fragments are cut at the same instants. */
export type F4m = {
  readonly id: string;
  readonly isLive: boolean;
  /** Seconds; undefined while it is live. */
  readonly durationSeconds?: number | undefined;
  readonly bootstrap: {
    /** Where it is to be had again, while it changes. */
    readonly url?: string | undefined;
    /** An `abst` box. */
    readonly box: Uint8Array;
  };
  readonly media: readonly F4mMedia[];
};

export type F4mMedia = {
  /** Without the `Seg1-Frag1` that players put behind it. */
  readonly url: string;
  readonly bitrateKbps: number;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /** `onMetaData` in AMF0. */
  readonly metadata: Uint8Array;
};

const BOOTSTRAP_ID = 'bootstrap';

export function writeF4m(manifest: F4m): string {
  const { durationSeconds, bootstrap } = manifest;
  const content = [
    xmlText('id', {}, manifest.id),
    xmlText('streamType', {}, manifest.isLive ? 'live' : 'recorded'),
    xmlText('deliveryType', {}, 'streaming'),
    durationSeconds === undefined ? '' : xmlText('duration', {}, durationSeconds.toFixed(3)),
    // Players that take what is inside need no address, and those that follow a live stream need one.
    xmlText('bootstrapInfo', { profile: 'named', id: BOOTSTRAP_ID, url: bootstrap.url }, toBase64(bootstrap.box)),
    xmlEach(manifest.media, ({ url, bitrateKbps, width, height, metadata }) =>
      xml(
        'media',
        { url, bitrate: bitrateKbps, width, height, bootstrapInfoId: BOOTSTRAP_ID },
        xmlText('metadata', {}, toBase64(metadata)),
      ),
    ),
  ].join('');
  return `<?xml version="1.0" encoding="UTF-8"?>\n${xml('manifest', { xmlns: F4M_NAMESPACE }, content)}`;
}

/** Reads what `writeF4m` writes; what else stands in it is passed over. Throws `media/malformed`. */
export function parseF4m(document: string, limits = XML_LIMITS): F4m {
  const root = readXml(document, limits);
  if (root.name !== 'manifest' || root.namespace !== F4M_NAMESPACE) {
    throw malformed('F4M', 'the document element is not the manifest of F4M 1.0');
  }
  const [bootstrap] = childrenOf(root, 'bootstrapInfo');
  if (bootstrap === undefined) {
    throw malformed('F4M', 'bootstrapInfo is missing');
  }
  const duration = textIn(root, 'duration');
  return compact({
    id: textIn(root, 'id') ?? '',
    isLive: textIn(root, 'streamType') === 'live',
    durationSeconds: duration === undefined ? undefined : Number(duration),
    bootstrap: compact({ url: bootstrap.attributes.get('url'), box: binary(textOf(bootstrap)) }),
    media: childrenOf(root, 'media').map(readMedia),
  });
}

function readMedia(element: XmlElement): F4mMedia {
  const count = (name: string): number | undefined => {
    const value = element.attributes.get(name);
    return value === undefined ? undefined : Number(value);
  };
  const url = element.attributes.get('url');
  const bitrateKbps = count('bitrate');
  if (url === undefined || bitrateKbps === undefined) {
    throw malformed('F4M', 'media has no url or no bitrate');
  }
  const metadata = binary(textIn(element, 'metadata') ?? '');
  return compact({ url, bitrateKbps, width: count('width'), height: count('height'), metadata });
}

function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter(
    (child): child is XmlElement =>
      typeof child === 'object' && child.name === name && child.namespace === F4M_NAMESPACE,
  );
}

function textIn(element: XmlElement, name: string): string | undefined {
  const [found] = childrenOf(element, name);
  return found === undefined ? undefined : textOf(found);
}

function binary(text: string): Uint8Array {
  const bytes = fromBase64(text.trim());
  if (bytes === undefined) {
    throw malformed('F4M', 'what should be Base64 is not');
  }
  return bytes;
}
