import type { SegmentRef } from '../../../media/cmaf/segment-table.ts';
import { writeSmoothFragment } from '../../../media/smooth/fragment.ts';
import { writeEncryptionBoxes } from '../../../media/smooth/sample-encryption.ts';
import { latestMeant, SMOOTH_TIMESCALE, smoothTime } from '../../../media/smooth/smooth-time.ts';
import { secondsToTicks, type Ticks, ticks } from '../../../media/time.ts';
import type { MediaAnswer } from '../../ports/packaging.ts';
import type { TrackWindow } from '../../ports/presentation.ts';
import type { ViewContext } from '../format-view.ts';
import { contentTypeOf, notFound, notReady, readShownSegment } from '../media.ts';
import { nextRow } from '../next-fragment.ts';
import { segmentSamples } from '../segment-samples.ts';
import type { ShownTrack } from '../shown-tracks.ts';
import { type Snapshot, utcMs } from '../snapshot.ts';
import { fragmentTime } from './fragment-list.ts';
import { LOOK_AHEAD } from './look-ahead.ts';

/** What of a fragment is asked for (the nouns of MS-SSTR §2.2.3): all of it, its `moof`, or its first picture. */
export type FragmentScope = 'whole' | 'head' | 'key-frame';

/** How far ahead of the newest segment a client can ask by mistake, in segments. */
const REACH = 3;

/**
 * The fragment at a time that a manifest or another fragment gave. Rejects with `MPE_FRAGMENT_NOT_READY` for what lies just ahead, also
 * while what it has to tell of is not there yet, and with `MPE_FRAGMENT_TIMESTAMP_NOT_FOUND`.
 */
export async function fragmentAnswer(
  context: ViewContext,
  snapshot: Snapshot,
  window: ShownTrack,
  time: Ticks,
  scope: FragmentScope,
): Promise<MediaAnswer> {
  const { presentation } = context;
  const { track, segments } = window;
  const row = rowAt(context, window, time);
  const last = segments.firstSequence + segments.length - 1;
  if (row === undefined || row.size === 0) {
    throw row === undefined && isAhead(snapshot, window, time, presentation.segmentSeconds)
      ? notReady()
      : notFound();
  }
  if (snapshot.phase === 'live' && row.sequence + LOOK_AHEAD > last) {
    throw notReady();
  }
  const following = Array.from({ length: LOOK_AHEAD }, (_, index) => row.sequence + 1 + index)
    .flatMap((sequence) => (sequence > last ? [] : [context.rowsOf(window).rowAt(sequence)]))
    .filter(({ size, duration }) => size > 0 && duration > 0)
    .map((next) => fragmentTime(next, track.timescale));
  const bytes = await readShownSegment(presentation, window, row.sequence);
  const { samples, infos } = segmentSamples(bytes, row, { firstOnly: scope === 'key-frame' });
  const { moof, mdat } = writeSmoothFragment(samples, {
    kind: track.kind,
    timescale: track.timescale,
    sequenceNumber: row.sequence,
    next: following.map((next) => ({ time: next.time, duration: ticks(next.duration) })),
    boxes:
      infos.length === 0
        ? undefined
        : (writer) => writeEncryptionBoxes(writer, infos, context.protection?.tag === 'piff' ? 'piff' : 'senc'),
  });
  const chunks = scope === 'head' ? [moof] : [moof, ...mdat];
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return {
    kind: 'media',
    contentType: contentTypeOf(track),
    version: `s${time.toString(36)}-${size.toString(36)}`,
    madeAtMs: utcMs(presentation, endOf(row), track.timescale),
    size,
    chunks,
    lifetime: 'immutable',
  };
}

function endOf({ time, duration }: Pick<SegmentRef, 'time' | 'duration'>): Ticks {
  return ticks(time + BigInt(duration));
}

/** The time of the fragment behind the one at a time; undefined when that cannot be had yet. */
export function timeBehind(
  context: ViewContext,
  snapshot: Snapshot,
  window: ShownTrack,
  time: Ticks,
): Ticks | undefined {
  const row = rowAt(context, window, time);
  const reserved = snapshot.phase === 'live' ? LOOK_AHEAD : 0;
  const next = row && nextRow(window, context.rowsOf(window), row.sequence, reserved);
  return next && smoothTime(next.time, window.track.timescale);
}

/** The segment that was meant, also one that has just left the window. */
function rowAt(context: ViewContext, window: ShownTrack, time: Ticks): SegmentRef | undefined {
  const { segments, track } = window;
  const isMeant = (row: SegmentRef): boolean => smoothTime(row.time, track.timescale) === time;
  const index = segments.indexBefore(latestMeant(time, track.timescale));
  const row = index < 0 ? undefined : segments.at(index);
  if (row !== undefined && isMeant(row)) {
    return row;
  }
  const rows = context.rowsOf(window);
  const first = segments.firstSequence;
  for (let sequence = rows.firstKnown(first); sequence < first; sequence += 1) {
    const left = rows.rowAt(sequence);
    if (isMeant(left)) {
      return left;
    }
  }
  return undefined;
}

/** Behind the newest complete segment, but by no more than the client of a stream that goes on can be wrong. */
function isAhead(
  { phase }: Snapshot,
  { segments, track, open }: TrackWindow,
  time: Ticks,
  segmentSeconds: number,
): boolean {
  const last = segments.length === 0 ? undefined : segments.at(segments.length - 1);
  const end = last === undefined ? open?.time : endOf(last);
  const reach = secondsToTicks((REACH + LOOK_AHEAD) * segmentSeconds, SMOOTH_TIMESCALE);
  const from = end === undefined ? undefined : smoothTime(end, track.timescale);
  return phase === 'live' && from !== undefined && time >= from && time <= from + reach;
}
