import { comparable } from '../../../src-main/manifest/hls/check/comparable.ts';
import type { MediaPlaylist } from '../../../src-main/manifest/hls/media-playlist.ts';
import { parseMediaPlaylist } from '../../../src-main/manifest/hls/parse-media-playlist.ts';
import type { Client } from '../client.ts';
import type { Ledger } from '../ledger.ts';
import type { Followed } from './follow.ts';
import { PLAYLIST_BYTES, TIMEOUT_MS } from './load.ts';
import { compare, contains, nextPosition, withDirectives } from './position.ts';
import { RULES } from './rules.ts';

/** What has to be the same in all renditions of a stream, and what they say of each other. */

const DATE_SECONDS = 0.1;
/** Parts that may have come between a report and the answer to it. */
const FRESH_PARTS = 3;
const AT_ONCE_MS = 1500;

/** Holds the playlists as they stand now against each other, the first with each of the others. */
export function checkTogether(followed: readonly Followed[], ledger: Ledger): void {
  const [first, ...others] = followed;
  const a = first?.latest();
  if (first === undefined || a === undefined) {
    return;
  }
  for (const other of others) {
    const b = other.latest();
    if (b !== undefined) {
      checkPair(first, a, other, b, ledger);
    }
  }
}

function checkPair(first: Followed, a: MediaPlaylist, other: Followed, b: MediaPlaylist, ledger: Ledger): void {
  const both = `${first.name} and ${other.name}`;
  ledger.check(
    RULES.sameTarget,
    a.targetDurationSeconds === b.targetDurationSeconds,
    `${both}: ${a.targetDurationSeconds} and ${b.targetDurationSeconds} s`,
  );
  if (a.endList !== true && b.endList !== true) {
    const isSame = comparable(a.serverControl) === comparable(b.serverControl);
    ledger.check(RULES.sameControl, isSame, `${both}: ${JSON.stringify([a.serverControl, b.serverControl])}`);
  }
  const [endA, endB] = [dateOfEnd(first, a), dateOfEnd(other, b)];
  if (endA !== undefined && endB !== undefined) {
    const apart = Math.abs(endA - endB) / 1000;
    ledger.check(RULES.together, apart <= a.targetDurationSeconds, `${both} are ${apart.toFixed(2)} s apart`);
  }
  checkDiscontinuities(both, first, a, other, b, ledger);
  for (const [discontinuity, offset] of first.media.dateOffsets()) {
    const its = other.media.dateOffsets().get(discontinuity);
    if (its !== undefined) {
      ledger.check(
        RULES.sameDates,
        Math.abs(offset - its) <= DATE_SECONDS,
        `${both}: the same date is ${(offset - its).toFixed(3)} s apart in media time`,
      );
    }
  }
}

function dateOfEnd({ standingOf }: Followed, playlist: MediaPlaylist): number | undefined {
  const last = playlist.segments.at(-1);
  const dateMs = standingOf(playlist.mediaSequence + playlist.segments.length - 1)?.dateMs;
  return last === undefined || dateMs === undefined ? undefined : dateMs + last.durationSeconds * 1000;
}

/** The newest segment of one, and the one of the other that has the middle of it. */
function checkDiscontinuities(
  both: string,
  first: Followed,
  a: MediaPlaylist,
  other: Followed,
  b: MediaPlaylist,
  ledger: Ledger,
): void {
  const newest = first.standingOf(a.mediaSequence + a.segments.length - 1);
  const seconds = a.segments.at(-1)?.durationSeconds ?? 0;
  if (newest?.dateMs === undefined) {
    return;
  }
  const middleMs = newest.dateMs + seconds * 500;
  const index = b.segments.findLastIndex((segment, at) => {
    const startMs = other.standingOf(b.mediaSequence + at)?.dateMs ?? Number.POSITIVE_INFINITY;
    return startMs <= middleMs && middleMs < startMs + segment.durationSeconds * 1000;
  });
  const matching = index < 0 ? undefined : other.standingOf(b.mediaSequence + index);
  if (matching !== undefined) {
    ledger.check(
      RULES.sameDiscontinuity,
      matching.discontinuitySequence === newest.discontinuitySequence,
      `${both}: ${newest.discontinuitySequence} and ${matching.discontinuitySequence}`,
    );
  }
}

/**
 * The rendition reports of one playlist: `known` are the addresses of all media playlists of the stream. The report number `turn` is followed:
 * what it tells of is asked for.
 */
export async function checkReports(
  { name, url, latest }: Followed,
  known: ReadonlySet<string> | undefined,
  turn: number,
  client: Client,
  ledger: Ledger,
): Promise<void> {
  const playlist = latest();
  const reports = playlist?.renditionReports ?? [];
  for (const { uri } of known === undefined ? [] : reports) {
    const isKnown = known?.has(plain(new URL(uri, url).href)) === true;
    ledger.check(RULES.reportKnown, isKnown, `${name} reports of ${uri}`);
  }
  const report = reports[turn % Math.max(1, reports.length)];
  if (playlist === undefined || report === undefined || playlist.endList === true) {
    return;
  }
  const own = nextPosition(playlist);
  const sequence = report.lastMediaSequence ?? (own.part > 0 ? own.sequence : own.sequence - 1);
  const part =
    report.lastPart ?? (report.lastMediaSequence === undefined && own.part > 0 ? own.part - 1 : undefined);
  const asked = withDirectives(plain(new URL(report.uri, url).href), {
    _HLS_msn: sequence,
    ...(part === undefined ? {} : { _HLS_part: part }),
  });
  const answer = await client.get(asked, { timeoutMs: TIMEOUT_MS, maxBytes: PLAYLIST_BYTES });
  const tookMs = answer.headAtMs - answer.sentAtMs;
  const told = `${name} reports ${sequence}.${part ?? ''} of ${report.uri}`;
  const there = answer.status === 200 ? parseMediaPlaylist(new TextDecoder().decode(answer.body)) : undefined;
  const has = there !== undefined && contains(there, sequence, part);
  // A slow answer with what was told of may have been waited for, or may only be slow.
  if (!has || tookMs < AT_ONCE_MS) {
    ledger.check(RULES.reportThere, has, `${told}, which answers ${answer.status}`);
  }
  if (there !== undefined && has && part !== undefined) {
    const end = nextPosition(there);
    const parts = there.segments.at(-1)?.parts?.length ?? 0;
    const isNear =
      compare(end, { sequence, part: part + FRESH_PARTS + 1 }) <= 0 ||
      (end.sequence === sequence + 1 && parts - part - 1 + end.part <= FRESH_PARTS);
    ledger.check(RULES.reportFresh, isNear, `${told}, which ends with ${end.sequence}.${end.part - 1}`);
  }
}

/** Without delivery directives and without a fragment: the same playlist. */
export function plain(url: string): string {
  const [path = '', query = ''] = url
    .split('#', 1)
    .join('')
    .split(/\?(.*)/s);
  const own = query.split('&').filter((pair) => pair !== '' && !pair.startsWith('_HLS_'));
  return own.length === 0 ? path : `${path}?${own.join('&')}`;
}
