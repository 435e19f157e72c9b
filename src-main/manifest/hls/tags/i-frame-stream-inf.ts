import { quoted, quotedString, readAttributes, type Tag, tagLine } from '../attribute-list.ts';
import { readVariant, type VariantCommon, variantAttributes } from './stream-inf.ts';

/** EXT-X-I-FRAME-STREAM-INF, 8216bis §4.4.6.3: a playlist of key frames, for trick play. */
export type IFrameVariant = VariantCommon;

export function writeIFrameStreamInf(variant: IFrameVariant): string {
  return tagLine('EXT-X-I-FRAME-STREAM-INF', [...variantAttributes(variant), ['URI', quoted(variant.uri)]]);
}

export function parseIFrameStreamInf(tag: Tag): IFrameVariant {
  const attributes = readAttributes(tag);
  return readVariant(attributes, attributes.required('URI', quotedString));
}
