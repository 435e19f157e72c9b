import type { ViolationLog } from '../../violation.ts';
import type { MediaPlaylist } from '../media-playlist.ts';
import type { Part } from '../tags/part.ts';
import { comparable } from './comparable.ts';
import { ROUNDING_SECONDS } from './media-rules.ts';

/** Parts may be this much shorter than the part target. */
const LEAST_SHARE = 0.85;

/** The parts of one segment, complete (with its duration) or open. */
type Parent = {
  readonly sequence: number;
  readonly parts: readonly Part[];
  readonly durationSeconds: number | undefined;
};

function parentsOf(playlist: MediaPlaylist): readonly Parent[] {
  const { segments, open, mediaSequence } = playlist;
  return [
    ...segments.map(({ parts = [], durationSeconds }, index) => ({
      sequence: mediaSequence + index,
      parts,
      durationSeconds,
    })),
    { sequence: mediaSequence + segments.length, parts: open?.parts ?? [], durationSeconds: undefined },
  ].filter(({ parts }) => parts.length > 0);
}

export function checkParts(log: ViolationLog, playlist: MediaPlaylist): void {
  const parents = parentsOf(playlist);
  if (parents.length === 0) {
    return;
  }
  const { partTargetSeconds, iFramesOnly, endList } = playlist;
  log.must(partTargetSeconds !== undefined, '4.4.3.7', 'there are parts, but EXT-X-PART-INF is missing');
  log.should(iFramesOnly !== true, '4.4.4.9', 'a playlist of I-frames has parts');
  log.must(
    endList !== true || playlist.open?.parts === undefined,
    '4.4.3.4',
    'an ended playlist has an open segment',
  );
  for (const parent of parents) {
    checkDurations(log, parent, partTargetSeconds ?? Number.POSITIVE_INFINITY);
    checkByteRanges(log, parent);
    checkSum(log, parent);
  }
  checkAge(log, playlist);
}

function checkDurations(log: ViolationLog, { sequence, parts }: Parent, target: number): void {
  for (const [index, part] of parts.entries()) {
    const at = `part ${sequence}.${index}`;
    log.must(part.durationSeconds <= target + ROUNDING_SECONDS, '4.4.4.9', `${at} is longer than the part target`);
    const next = parts[index + 1];
    // The newest part of an open segment may turn out to be its last.
    const mayBeShort = next === undefined || part.independent === true || part.gap === true || next.gap === true;
    log.must(
      mayBeShort ||
        target === Number.POSITIVE_INFINITY ||
        part.durationSeconds >= LEAST_SHARE * target - ROUNDING_SECONDS,
      '4.4.4.9',
      `${at} is shorter than 85 % of the part target`,
    );
  }
}

function checkByteRanges(log: ViolationLog, { sequence, parts }: Parent): void {
  for (const [index, part] of parts.entries()) {
    const previous = parts[index - 1];
    const start = part.byteRange?.offset;
    const previousEnd =
      previous?.byteRange?.offset === undefined
        ? undefined
        : previous.byteRange.offset + previous.byteRange.length;
    const isNext =
      previous?.uri !== part.uri || start === undefined || previousEnd === undefined || start === previousEnd;
    log.must(isNext, '3.2', `part ${sequence}.${index} does not begin where the part before it ends`);
    const goesOn = part.byteRange !== undefined && start === undefined;
    log.must(
      !goesOn || (previous?.byteRange !== undefined && previous.uri === part.uri),
      '4.4.4.9',
      `part ${sequence}.${index} has a range without an offset and none before it to go on from`,
    );
  }
}

function checkSum(log: ViolationLog, { sequence, parts, durationSeconds }: Parent): void {
  if (durationSeconds !== undefined) {
    const sum = parts.reduce((seconds, part) => seconds + part.durationSeconds, 0);
    const tolerance = ROUNDING_SECONDS * (parts.length + 1);
    log.must(
      Math.abs(sum - durationSeconds) <= tolerance,
      '3.2',
      `the parts of segment ${sequence} do not add up to it`,
    );
  }
}

function checkAge(log: ViolationLog, playlist: MediaPlaylist): void {
  const { segments, open, targetDurationSeconds, mediaSequence } = playlist;
  let distance = open?.parts?.reduce((seconds, part) => seconds + part.durationSeconds, 0) ?? 0;
  for (let index = segments.length - 1; index >= 0; index -= 1) {
    const segment = segments[index];
    const isNew = distance <= 3 * targetDurationSeconds + ROUNDING_SECONDS;
    log.should(
      isNew || segment?.parts === undefined,
      '6.2.2',
      `segment ${mediaSequence + index} still has parts, more than three target durations from the end`,
    );
    distance += segment?.durationSeconds ?? 0;
  }
}

/** What an update may do to parts: add at the end, and drop from the beginning. */
export function checkPartUpdate(
  log: ViolationLog,
  previous: MediaPlaylist,
  next: MediaPlaylist,
  elapsedSeconds: number | undefined,
): void {
  const before = parentsOf(previous);
  const after = new Map(parentsOf(next).map((parent) => [parent.sequence, parent]));
  for (const { sequence, parts, durationSeconds } of before) {
    const now = after.get(sequence);
    const isOpenStill = durationSeconds === undefined && sequence >= next.mediaSequence + next.segments.length;
    if (now === undefined) {
      log.must(!isOpenStill, '6.2.1', `the parts of the open segment ${sequence} are gone`);
      continue;
    }
    const isPrefix = parts.every((part, index) => isSamePart(part, now.parts[index]));
    log.must(isPrefix, '6.2.1', `parts of segment ${sequence} were changed or removed out of order`);
    log.must(
      durationSeconds === undefined || now.parts.length === parts.length,
      '6.2.1',
      `parts were added to segment ${sequence} after it was complete`,
    );
  }
  checkHint(log, previous, after);
  checkCadence(log, previous, next, elapsedSeconds);
}

function isSamePart(part: Part, other: Part | undefined): boolean {
  const facts = ({ uri, durationSeconds, independent, gap, byteRange }: Part): string =>
    comparable([uri, durationSeconds, independent === true, gap === true, byteRange]);
  return other !== undefined && facts(part) === facts(other);
}

/** The part that came is the part that was hinted (§4.4.5.3), be it of the same segment or the first of the next. */
function checkHint(log: ViolationLog, previous: MediaPlaylist, after: ReadonlyMap<number, Parent>): void {
  const hint = previous.preloadHints?.find(({ type }) => type === 'PART');
  const sequence = previous.mediaSequence + previous.segments.length;
  const known = previous.open?.parts?.length ?? 0;
  const parent = after.get(sequence);
  const isComplete = parent?.durationSeconds !== undefined && parent.parts.length === known;
  const came = isComplete ? after.get(sequence + 1)?.parts[0] : parent?.parts[known];
  if (hint === undefined || came === undefined) {
    return;
  }
  log.must(hint.uri === came.uri, '4.4.5.3', 'the part that came is not at the hinted URI');
  const start = came.byteRange === undefined ? 0 : came.byteRange.offset;
  log.must(
    start === undefined || (hint.byteRangeStart ?? 0) === start,
    '4.4.5.3',
    'the part that came does not begin at the hinted byte',
  );
  const { byteRangeLength } = hint;
  log.must(
    byteRangeLength === undefined || came.byteRange?.length === byteRangeLength,
    '4.4.5.3',
    'the part that came does not have the hinted length',
  );
}

function checkCadence(
  log: ViolationLog,
  previous: MediaPlaylist,
  next: MediaPlaylist,
  elapsedSeconds: number | undefined,
): void {
  const { partTargetSeconds } = next;
  const isLive = next.endList !== true && partTargetSeconds !== undefined && elapsedSeconds !== undefined;
  if (!isLive || elapsedSeconds <= partTargetSeconds) {
    return;
  }
  const position = (playlist: MediaPlaylist): number =>
    (playlist.mediaSequence + playlist.segments.length) * 1e6 + (playlist.open?.parts?.length ?? 0);
  log.must(position(next) > position(previous), '6.2.1', `no part came in ${elapsedSeconds} s`);
}
