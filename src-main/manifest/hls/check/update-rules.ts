import type { ViolationLog } from '../../violation.ts';
import type { MediaPlaylist } from '../media-playlist.ts';
import type { MediaSegment } from '../media-segment.ts';
import { comparable } from './comparable.ts';

/** What an update of a playlist may change, §6.2.1 and §6.2.2. Both are whole playlists. */
export function checkUpdate(
  log: ViolationLog,
  previous: MediaPlaylist,
  next: MediaPlaylist,
  elapsedSeconds: number | undefined,
): void {
  checkConstants(log, previous, next);
  const removed = next.mediaSequence - previous.mediaSequence;
  log.must(removed >= 0, '6.2.2', `the media sequence number went back by ${-removed}`);
  const previousEnd = previous.mediaSequence + previous.segments.length;
  const nextEnd = next.mediaSequence + next.segments.length;
  log.must(nextEnd >= previousEnd, '6.2.1', `${previousEnd - nextEnd} segments are gone from the end`);
  if (removed < 0) {
    return;
  }
  checkSame(log, previous, next);
  checkRemoval(log, previous, next, removed);
  const wasChanged = removed !== 0 || nextEnd !== previousEnd;
  log.must(previous.endList !== true || next.endList === true, '6.2.1', 'EXT-X-ENDLIST was taken away');
  log.must(
    previous.endList !== true || nextEnd === previousEnd,
    '4.4.3.4',
    'segments were added behind EXT-X-ENDLIST',
  );
  log.must(previous.playlistType !== 'VOD' || !wasChanged, '6.2.1', 'a VOD playlist was changed');
  log.must(
    next.endList === true || nextEnd > previousEnd || (elapsedSeconds ?? 0) <= 1.5 * next.targetDurationSeconds,
    '6.2.1',
    `no segment came in ${elapsedSeconds ?? 0} s, more than 1.5 target durations`,
  );
}

function checkConstants(log: ViolationLog, previous: MediaPlaylist, next: MediaPlaylist): void {
  const constants = [
    ['EXT-X-TARGETDURATION', previous.targetDurationSeconds, next.targetDurationSeconds],
    ['EXT-X-PLAYLIST-TYPE', previous.playlistType, next.playlistType],
    ['EXT-X-I-FRAMES-ONLY', previous.iFramesOnly === true, next.iFramesOnly === true],
    ['EXT-X-INDEPENDENT-SEGMENTS', previous.independentSegments === true, next.independentSegments === true],
  ] as const;
  for (const [tag, before, after] of constants) {
    log.must(before === after, '6.2.1', `${tag} was changed`);
  }
  // At the end of a broadcast the delivery directives have nothing more to offer, so their tags may go.
  if (next.endList !== true) {
    const before = comparable([previous.serverControl, previous.partTargetSeconds]);
    const after = comparable([next.serverControl, next.partTargetSeconds]);
    log.must(before === after, '6.2.1', 'EXT-X-SERVER-CONTROL or EXT-X-PART-INF was changed');
  }
}

function checkSame(log: ViolationLog, previous: MediaPlaylist, next: MediaPlaylist): void {
  const first = Math.max(previous.mediaSequence, next.mediaSequence);
  for (let sequence = first; sequence < previous.mediaSequence + previous.segments.length; sequence += 1) {
    const before = previous.segments[sequence - previous.mediaSequence];
    const after = next.segments[sequence - next.mediaSequence];
    if (before !== undefined && after !== undefined) {
      // What is said again before the first segment of a window was said before.
      const changed = changedTags(before, after, sequence === next.mediaSequence);
      log.must(changed.length === 0, '6.2.1', `segment ${sequence} was changed: ${changed.join(', ')}`);
    }
  }
}

const ALWAYS_KEPT = ['uri', 'durationSeconds', 'title', 'byteRange', 'discontinuity', 'gap'] as const;
const SAID_AGAIN = ['map', 'keys', 'keysCoverMap', 'programDateTimeMs', 'bitrateKbps'] as const;

function changedTags(before: MediaSegment, after: MediaSegment, isFirst: boolean): readonly string[] {
  const isEqual = (name: keyof MediaSegment): boolean => comparable(before[name]) === comparable(after[name]);
  return [
    ...ALWAYS_KEPT.filter((name) => !isEqual(name)),
    ...SAID_AGAIN.filter((name) => !isEqual(name) && !(isFirst && before[name] === undefined)),
  ];
}

function checkRemoval(log: ViolationLog, previous: MediaPlaylist, next: MediaPlaylist, removed: number): void {
  const gone = previous.segments.slice(0, removed);
  if (removed > 0) {
    log.must(
      previous.playlistType === undefined,
      '6.2.2',
      `segments left a playlist of type ${previous.playlistType ?? ''}`,
    );
    const seconds = next.segments.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
    log.must(
      next.endList === true || seconds >= 3 * next.targetDurationSeconds,
      '6.2.2',
      `segments were removed although only ${seconds} s are left, less than three target durations`,
    );
  }
  if (removed <= previous.segments.length) {
    const left = gone.filter(({ discontinuity }) => discontinuity === true).length;
    const before = previous.discontinuitySequence ?? 0;
    const after = next.discontinuitySequence ?? 0;
    log.must(
      after === before + left,
      '6.2.2',
      `${left} discontinuities left, the discontinuity sequence number went from ${before} to ${after}`,
    );
  } else {
    log.must(
      (next.discontinuitySequence ?? 0) >= (previous.discontinuitySequence ?? 0),
      '6.2.2',
      'the discontinuity sequence number went back',
    );
  }
}
