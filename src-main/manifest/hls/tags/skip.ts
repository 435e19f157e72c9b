import { compact } from '../../compact.ts';
import { malformed } from '../../malformed.ts';
import { decimalInteger, integer, listOf, quoted, readAttributes, type Tag, tagLine } from '../attribute-list.ts';

/** EXT-X-SKIP, 8216bis §4.4.5.2: what a delta update leaves out. Never in an answer that was not asked for with `_HLS_skip`. */
export type Skip = {
  readonly skippedSegments: number;
  /**
   * Given, even if empty, in the answer to `_HLS_skip=v2`: older date ranges are left out too, and these ids left the playlist within the
   * skip boundary (§6.2.5.1).
   */
  readonly recentlyRemovedDateRanges?: readonly string[] | undefined;
};

export function writeSkip(skip: Skip): string {
  if (skip.recentlyRemovedDateRanges?.some((id) => id.includes('\t')) === true) {
    throw malformed('EXT-X-SKIP', 'a date range id in the list has no tab in it');
  }
  return tagLine('EXT-X-SKIP', [
    ['SKIPPED-SEGMENTS', integer(skip.skippedSegments)],
    ['RECENTLY-REMOVED-DATERANGES', quoted(skip.recentlyRemovedDateRanges?.join('\t'))],
  ]);
}

export function parseSkip(tag: Tag): Skip {
  const attributes = readAttributes(tag);
  return compact({
    skippedSegments: attributes.required('SKIPPED-SEGMENTS', decimalInteger),
    recentlyRemovedDateRanges: attributes.optional('RECENTLY-REMOVED-DATERANGES', listOf('\t')),
  });
}
