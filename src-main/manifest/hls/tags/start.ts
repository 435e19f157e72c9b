import { compact } from '../../compact.ts';
import { formatDecimal } from '../../decimal.ts';
import { readAttributes, signedDecimalFloat, type Tag, tagLine, yesOrNo, yesOrNoWord } from '../attribute-list.ts';

/** EXT-X-START, 8216bis §4.4.2.2: where to begin to play. */
export type Start = {
  /** From the beginning of the playlist, or when negative from the end of its last segment. */
  readonly timeOffsetSeconds: number;
  /** Begin at that very time instead of at the segment with it in. */
  readonly precise?: boolean | undefined;
};

export function writeStart(start: Start): string {
  return tagLine('EXT-X-START', [
    ['TIME-OFFSET', formatDecimal(start.timeOffsetSeconds)],
    ['PRECISE', yesOrNoWord(start.precise)],
  ]);
}

export function parseStart(tag: Tag): Start {
  const attributes = readAttributes(tag);
  return compact({
    timeOffsetSeconds: attributes.required('TIME-OFFSET', signedDecimalFloat),
    precise: attributes.optional('PRECISE', yesOrNo),
  });
}
