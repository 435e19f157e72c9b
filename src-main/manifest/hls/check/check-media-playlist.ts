import { createViolationLog, type ObserveRule, type Violation } from '../../violation.ts';
import { applyDeltaUpdate } from '../delta-update.ts';
import type { MediaPlaylist } from '../media-playlist.ts';
import { checkDateRanges, checkDateRangeUpdate } from './date-range-rules.ts';
import { checkDeltaUpdate } from './delta-rules.ts';
import { checkHeader, checkSegments } from './media-rules.ts';
import { checkParts, checkPartUpdate } from './part-rules.ts';
import { checkUpdate } from './update-rules.ts';

export type MediaCheckOptions = {
  /** Seconds from when `previous` was current until `next` was: checks that new segments and parts come in time (§6.2.1). */
  readonly elapsedSeconds?: number | undefined;
  /** Also the low-latency server configuration profile of Appendix B.1. */
  readonly lowLatencyProfile?:
    | {
        /** How many media playlists there are beside this one, without those of I-frames. */
        readonly otherRenditions: number;
      }
    | undefined;
  readonly observe?: ObserveRule | undefined;
};

/**
 * The rules of 8216bis that can be seen in a media playlist and in what an update of it changed. `previous` is a whole playlist, not a
 * delta update; `next` may be one. The result is empty when all rules hold.
 */
export function checkMediaPlaylist(
  previous: MediaPlaylist | undefined,
  next: MediaPlaylist,
  options: MediaCheckOptions = {},
): readonly Violation[] {
  const log = createViolationLog('8216bis ', options.observe);
  checkHeader(log, next);
  checkDeltaUpdate(log, next);
  const whole = previous === undefined ? next : applyDeltaUpdate(previous, next);
  if (whole === undefined) {
    log.must(false, '6.3.7', 'the update leaves out segments that the previous playlist did not have');
    return log.all();
  }
  checkSegments(log, whole);
  checkParts(log, whole);
  checkDateRanges(log, whole);
  if (previous !== undefined) {
    checkUpdate(log, previous, whole, options.elapsedSeconds);
    checkPartUpdate(log, previous, whole, options.elapsedSeconds);
    checkDateRangeUpdate(log, previous, whole);
  }
  if (options.lowLatencyProfile !== undefined) {
    checkLowLatencyProfile(log, whole, options.lowLatencyProfile.otherRenditions);
  }
  return log.all();
}

function checkLowLatencyProfile(
  log: ReturnType<typeof createViolationLog>,
  playlist: MediaPlaylist,
  otherRenditions: number,
): void {
  const { serverControl, renditionReports = [], preloadHints = [] } = playlist;
  const hasDates = playlist.segments.some(({ programDateTimeMs }) => programDateTimeMs !== undefined);
  log.must(hasDates || playlist.segments.length === 0, 'B.1', 'there is no EXT-X-PROGRAM-DATE-TIME');
  if (playlist.endList === true) {
    return;
  }
  log.must(serverControl?.canBlockReload === true, 'B.1', 'CAN-BLOCK-RELOAD=YES is missing');
  log.must(serverControl?.canSkipUntilSeconds !== undefined, 'B.1', 'CAN-SKIP-UNTIL is missing');
  if (playlist.iFramesOnly === true) {
    return;
  }
  log.must(playlist.partTargetSeconds !== undefined, 'B.1', 'EXT-X-PART-INF is missing');
  log.must(
    preloadHints.some(({ type }) => type === 'PART'),
    'B.1',
    'there is no EXT-X-PRELOAD-HINT for the next part',
  );
  log.must(
    renditionReports.length >= otherRenditions,
    'B.1',
    `there are ${renditionReports.length} rendition reports for ${otherRenditions} other renditions`,
  );
}
