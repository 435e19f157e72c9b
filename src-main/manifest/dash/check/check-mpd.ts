import { createViolationLog, type Violation } from '../../violation.ts';
import type { Mpd } from '../mpd.ts';
import type { MpdCheckOptions } from './check-options.ts';
import { checkConnectivity } from './connectivity-rules.ts';
import { checkLowLatency, isLowLatency } from './low-latency-rules.ts';
import { checkHeader, checkIds, checkPeriods } from './mpd-rules.ts';
import { resolvePeriods } from './resolved-mpd.ts';
import { checkThumbnails } from './thumbnail-rules.ts';
import { checkTimelines, checkWindow } from './timeline-rules.ts';
import { checkUpdate } from './update-rules.ts';

/**
 * The rules of ISO/IEC 23009-1, of the DASH-IF timing model and, for MPDs that say so, of low-latency DASH that can be seen in an MPD and
 * in what an update of it changed. The result is empty when all hold.
 */
export function checkMpd(
  previous: Mpd | undefined,
  next: Mpd,
  options: MpdCheckOptions = {},
): readonly Violation[] {
  const log = createViolationLog('', options.observe);
  const check = { ...options, mpd: next, toleranceSeconds: options.toleranceSeconds ?? 0.1 };
  const periods = resolvePeriods(next);
  checkHeader(log, next);
  checkIds(log, next);
  checkPeriods(log, check, periods);
  checkTimelines(log, check, periods);
  checkWindow(log, check, periods);
  checkConnectivity(log, periods);
  checkThumbnails(log, next);
  if (isLowLatency(next)) {
    checkLowLatency(log, next, periods);
  }
  if (previous !== undefined) {
    checkUpdate(log, previous, check);
  }
  return log.all();
}
