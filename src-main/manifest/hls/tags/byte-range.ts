import { compact } from '../../compact.ts';
import { malformed } from '../../malformed.ts';
import { decimalInteger, integer, quotedString, type ValueReader } from '../attribute-list.ts';

/** `<n>[@<o>]` of EXT-X-BYTERANGE (8216bis §4.4.4.2) and of the BYTERANGE attributes. */
export type ByteRange = {
  /** In bytes. */
  readonly length: number;
  /** Of the first byte in the resource. Left out: right behind the sub-range before it. */
  readonly offset?: number | undefined;
};

/** A range that stands alone: EXT-X-MAP has nothing before it to go on from (§4.4.4.5). */
export type PlacedByteRange = { readonly length: number; readonly offset: number };

export function formatByteRange(range: ByteRange | undefined): string | undefined {
  if (range === undefined) {
    return undefined;
  }
  const length = integer(range.length) ?? '';
  return range.offset === undefined ? length : `${length}@${integer(range.offset) ?? ''}`;
}

export function writeByteRange(range: ByteRange): string {
  return `#EXT-X-BYTERANGE:${formatByteRange(range) ?? ''}\n`;
}

function parseByteRange(text: string): ByteRange | undefined {
  const [lengthText = '', offsetText, ...rest] = text.split('@');
  const length = decimalInteger(lengthText);
  const offset = offsetText === undefined ? undefined : decimalInteger(offsetText);
  const isRight =
    length !== undefined && rest.length === 0 && (offsetText === undefined) === (offset === undefined);
  return isRight ? compact({ length, offset }) : undefined;
}

export function requireByteRange(text: string, line: number): ByteRange {
  const range = parseByteRange(text);
  if (range === undefined) {
    throw malformed('EXT-X-BYTERANGE', 'a length, or a length and an offset, is needed', line);
  }
  return range;
}

export const quotedByteRange: ValueReader<ByteRange> = (raw) => {
  const text = quotedString(raw);
  return text === undefined ? undefined : parseByteRange(text);
};

export const quotedPlacedByteRange: ValueReader<PlacedByteRange> = (raw) => {
  const range = quotedByteRange(raw);
  return range?.offset === undefined ? undefined : { length: range.length, offset: range.offset };
};
