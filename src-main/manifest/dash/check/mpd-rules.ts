import type { ViolationLog } from '../../violation.ts';
import type { Mpd } from '../mpd.ts';
import type { MpdCheck } from './check-options.ts';
import { firstSeconds, lastSeconds, type ResolvedPeriod } from './resolved-mpd.ts';

/** The ways to set a clock that a DASH-IF service may offer (timing model, "Clock synchronization"). */
const UTC_SCHEMES: ReadonlySet<string> = new Set([
  'urn:mpeg:dash:utc:http-xsdate:2014',
  'urn:mpeg:dash:utc:http-iso:2014',
  'urn:mpeg:dash:utc:http-head:2014',
  'urn:mpeg:dash:utc:direct:2014',
]);

const ATTRIBUTES = '23009-1 5.3.1.2';

export function checkHeader(log: ViolationLog, mpd: Mpd): void {
  const hasEnd =
    mpd.mediaPresentationDurationSeconds !== undefined || mpd.periods.at(-1)?.durationSeconds !== undefined;
  log.must(mpd.periods.length > 0, '23009-1 5.3.1.2', 'there is no Period');
  log.must(
    mpd.profiles.every((profile) => profile !== ''),
    ATTRIBUTES,
    'the list of profiles is empty',
  );
  log.should(mpd.minBufferTimeSeconds > 0, ATTRIBUTES, 'minBufferTime is 0');
  if (mpd.type === 'static') {
    log.must(hasEnd, ATTRIBUTES, 'a static MPD has no duration');
    log.must(mpd.minimumUpdatePeriodSeconds === undefined, ATTRIBUTES, 'a static MPD has a minimumUpdatePeriod');
    return;
  }
  log.must(mpd.availabilityStartTimeMs !== undefined, ATTRIBUTES, 'a dynamic MPD has no availabilityStartTime');
  log.must(mpd.publishTimeMs !== undefined, ATTRIBUTES, 'a dynamic MPD has no publishTime');
  log.must(
    mpd.minimumUpdatePeriodSeconds !== undefined || hasEnd,
    ATTRIBUTES,
    'a dynamic MPD has neither a minimumUpdatePeriod nor a duration',
  );
  const schemes = mpd.utcTimings?.map(({ schemeIdUri }) => schemeIdUri) ?? [];
  log.must(schemes.length > 0, 'DASH-IF timing model: Clock synchronization', 'there is no UTCTiming');
  log.must(
    schemes.every((scheme) => UTC_SCHEMES.has(scheme)),
    'DASH-IF timing model: Clock synchronization',
    'a UTCTiming is none of http-xsdate, http-iso, http-head and direct',
  );
  log.should(
    mpd.leapSecondInformation !== undefined,
    'DASH-IF timing model: Leap seconds',
    'there is no LeapSecondInformation',
  );
}

/** What clients tell things apart by across updates. */
export function checkIds(log: ViolationLog, mpd: Mpd): void {
  const areUnique = (ids: readonly unknown[]): boolean => new Set(ids).size === ids.length;
  const periodIds = mpd.periods.map(({ id }) => id);
  log.must(
    mpd.type === 'static' || periodIds.every((id) => id !== undefined),
    '23009-1 5.3.2.2',
    'a Period of a dynamic MPD has no id',
  );
  log.must(
    areUnique(periodIds.filter((id) => id !== undefined)),
    '23009-1 5.3.2.2',
    'two Periods have the same id',
  );
  for (const { id = '?', adaptationSets } of mpd.periods) {
    const setIds = adaptationSets.map((set) => set.id);
    log.must(
      mpd.type === 'static' || setIds.every((setId) => setId !== undefined),
      'DASH-IF timing model: MPD updates',
      `an AdaptationSet of Period ${id} has no id`,
    );
    log.must(
      areUnique(setIds.filter((setId) => setId !== undefined)),
      '23009-1 5.3.3.2',
      `two AdaptationSets of Period ${id} have the same id`,
    );
    const representationIds = adaptationSets.flatMap(({ representations }) =>
      representations.map((one) => one.id),
    );
    log.must(
      areUnique(representationIds),
      '23009-1 5.3.5.2',
      `two Representations of Period ${id} have the same id`,
    );
    log.must(
      representationIds.every((one) => one !== '' && !/\s/.test(one)),
      '23009-1 5.3.5.2',
      `a Representation of Period ${id} has an id that is empty or has white space in it`,
    );
  }
}

export function checkPeriods(log: ViolationLog, check: MpdCheck, periods: readonly ResolvedPeriod[]): void {
  const { mpd, toleranceSeconds } = check;
  const clause = '23009-1 5.3.2.1';
  const first = mpd.periods[0];
  log.must(
    mpd.type === 'static' || first === undefined || first.startSeconds !== undefined,
    clause,
    'the first Period of a dynamic MPD has no start',
  );
  for (const [index, { period, startSeconds, endSeconds, tracks }] of periods.entries()) {
    const at = `Period ${period.id ?? index}`;
    const next = periods[index + 1];
    log.must(
      next === undefined || next.startSeconds > startSeconds,
      clause,
      `${at} does not start before the next one`,
    );
    const ownEnd = period.durationSeconds === undefined ? undefined : startSeconds + period.durationSeconds;
    log.must(
      next === undefined || ownEnd === undefined || Math.abs(ownEnd - next.startSeconds) <= 0.001,
      'DASH-IF timing model: Periods',
      `${at} does not end where the next one starts`,
    );
    for (const track of tracks) {
      const end = lastSeconds(track);
      const mustReach = mpd.type === 'static' || next !== undefined ? endSeconds : undefined;
      log.must(
        end === undefined || mustReach === undefined || end >= mustReach - toleranceSeconds,
        'DASH-IF timing model: Necessary segment references',
        `${track.at} ends before its Period`,
      );
      const start = firstSeconds(track);
      log.must(
        start === undefined || mpd.type === 'dynamic' || start <= startSeconds + toleranceSeconds,
        'DASH-IF timing model: Necessary segment references',
        `${track.at} begins after its Period`,
      );
    }
  }
}
