import { compact } from '../../compact.ts';
import {
  type AttributeReader,
  decimal,
  decimalFloat,
  decimalInteger,
  integer,
  listOf,
  oneOf,
  quoted,
  quotedString,
  readAttributes,
  type Tag,
  tagLine,
  type ValueReader,
  type WrittenAttribute,
} from '../attribute-list.ts';
import { uriLine } from '../lines.ts';

/** What EXT-X-STREAM-INF and EXT-X-I-FRAME-STREAM-INF say of a variant, 8216bis §4.4.6.2 and §4.4.6.3. */
export type VariantCommon = {
  readonly uri: string;
  /** Bits per second: the largest sum of segment peaks of a playable combination, container included. */
  readonly bandwidth: number;
  readonly averageBandwidth?: number | undefined;
  /** Higher is better; all variants or none. */
  readonly score?: number | undefined;
  /** RFC 6381; of all formats in any rendition that can be played with it. */
  readonly codecs?: readonly string[] | undefined;
  readonly supplementalCodecs?: readonly string[] | undefined;
  readonly resolution?: Resolution | undefined;
  readonly hdcpLevel?: (typeof HDCP_LEVELS)[number] | undefined;
  /** Entries of the form `keyformat:label/label`. */
  readonly allowedCpc?: readonly string[] | undefined;
  readonly videoRange?: (typeof VIDEO_RANGES)[number] | undefined;
  /** Entries such as `CH-STEREO/PROJ-HEQU`. */
  readonly reqVideoLayout?: readonly string[] | undefined;
  readonly stableVariantId?: string | undefined;
  /** Group of alternative pictures. */
  readonly video?: string | undefined;
  readonly pathwayId?: string | undefined;
};

export type Resolution = { readonly width: number; readonly height: number };

export type Variant = VariantCommon & {
  /** Frames per second, written with three decimals. Needed above 30. */
  readonly frameRate?: number | undefined;
  /** Group ids of EXT-X-MEDIA tags. */
  readonly audio?: string | undefined;
  readonly subtitles?: string | undefined;
  /** `none`: in no variant at all; all of them have to say so then. */
  readonly closedCaptions?: { readonly groupId: string } | 'none' | undefined;
};

const HDCP_LEVELS = ['NONE', 'TYPE-0', 'TYPE-1'] as const;
const VIDEO_RANGES = ['SDR', 'HLG', 'PQ'] as const;

export function writeStreamInf(variant: Variant): string {
  const { closedCaptions } = variant;
  const line = tagLine('EXT-X-STREAM-INF', [
    ...variantAttributes(variant),
    ['FRAME-RATE', variant.frameRate?.toFixed(3)],
    ['AUDIO', quoted(variant.audio)],
    ['SUBTITLES', quoted(variant.subtitles)],
    ['CLOSED-CAPTIONS', closedCaptions === 'none' ? 'NONE' : quoted(closedCaptions?.groupId)],
  ]);
  return line + uriLine(variant.uri);
}

export function variantAttributes(variant: VariantCommon): readonly WrittenAttribute[] {
  return [
    ['BANDWIDTH', integer(variant.bandwidth)],
    ['AVERAGE-BANDWIDTH', integer(variant.averageBandwidth)],
    ['SCORE', decimal(variant.score)],
    ['CODECS', quoted(variant.codecs?.join(','))],
    ['SUPPLEMENTAL-CODECS', quoted(variant.supplementalCodecs?.join(','))],
    ['RESOLUTION', writeResolution(variant.resolution)],
    ['HDCP-LEVEL', variant.hdcpLevel],
    ['ALLOWED-CPC', quoted(variant.allowedCpc?.join(','))],
    ['VIDEO-RANGE', variant.videoRange],
    ['REQ-VIDEO-LAYOUT', quoted(variant.reqVideoLayout?.join(','))],
    ['STABLE-VARIANT-ID', quoted(variant.stableVariantId)],
    ['VIDEO', quoted(variant.video)],
    ['PATHWAY-ID', quoted(variant.pathwayId)],
  ];
}

/** `uri` is the line behind the tag. */
export function parseStreamInf(tag: Tag, uri: string): Variant {
  const attributes = readAttributes(tag);
  return compact({
    ...readVariant(attributes, uri),
    frameRate: attributes.optional('FRAME-RATE', decimalFloat),
    audio: attributes.optional('AUDIO', quotedString),
    subtitles: attributes.optional('SUBTITLES', quotedString),
    closedCaptions: attributes.optional('CLOSED-CAPTIONS', captions),
  });
}

export function readVariant(attributes: AttributeReader, uri: string): VariantCommon {
  const { optional } = attributes;
  return compact({
    uri,
    bandwidth: attributes.required('BANDWIDTH', decimalInteger),
    averageBandwidth: optional('AVERAGE-BANDWIDTH', decimalInteger),
    score: optional('SCORE', decimalFloat),
    codecs: optional('CODECS', listOf(',')),
    supplementalCodecs: optional('SUPPLEMENTAL-CODECS', listOf(',')),
    resolution: optional('RESOLUTION', resolution),
    hdcpLevel: optional('HDCP-LEVEL', oneOf(...HDCP_LEVELS)),
    allowedCpc: optional('ALLOWED-CPC', listOf(',')),
    videoRange: optional('VIDEO-RANGE', oneOf(...VIDEO_RANGES)),
    reqVideoLayout: optional('REQ-VIDEO-LAYOUT', listOf(',')),
    stableVariantId: optional('STABLE-VARIANT-ID', quotedString),
    video: optional('VIDEO', quotedString),
    pathwayId: optional('PATHWAY-ID', quotedString),
  });
}

function writeResolution(value: Resolution | undefined): string | undefined {
  return value && `${integer(value.width) ?? ''}x${integer(value.height) ?? ''}`;
}

const resolution: ValueReader<Resolution> = (raw) => {
  const [, width, height] = /^(\d{1,9})x(\d{1,9})$/.exec(raw) ?? [];
  return width === undefined ? undefined : { width: Number(width), height: Number(height) };
};

const captions: ValueReader<NonNullable<Variant['closedCaptions']>> = (raw) => {
  const groupId = quotedString(raw);
  if (groupId === undefined) {
    return raw === 'NONE' ? 'none' : undefined;
  }
  return { groupId };
};
