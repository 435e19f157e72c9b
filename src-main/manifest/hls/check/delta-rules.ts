import type { ViolationLog } from '../../violation.ts';
import type { MediaPlaylist } from '../media-playlist.ts';
import { ROUNDING_SECONDS } from './media-rules.ts';

/** A boundary is a round number and durations are not. */
const SLACK_SECONDS = 0.1;

/** What a delta update may leave out, §6.2.5.1. */
export function checkDeltaUpdate(log: ViolationLog, next: MediaPlaylist): void {
  const { skip, serverControl = {} } = next;
  if (skip === undefined) {
    return;
  }
  const { canSkipUntilSeconds, canSkipDateRanges } = serverControl;
  log.must(
    canSkipUntilSeconds !== undefined,
    '6.2.5.1',
    'segments are skipped although CAN-SKIP-UNTIL is not offered',
  );
  log.must(next.endList !== true, '6.2.5.1', 'an ended playlist has EXT-X-SKIP');
  log.must(
    skip.recentlyRemovedDateRanges === undefined || canSkipDateRanges === true,
    '6.2.5.1',
    'date ranges are skipped although CAN-SKIP-DATERANGES is not offered',
  );
  const keptSeconds = next.segments.reduce((seconds, { durationSeconds }) => seconds + durationSeconds, 0);
  const boundarySeconds = canSkipUntilSeconds ?? 0;
  log.must(
    skip.skippedSegments === 0 || keptSeconds > boundarySeconds - ROUNDING_SECONDS,
    '6.2.5.1',
    'a segment is skipped that is not beyond the skip boundary',
  );
  const oldestKept = next.segments[0]?.durationSeconds ?? 0;
  log.must(
    keptSeconds - oldestKept <= boundarySeconds + SLACK_SECONDS,
    '6.2.5.1',
    'a segment beyond the skip boundary is not skipped',
  );
}
