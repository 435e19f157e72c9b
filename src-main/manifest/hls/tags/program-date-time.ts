import { formatDateTime, parseDateTime } from '../../date-time.ts';
import { malformed } from '../../malformed.ts';
import type { Tag } from '../attribute-list.ts';

/** EXT-X-PROGRAM-DATE-TIME, 8216bis §4.4.4.6: UTC of the first sample of the next segment, in ms since 1970. */
export function writeProgramDateTime(ms: number): string {
  return `#EXT-X-PROGRAM-DATE-TIME:${formatDateTime(ms)}\n`;
}

export function parseProgramDateTime(tag: Tag): number {
  const ms = parseDateTime(tag.value);
  if (ms === undefined) {
    throw malformed(tag.name, 'this is not an ISO 8601 date and time', tag.line);
  }
  return ms;
}
