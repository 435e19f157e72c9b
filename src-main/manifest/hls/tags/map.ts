import { compact } from '../../compact.ts';
import { quoted, quotedString, readAttributes, type Tag, tagLine } from '../attribute-list.ts';
import { formatByteRange, type PlacedByteRange, quotedPlacedByteRange } from './byte-range.ts';

/** EXT-X-MAP, 8216bis §4.4.4.5: the media initialization section of the segments from here on. */
export type InitSection = {
  readonly uri: string;
  readonly byteRange?: PlacedByteRange | undefined;
};

export function writeMap(map: InitSection): string {
  return tagLine('EXT-X-MAP', [
    ['URI', quoted(map.uri)],
    ['BYTERANGE', quoted(formatByteRange(map.byteRange))],
  ]);
}

export function parseMap(tag: Tag): InitSection {
  const attributes = readAttributes(tag);
  return compact({
    uri: attributes.required('URI', quotedString),
    byteRange: attributes.optional('BYTERANGE', quotedPlacedByteRange),
  });
}
