import type { ViolationLog } from '../../violation.ts';
import type { AdaptationSet } from '../adaptation-set.ts';
import type { Mpd } from '../mpd.ts';
import { endOfRun, type TimelineRun } from '../segment-timeline.ts';
import type { MpdCheck } from './check-options.ts';
import { type ResolvedPeriod, type ResolvedTrack, resolvePeriods, toMpdSeconds } from './resolved-mpd.ts';

const UPDATES = 'DASH-IF timing model: MPD updates';
const ADDING = 'DASH-IF timing model: Adding content to the MPD';
const REMOVING = 'DASH-IF timing model: Removing content from the MPD';
const ADDRESSING = 'DASH-IF timing model: Explicit addressing';

/** What an update of a dynamic MPD may change. */
export function checkUpdate(log: ViolationLog, previous: Mpd, check: MpdCheck): void {
  const { mpd: next } = check;
  log.must(previous.type === 'dynamic', '23009-1 5.4.1', 'a static MPD was updated');
  log.must(previous.id === next.id, '23009-1 5.4.1', 'MPD@id was changed');
  log.must(
    previous.availabilityStartTimeMs === next.availabilityStartTimeMs || next.type === 'static',
    UPDATES,
    'availabilityStartTime was changed',
  );
  const { publishTimeMs: before = 0 } = previous;
  log.must((next.publishTimeMs ?? before) >= before, '23009-1 5.4.1', 'publishTime went back');
  log.must(
    previous.minimumUpdatePeriodSeconds !== undefined ||
      previous.type === 'static' ||
      before === (next.publishTimeMs ?? before),
    'DASH-IF timing model: End of live content',
    'the MPD was updated although it had no minimumUpdatePeriod any more',
  );
  if (next.type === 'dynamic' && next.minimumUpdatePeriodSeconds === undefined) {
    const hasEnd =
      next.periods.at(-1)?.durationSeconds !== undefined || next.mediaPresentationDurationSeconds !== undefined;
    log.must(hasEnd, 'DASH-IF timing model: End of live content', 'the last Period has no duration at the end');
  }
  checkPeriods(log, resolvePeriods(previous), resolvePeriods(next), windowOf(previous, check));
}

/** Seconds on the MPD timeline: what ends before `start` has expired; what begins after `end` may still be taken back. */
type Window = { readonly start: number; readonly end: number };

function windowOf(
  previous: Mpd,
  { mpd: next, nowMs, publishingDelaySeconds = 0, toleranceSeconds }: MpdCheck,
): Window {
  const madeAtMs = nowMs ?? next.publishTimeMs;
  if (madeAtMs === undefined) {
    return { start: Number.POSITIVE_INFINITY, end: Number.POSITIVE_INFINITY };
  }
  const now = toMpdSeconds(previous, madeAtMs);
  const depth = next.timeShiftBufferDepthSeconds ?? Number.POSITIVE_INFINITY;
  return {
    start: now - depth + toleranceSeconds,
    end: now + (previous.minimumUpdatePeriodSeconds ?? 0) + publishingDelaySeconds,
  };
}

function checkPeriods(
  log: ViolationLog,
  previous: readonly ResolvedPeriod[],
  next: readonly ResolvedPeriod[],
  window: Window,
): void {
  const after = new Map(next.map((resolved) => [resolved.period.id, resolved]));
  for (const [index, before] of previous.entries()) {
    const now = after.get(before.period.id);
    const at = `Period ${before.period.id ?? index}`;
    if (now === undefined) {
      const hasExpired = before.endSeconds !== undefined && before.endSeconds <= window.start;
      log.must(
        hasExpired || before.startSeconds > window.end,
        REMOVING,
        `${at} is gone although it has not expired`,
      );
      continue;
    }
    log.must(before.startSeconds === now.startSeconds, UPDATES, `the start of ${at} was changed`);
    const isLast = index === previous.length - 1;
    log.must(
      isLast || before.endSeconds === now.endSeconds,
      UPDATES,
      `the duration of ${at} was changed although it was not the last`,
    );
    checkSets(log, at, before.period.adaptationSets, now.period.adaptationSets);
    for (const track of before.tracks) {
      const same = now.tracks.find(({ representation }) => representation.id === track.representation.id);
      if (same !== undefined) {
        checkTrack(log, track, same, window, isLast);
      }
    }
  }
  const known = new Set(previous.map(({ period }) => period.id));
  const firstNew = next.findIndex(({ period }) => !known.has(period.id));
  const isAtEnd = firstNew < 0 || next.slice(firstNew).every(({ period }) => !known.has(period.id));
  log.must(isAtEnd, ADDING, 'a Period was added that is not at the end');
}

function checkSets(
  log: ViolationLog,
  at: string,
  previous: readonly AdaptationSet[],
  next: readonly AdaptationSet[],
): void {
  const sets = (all: readonly AdaptationSet[]): string => all.map(({ id }) => id ?? '?').join(' ');
  log.must(sets(previous) === sets(next), UPDATES, `the AdaptationSets of ${at}, or their order, were changed`);
  const representations = (all: readonly AdaptationSet[]): string =>
    all.map((set) => set.representations.map(({ id }) => id).join(' ')).join(', ');
  log.must(
    representations(previous) === representations(next),
    UPDATES,
    `the Representations of ${at}, or their order, were changed`,
  );
}

function checkTrack(
  log: ViolationLog,
  previous: ResolvedTrack,
  next: ResolvedTrack,
  window: Window,
  mayGrow: boolean,
): void {
  const { at, template: before } = previous;
  const { template: after } = next;
  const constants = ['timescale', 'presentationTimeOffset', 'media', 'initialization', 'duration'] as const;
  const changed = constants.filter((name) => (before?.[name] ?? 0) !== (after?.[name] ?? 0));
  log.must(changed.length === 0, '23009-1 5.4.1', `${at} was changed: ${changed.join(', ')}`);
  if (changed.length === 0) {
    const dropped = checkRuns(log, previous, next, window, mayGrow);
    const isNumbered = before?.media?.includes('$Number') === true && before.timeline !== undefined;
    log.must(
      !isNumbered || (after?.startNumber ?? 1) - (before.startNumber ?? 1) === dropped,
      ADDRESSING,
      `${at} dropped ${dropped} segments, but startNumber did not go up by that many`,
    );
  }
}

/** Compares the timelines and gives the number of segments that were dropped from the beginning. */
function checkRuns(
  log: ViolationLog,
  previous: ResolvedTrack,
  next: ResolvedTrack,
  window: Window,
  mayGrow: boolean,
): number {
  const { at, runs: before } = previous;
  const { runs: after } = next;
  const firstKept = after[0]?.time;
  let dropped = 0;
  let index = 0;
  for (; index < before.length; index += 1) {
    const run = before[index];
    const end = run && endOfRun(run);
    if (run === undefined || firstKept === undefined || end === undefined || end > firstKept) {
      break;
    }
    dropped += run.repeat + 1;
    log.must(previous.secondsOf(end) <= window.start, REMOVING, `${at} dropped segments that have not expired`);
  }
  const kept = before.slice(index);
  const [first] = kept;
  if (first !== undefined && firstKept !== undefined && first.time < firstKept) {
    log.must(false, REMOVING, `${at} dropped the beginning of an S whose last segment is still there`);
    return dropped + Number((firstKept - first.time) / BigInt(first.duration));
  }
  log.must(
    kept.every((run, offset) => isSameOrLonger(run, after[offset], offset === kept.length - 1)),
    ADDRESSING,
    `${at} changed an S, or took back segments from the end`,
  );
  const end = before.at(-1);
  const newEnd = after.at(-1);
  const hasGrown = end !== undefined && newEnd !== undefined && (endOfRun(newEnd) ?? 0n) > (endOfRun(end) ?? 0n);
  log.must(mayGrow || !hasGrown, ADDING, `${at} got new segments although its Period was not the last`);
  return dropped;
}

/** Only the last `S` may get more repeats. */
function isSameOrLonger(before: TimelineRun, after: TimelineRun | undefined, isLast: boolean): boolean {
  if (before.time !== after?.time || before.duration !== after.duration) {
    return false;
  }
  return before.repeat === after.repeat || (isLast && before.repeat >= 0 && after.repeat > before.repeat);
}
