import { toHex } from '../../binary-text.ts';
import type { ViolationLog } from '../../violation.ts';
import type { MediaPlaylist } from '../media-playlist.ts';
import type { DateRange } from '../tags/date-range.ts';

/** Rules of EXT-X-DATERANGE, §4.4.5.1 and §6.2.1. */

function tagsOf(playlist: MediaPlaylist): readonly DateRange[] {
  const { dateRanges = [], segments, open } = playlist;
  return [...dateRanges, ...segments.flatMap((segment) => segment.dateRanges ?? []), ...(open?.dateRanges ?? [])];
}

/** The tags of one id together: later ones add to the first. */
function merge(tags: readonly DateRange[]): ReadonlyMap<string, DateRange> {
  const ranges = new Map<string, DateRange>();
  for (const tag of tags) {
    ranges.set(tag.id, { ...ranges.get(tag.id), ...tag });
  }
  return ranges;
}

export function checkDateRanges(log: ViolationLog, playlist: MediaPlaylist): void {
  const tags = tagsOf(playlist);
  if (tags.length === 0) {
    return;
  }
  const hasDates = [...playlist.segments, playlist.open].some(
    (segment) => segment?.programDateTimeMs !== undefined,
  );
  log.must(hasDates, '4.4.5.1', 'there are date ranges, but no EXT-X-PROGRAM-DATE-TIME');
  const seen = new Map<string, DateRange>();
  for (const tag of tags) {
    const earlier = seen.get(tag.id);
    log.must(
      (earlier ?? tag).startDateMs !== undefined,
      '4.4.5.1',
      `the first tag of date range ${tag.id} has no START-DATE`,
    );
    if (earlier !== undefined) {
      const changed = changedAttributes(earlier, tag);
      log.must(
        changed.length === 0,
        '4.4.5.1',
        `two tags of date range ${tag.id} differ in ${changed.join(', ')}`,
      );
    }
    seen.set(tag.id, { ...earlier, ...tag });
  }
  for (const range of merge(tags).values()) {
    checkRange(log, range);
  }
}

function checkRange(log: ViolationLog, range: DateRange): void {
  const { id, startDateMs, endDateMs, durationSeconds, endOnNext, cue = [] } = range;
  if (startDateMs !== undefined && endDateMs !== undefined) {
    log.must(endDateMs >= startDateMs, '4.4.5.1', `date range ${id} ends before it starts`);
    // Dates have milliseconds.
    const isSameEnd =
      durationSeconds === undefined || Math.abs(startDateMs + durationSeconds * 1000 - endDateMs) <= 1;
    log.must(isSameEnd, '4.4.5.1', `date range ${id} has an END-DATE that is not START-DATE plus DURATION`);
  }
  if (endOnNext === true) {
    log.must(range.class !== undefined, '4.4.5.1', `date range ${id} has END-ON-NEXT without CLASS`);
    const hasEnd = endDateMs !== undefined || durationSeconds !== undefined;
    log.must(!hasEnd, '4.4.5.1', `date range ${id} has END-ON-NEXT and an end of its own`);
  }
  log.must(
    !(cue.includes('PRE') && cue.includes('POST')),
    '4.4.5.1',
    `date range ${id} has a CUE with PRE and POST`,
  );
}

function changedAttributes(before: DateRange, after: DateRange): readonly string[] {
  const old = flatten(before);
  return Object.entries(flatten(after))
    .filter(([name, value]) => old[name] !== undefined && old[name] !== value)
    .map(([name]) => name);
}

function flatten({ extensions = {}, ...attributes }: DateRange): Readonly<Record<string, string>> {
  const text = (value: unknown): string => (value instanceof Uint8Array ? toHex(value) : String(value));
  return Object.fromEntries(
    Object.entries({ ...attributes, ...extensions })
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, text(value)]),
  );
}

export function checkDateRangeUpdate(log: ViolationLog, previous: MediaPlaylist, next: MediaPlaylist): void {
  const after = merge(tagsOf(next));
  const window = datesOf(next);
  for (const [id, before] of merge(tagsOf(previous))) {
    const now = after.get(id);
    if (now !== undefined) {
      const changed = changedAttributes(before, now);
      log.must(changed.length === 0, '4.4.5.1', `date range ${id} was changed in ${changed.join(', ')}`);
    } else if (window !== undefined && before.startDateMs !== undefined) {
      const endMs = before.endDateMs ?? before.startDateMs + (before.durationSeconds ?? 0) * 1000;
      const isOutside = endMs < window.startMs || before.startDateMs >= window.endMs;
      log.must(isOutside, '6.2.1', `date range ${id} is gone although segments of its time are there`);
    }
  }
}

/** From the first segment with a date to the end of the last. Undefined without dates. */
function datesOf({ segments }: MediaPlaylist): { readonly startMs: number; readonly endMs: number } | undefined {
  const first = segments.find(({ programDateTimeMs }) => programDateTimeMs !== undefined);
  let atMs = first?.programDateTimeMs;
  if (first === undefined || atMs === undefined) {
    return undefined;
  }
  const startMs = atMs;
  for (const { programDateTimeMs, durationSeconds } of segments.slice(segments.indexOf(first))) {
    atMs = (programDateTimeMs ?? atMs) + durationSeconds * 1000;
  }
  return { startMs, endMs: atMs };
}
