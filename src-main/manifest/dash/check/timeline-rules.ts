import type { ViolationLog } from '../../violation.ts';
import { endOfRun, expandTimeline } from '../segment-timeline.ts';
import type { MpdCheck } from './check-options.ts';
import {
  firstSeconds,
  lastSeconds,
  type ResolvedPeriod,
  type ResolvedTrack,
  toMpdSeconds,
} from './resolved-mpd.ts';

const TIMELINE = '23009-1 5.3.9.6';
const ADDRESSING = 'DASH-IF timing model: Explicit addressing';
const TEMPLATE = '23009-1 5.3.9.4';

export function checkTimelines(log: ViolationLog, check: MpdCheck, periods: readonly ResolvedPeriod[]): void {
  for (const { tracks } of periods) {
    for (const track of tracks) {
      checkTemplate(log, track);
      checkRuns(log, track);
      checkLongest(log, check, track);
    }
    for (const sameSet of Map.groupBy(tracks, ({ set }) => set).values()) {
      checkAlignment(log, sameSet);
    }
  }
}

function checkTemplate(log: ViolationLog, { at, template, set }: ResolvedTrack): void {
  if (template === undefined) {
    log.must(false, TEMPLATE, `${at} has no SegmentTemplate`);
    return;
  }
  const { media = '', initialization = '', timescale, timeline, duration, eptDelta } = template;
  log.must(timescale !== 1, 'DASH-IF timing model: Representation timing', `${at} has no timescale, or one of 1`);
  const hasTime = media.includes('$Time');
  const hasNumber = media.includes('$Number');
  log.must(hasTime !== hasNumber, TEMPLATE, `${at} needs either $Time$ or $Number$ in its media address`);
  log.must(!hasTime || timeline !== undefined, TEMPLATE, `${at} has $Time$ in its media address, but no timeline`);
  log.must(initialization !== '', TEMPLATE, `${at} has no address for its initialization segment`);
  const isShared = set.representations.length > 1 && set.segmentTemplate?.media !== undefined;
  log.must(
    !isShared || /\$(?:RepresentationID|Bandwidth)/.test(media),
    TEMPLATE,
    `${at} shares an address with the other representations of its set`,
  );
  log.must(
    (timeline === undefined) !== (duration === undefined),
    ADDRESSING,
    `${at} needs either a timeline or a duration`,
  );
  log.must(timeline === undefined || eptDelta === undefined, ADDRESSING, `${at} has a timeline and an eptDelta`);
}

function checkRuns(log: ViolationLog, { at, runs }: ResolvedTrack): void {
  for (const [index, run] of runs.entries()) {
    log.must(run.number === undefined, ADDRESSING, `${at} has S@n`);
    const next = runs[index + 1];
    const end = endOfRun(run);
    log.must(end !== undefined || next === undefined, TIMELINE, `${at} has a negative S@r before its last S`);
    if (next !== undefined && end !== undefined) {
      log.must(next.time <= end, TIMELINE, `${at} has a gap before ${next.time}`);
      log.must(next.time >= end, TIMELINE, `${at} has segments that overlap at ${next.time}`);
    }
  }
}

function checkLongest(log: ViolationLog, { mpd }: MpdCheck, { at, runs, template }: ResolvedTrack): void {
  const longest = runs.reduce((ticks, { duration }) => Math.max(ticks, duration), 0) / (template?.timescale ?? 1);
  const { maxSegmentDurationSeconds } = mpd;
  log.must(
    maxSegmentDurationSeconds === undefined || longest <= maxSegmentDurationSeconds + 1e-6,
    '23009-1 5.3.1.2',
    `${at} has a segment longer than maxSegmentDuration`,
  );
}

/** Representations of a set have segments at the same times, as far as both list them (§5.3.3.2, CMAF 7.3.4). */
function checkAlignment(log: ViolationLog, tracks: readonly ResolvedTrack[]): void {
  const [first, ...others] = tracks;
  if (first?.set.segmentAlignment === undefined || first.set.segmentAlignment === false) {
    return;
  }
  const startsOf = ({ runs, secondsOf }: ResolvedTrack): readonly number[] =>
    [...expandTimeline(runs)].map(({ time }) => Math.round(secondsOf(time) * 1e6));
  const expected = startsOf(first);
  const known = new Set(expected);
  for (const other of others.filter(({ runs }) => runs !== first.runs)) {
    const common = startsOf(other).filter((at) => at >= (expected[0] ?? 0) && at <= (expected.at(-1) ?? 0));
    log.must(
      common.every((at) => known.has(at)),
      '23009-1 5.3.3.2',
      `${other.at} and ${first.at} say they are aligned, but have segments at different times`,
    );
  }
}

/** What is listed against what can be had now: nothing expired, and a live edge that follows the clock. */
export function checkWindow(log: ViolationLog, check: MpdCheck, periods: readonly ResolvedPeriod[]): void {
  const { mpd, nowMs } = check;
  if (mpd.type === 'static') {
    return;
  }
  checkExpired(log, check, periods);
  const last = periods.at(-1);
  if (nowMs === undefined || last === undefined || mpd.minimumUpdatePeriodSeconds === undefined) {
    return;
  }
  const now = toMpdSeconds(mpd, nowMs);
  for (const track of last.tracks) {
    const end = lastSeconds(track) ?? last.startSeconds;
    // What was cut off, encoded and published since the end of the newest segment.
    const slack =
      2 * (mpd.maxSegmentDurationSeconds ?? 10) + mpd.minimumUpdatePeriodSeconds + check.toleranceSeconds;
    log.should(
      now - end <= slack,
      'DASH-IF timing model: Clock drift is forbidden',
      `${track.at} ends ${(now - end).toFixed(1)} s before now`,
    );
    const isFuture = Number.isFinite(end) && end > now + track.availabilityTimeOffset + check.toleranceSeconds;
    log.should(
      !isFuture,
      'DASH-IF timing model: Clock drift is forbidden',
      `${track.at} ends ${(end - now).toFixed(1)} s after now`,
    );
  }
}

function checkExpired(
  log: ViolationLog,
  { mpd, toleranceSeconds }: MpdCheck,
  periods: readonly ResolvedPeriod[],
): void {
  const {
    publishTimeMs,
    timeShiftBufferDepthSeconds,
    minimumUpdatePeriodSeconds = 0,
    maxSegmentDurationSeconds = 0,
  } = mpd;
  if (publishTimeMs === undefined || timeShiftBufferDepthSeconds === undefined) {
    return;
  }
  const windowStart = toMpdSeconds(mpd, publishTimeMs) - timeShiftBufferDepthSeconds;
  // Nobody is harmed by what stays in until the next update.
  const expired = windowStart - minimumUpdatePeriodSeconds - maxSegmentDurationSeconds - toleranceSeconds;
  const clause = 'DASH-IF timing model: Removing content from the MPD';
  for (const { period, startSeconds, endSeconds, tracks } of periods) {
    log.must(endSeconds === undefined || endSeconds >= expired, clause, `Period ${period.id ?? '?'} has expired`);
    for (const track of tracks) {
      const [first] = track.runs;
      const end = first && endOfRun(first);
      log.must(
        end === undefined || track.secondsOf(end) >= expired,
        clause,
        `${track.at} lists segments that expired`,
      );
      const start = firstSeconds(track) ?? startSeconds;
      log.must(
        start <= Math.max(windowStart, startSeconds) + toleranceSeconds,
        'DASH-IF timing model: Necessary segment references',
        `${track.at} begins inside the time-shift buffer and after its Period`,
      );
    }
  }
}
