import type { ViolationLog } from '../../violation.ts';
import type { MediaPlaylist } from '../media-playlist.ts';
import type { MediaSegment } from '../media-segment.ts';
import { featuresOf, mediaVersion } from '../protocol-version.ts';
import type { Key } from '../tags/key.ts';

/** Decimals are written with six digits, and sums of them drift by a few of the last. */
export const ROUNDING_SECONDS = 1e-5;

/** Hold-backs are chosen by people: the example of §9.11 has 1.0 for three times 0.33334. */
const AUTHORED_SECONDS = 1e-3;

/** What holds for a playlist or a delta update as it stands. */
export function checkHeader(log: ViolationLog, playlist: MediaPlaylist): void {
  checkVersion(log, playlist);
  checkServerControl(log, playlist);
  const { playlistType, endList, preloadHints = [], renditionReports = [] } = playlist;
  log.must(playlist.targetDurationSeconds >= 1, '4.4.3.1', 'the target duration is less than 1');
  log.must(
    playlistType !== 'VOD' || endList === true,
    '6.2.1',
    'a VOD playlist is complete, but EXT-X-ENDLIST is missing',
  );
  log.must(endList !== true || preloadHints.length === 0, '4.4.5.3', 'a preload hint stands in an ended playlist');
  for (const type of ['PART', 'MAP'] as const) {
    const count = preloadHints.filter((hint) => hint.type === type).length;
    log.should(count <= 1, '6.2.6', `there are ${count} preload hints of type ${type}`);
  }
  for (const { uri } of renditionReports) {
    log.must(
      !/^(?:[A-Za-z][A-Za-z0-9+.-]*:|\/\/)/.test(uri),
      '4.4.5.4',
      'the URI of a rendition report is not relative',
    );
  }
}

function checkVersion(log: ViolationLog, playlist: MediaPlaylist): void {
  const declared = playlist.version ?? 1;
  const needed = mediaVersion(playlist, featuresOf(playlist.segments, playlist.open));
  log.must(declared >= needed, '8', `version ${declared} is declared, but the tags need ${needed}`);
  // What is skipped or has left may need more than what can be seen, so a higher version is right in an update.
  log.should(
    declared <= needed || playlist.skip !== undefined,
    '6.2.1',
    `version ${declared} is declared, ${needed} would do`,
  );
  log.must(playlist.allowCache === undefined || declared < 7, '8', 'EXT-X-ALLOW-CACHE was removed in version 7');
}

function checkServerControl(log: ViolationLog, playlist: MediaPlaylist): void {
  const { serverControl = {}, targetDurationSeconds, partTargetSeconds } = playlist;
  const { canSkipUntilSeconds, canSkipDateRanges, holdBackSeconds, partHoldBackSeconds } = serverControl;
  const atLeast = (value: number | undefined, minimum: number): boolean =>
    value === undefined || value >= minimum - AUTHORED_SECONDS;
  log.must(
    atLeast(canSkipUntilSeconds, 6 * targetDurationSeconds),
    '4.4.3.8',
    'CAN-SKIP-UNTIL is less than six target durations',
  );
  log.must(
    canSkipDateRanges !== true || canSkipUntilSeconds !== undefined,
    '4.4.3.8',
    'CAN-SKIP-DATERANGES stands without CAN-SKIP-UNTIL',
  );
  log.must(
    atLeast(holdBackSeconds, 3 * targetDurationSeconds),
    '4.4.3.8',
    'HOLD-BACK is less than three target durations',
  );
  if (partTargetSeconds !== undefined) {
    log.must(partHoldBackSeconds !== undefined, '4.4.3.8', 'PART-HOLD-BACK is missing although there are parts');
    log.must(
      atLeast(partHoldBackSeconds, 2 * partTargetSeconds),
      '4.4.3.8',
      'PART-HOLD-BACK is less than two part targets',
    );
    log.should(
      atLeast(partHoldBackSeconds, 3 * partTargetSeconds),
      '4.4.3.8',
      'PART-HOLD-BACK is less than three part targets',
    );
  }
}

/** What holds for the segments of a whole playlist. */
export function checkSegments(log: ViolationLog, playlist: MediaPlaylist): void {
  const { segments, targetDurationSeconds, mediaSequence } = playlist;
  for (const [index, segment] of segments.entries()) {
    log.must(
      Math.round(segment.durationSeconds) <= targetDurationSeconds,
      '4.4.3.1',
      `segment ${mediaSequence + index} rounds to ${Math.round(segment.durationSeconds)} s, the target duration is ${targetDurationSeconds} s`,
    );
  }
  checkDates(log, playlist);
  checkKeys(log, segments);
  if (segments.some(({ discontinuity }) => discontinuity === true)) {
    const isLive = playlist.playlistType === undefined && playlist.endList !== true;
    log.must(
      !isLive || playlist.discontinuitySequence !== undefined,
      '6.2.2',
      'segments can leave and there are discontinuities, but EXT-X-DISCONTINUITY-SEQUENCE is missing',
    );
  }
}

function checkDates(log: ViolationLog, { segments, mediaSequence }: MediaPlaylist): void {
  const hasDates = segments.some(({ programDateTimeMs }) => programDateTimeMs !== undefined);
  let expectedMs: number | undefined;
  let previousStartMs = Number.NEGATIVE_INFINITY;
  for (const [index, segment] of segments.entries()) {
    const { programDateTimeMs, durationSeconds, discontinuity } = segment;
    const at = `segment ${mediaSequence + index}`;
    log.should(
      !hasDates || discontinuity !== true || programDateTimeMs !== undefined,
      '6.2.1',
      `${at} begins behind a discontinuity without EXT-X-PROGRAM-DATE-TIME`,
    );
    if (programDateTimeMs !== undefined && expectedMs !== undefined) {
      // Less than a second is allowed for drifting clocks, as long as the segment before is not covered whole.
      const isClear = programDateTimeMs > expectedMs - 1000 && programDateTimeMs > previousStartMs;
      log.must(isClear, '6.2.1', `the dates of ${at} and of the segment before it overlap`);
    }
    const startMs = programDateTimeMs ?? (discontinuity === true ? undefined : expectedMs);
    previousStartMs = startMs ?? Number.NEGATIVE_INFINITY;
    expectedMs = startMs === undefined ? undefined : startMs + durationSeconds * 1000;
  }
}

function checkKeys(log: ViolationLog, segments: readonly MediaSegment[]): void {
  let current: readonly Key[] = [];
  for (const { keys, map, keysCoverMap } of segments) {
    const covering = keysCoverMap === true ? (keys ?? []) : current;
    const needsIv = map !== undefined && covering.some((key) => key.method === 'AES-128' && key.iv === undefined);
    log.must(!needsIv, '4.4.4.5', 'an init section is encrypted with AES-128, but its key has no IV');
    if (keys !== undefined) {
      const formats = keys.map(keyFormatOf);
      log.must(new Set(formats).size === formats.length, '4.4.4.4', 'one segment has two keys of the same format');
      current = keys;
    }
  }
}

function keyFormatOf(key: Key): string {
  return key.method === 'NONE' ? 'NONE' : (key.keyFormat ?? 'identity');
}
