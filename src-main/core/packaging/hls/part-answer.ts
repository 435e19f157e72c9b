import type { Ticks } from '../../../media/time.ts';
import type { Answer } from '../../ports/packaging.ts';
import type { PartRef, Presentation, TrackWindow } from '../../ports/presentation.ts';
import { chunksAnswer, type MediaSource, notFound, notReady } from '../media.ts';
import { targetDurationSeconds } from './low-latency.ts';
import { completeParts, hasGoneOn, openParts, type PartedSegment, partedAfter } from './parts.ts';

/** Where an address of a part leads (see `partUri`). */
type Place =
  | { readonly kind: 'there'; readonly segment: PartedSegment; readonly part: number }
  /** The very next one, which a preload hint names. */
  | { readonly kind: 'next' }
  | { readonly kind: 'ahead' }
  | { readonly kind: 'gone' };

/**
 * The part with this number of the segment that begins at a tick, or of the one behind it. Waits for the part that is hinted. Throws
 * `MPE_FRAGMENT_TIMESTAMP_NOT_FOUND`, and `MPE_FRAGMENT_NOT_READY` for those behind the hinted one.
 */
export function partAnswer(
  source: MediaSource,
  window: TrackWindow,
  address: { readonly time: Ticks; readonly part: number },
  chunksPerPart: number,
): Answer {
  const { presentation } = source;
  const place = findPart(presentation, window, address, chunksPerPart);
  switch (place.kind) {
    case 'there': {
      const { sequence, parts } = place.segment;
      const { firstChunk = 0, chunkCount = 0 } = parts[place.part] ?? {};
      const refs = chunksOf(window, sequence).slice(firstChunk, firstChunk + chunkCount);
      return chunksAnswer(source, window, sequence, refs);
    }
    case 'next':
      return {
        kind: 'not-yet',
        changed: presentation.changed,
        isReady: () => findPart(presentation, window, address, chunksPerPart).kind !== 'next',
        again: () => partAnswer(source, window, address, chunksPerPart),
        waitSeconds: 3 * targetDurationSeconds(presentation),
        // §6.2.6: a hinted part that does not come is not found.
        tooLate: notFound,
      };
    case 'ahead':
      throw notReady();
    case 'gone':
      throw notFound();
  }
}

function chunksOf(window: TrackWindow, sequence: number): readonly PartRef[] {
  return window.open?.sequence === sequence ? window.open.parts : window.partsOf(sequence);
}

function findPart(
  presentation: Presentation,
  window: TrackWindow,
  { time, part }: { readonly time: Ticks; readonly part: number },
  chunksPerPart: number,
): Place {
  const segment = presentation.partSeconds === undefined ? undefined : segmentAt(window, time, chunksPerPart);
  if (segment === undefined) {
    return { kind: 'gone' };
  }
  const count = segment.parts.length;
  if (part < count) {
    return { kind: 'there', segment, part };
  }
  const after = segment.isComplete ? partedAfter(window, segment.sequence, chunksPerPart) : undefined;
  if (part === count && after !== undefined) {
    return { kind: 'there', segment: after, part: 0 };
  }
  if (presentation.state() !== 'live' || after !== undefined || hasGoneOn(window, segment.sequence)) {
    return { kind: 'gone' };
  }
  return { kind: part === count ? 'next' : 'ahead' };
}

function segmentAt(window: TrackWindow, time: Ticks, chunksPerPart: number): PartedSegment | undefined {
  const index = window.segments.indexAtTime(time);
  const complete =
    index < 0 ? undefined : completeParts(window, window.segments.firstSequence + index, chunksPerPart);
  if (complete !== undefined) {
    return complete;
  }
  return window.open?.time === time ? openParts(window.open, chunksPerPart) : undefined;
}
