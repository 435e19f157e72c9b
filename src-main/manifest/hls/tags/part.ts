import { compact } from '../../compact.ts';
import {
  decimal,
  decimalFloat,
  quoted,
  quotedString,
  readAttributes,
  type Tag,
  tagLine,
  yes,
  yesOnly,
} from '../attribute-list.ts';
import { type ByteRange, formatByteRange, quotedByteRange } from './byte-range.ts';

/** EXT-X-PART, 8216bis §4.4.4.9: a piece of a segment that can be had before the segment is complete. */
export type Part = {
  readonly uri: string;
  readonly durationSeconds: number;
  /** Has a frame in it from which a decoder can start. */
  readonly independent?: boolean | undefined;
  readonly byteRange?: ByteRange | undefined;
  /** Not to be had. */
  readonly gap?: boolean | undefined;
};

export function writePart(part: Part): string {
  return tagLine('EXT-X-PART', [
    ['DURATION', decimal(part.durationSeconds)],
    ['URI', quoted(part.uri)],
    ['BYTERANGE', quoted(formatByteRange(part.byteRange))],
    ['INDEPENDENT', yes(part.independent)],
    ['GAP', yes(part.gap)],
  ]);
}

export function parsePart(tag: Tag): Part {
  const attributes = readAttributes(tag);
  return compact({
    uri: attributes.required('URI', quotedString),
    durationSeconds: attributes.required('DURATION', decimalFloat),
    independent: attributes.optional('INDEPENDENT', yesOnly),
    byteRange: attributes.optional('BYTERANGE', quotedByteRange),
    gap: attributes.optional('GAP', yesOnly),
  });
}
