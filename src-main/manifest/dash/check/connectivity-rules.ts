import type { ViolationLog } from '../../violation.ts';
import type { AdaptationSet } from '../adaptation-set.ts';
import { PERIOD_CONNECTIVITY, PERIOD_CONTINUITY } from '../period.ts';
import { firstSeconds, lastSeconds, type ResolvedPeriod } from './resolved-mpd.ts';

/** Samples that meet exactly, in numbers that were divided. */
const EXACT_SECONDS = 1e-6;

/** What Periods say of the ones before them, 23009-1 §5.3.2.4 and DASH-IF timing model "Period connectivity". */
export function checkConnectivity(log: ViolationLog, periods: readonly ResolvedPeriod[]): void {
  for (const [index, resolved] of periods.entries()) {
    for (const set of resolved.period.adaptationSets) {
      const connected = valueOf(set, PERIOD_CONNECTIVITY);
      const continuous = valueOf(set, PERIOD_CONTINUITY);
      const at = `AdaptationSet ${set.id ?? '?'} of Period ${resolved.period.id ?? index}`;
      log.must(
        connected === undefined || continuous === undefined,
        'DASH-IF timing model: Period continuity',
        `${at} says both connectivity and continuity`,
      );
      const before = periods.slice(0, index).find(({ period }) => period.id === (continuous ?? connected));
      // The Period it goes on from may have left the MPD.
      if (before !== undefined) {
        checkPair(log, at, before, set);
        if (continuous !== undefined) {
          checkContinuity(log, at, before, resolved, set);
        }
      }
    }
  }
}

function valueOf(set: AdaptationSet, scheme: string): string | undefined {
  return set.supplementalProperties?.find(({ schemeIdUri }) => schemeIdUri === scheme)?.value;
}

function checkPair(log: ViolationLog, at: string, before: ResolvedPeriod, set: AdaptationSet): void {
  const other = before.period.adaptationSets.find(({ id }) => id === set.id);
  const clause = 'DASH-IF timing model: Period connectivity';
  if (other === undefined) {
    log.must(false, clause, `${at} goes on from a Period that has no AdaptationSet of its id`);
    return;
  }
  const ids = ({ representations }: AdaptationSet): string =>
    representations
      .map(({ id }) => id)
      .sort()
      .join(' ');
  log.must(ids(set) === ids(other), clause, `${at} goes on from a set of other representations`);
  log.must(keysOf(set) === keysOf(other), clause, `${at} goes on from a set with another default_KID`);
}

function keysOf({ contentProtections = [], representations }: AdaptationSet): string {
  const all = [...contentProtections, ...representations.flatMap((one) => one.contentProtections ?? [])];
  const keys = new Set(all.map(({ defaultKid }) => defaultKid ?? '').filter((kid) => kid !== ''));
  return [...keys].sort().join(' ');
}

function checkContinuity(
  log: ViolationLog,
  at: string,
  before: ResolvedPeriod,
  after: ResolvedPeriod,
  set: AdaptationSet,
): void {
  for (const track of after.tracks.filter((candidate) => candidate.set === set)) {
    const previous = before.tracks.find(({ representation }) => representation.id === track.representation.id);
    const end = previous && lastSeconds(previous);
    const start = firstSeconds(track);
    const meets = (seconds: number | undefined): boolean =>
      seconds === undefined || Math.abs(seconds - after.startSeconds) <= EXACT_SECONDS;
    // With expired segments gone from its beginning the first one is later than the Period.
    const hasBegun = start !== undefined && start <= after.startSeconds + EXACT_SECONDS;
    log.must(
      meets(end) && (!hasBegun || meets(start)),
      'DASH-IF timing model: Period continuity',
      `${at} says continuity, but its segments do not meet exactly at the start of the Period`,
    );
  }
}
