import { nextChunk, readChunkHeader } from '../../../media/cmaf/chunk.ts';
import { chunkNumber } from '../../../media/cmaf/chunk-number.ts';
import type { Ticks } from '../../../media/time.ts';
import type { Answer } from '../../ports/packaging.ts';
import type { PartRef, Presentation, TrackWindow } from '../../ports/presentation.ts';
import { chunksAnswer, type MediaSource, notFound, notReady, readShownSegment } from '../media.ts';
import type { ShownTrack } from '../shown-tracks.ts';
import { targetDurationSeconds } from './low-latency.ts';
import { completeParts, hasGoneOn, openParts, type PartedSegment, partedAfter } from './parts.ts';

/** What the address of a part says (see `partUri`). */
type PartAddress = { readonly time: Ticks; readonly part: number };

/** Where it leads. */
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
  window: ShownTrack,
  address: PartAddress,
  chunksPerPart: number,
): Answer | Promise<Answer> {
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
      return partOfWhole(source, window, address, chunksPerPart);
  }
}

/**
 * A part that is not kept apart any more, out of its segment. No playlist lists it by now, but players that were given a playlist in updates keep what these
 * leave out as they knew it, and ask for its parts when their viewer goes back: Shaka Player stops for good where they are not there. Rejects
 * with `MPE_FRAGMENT_TIMESTAMP_NOT_FOUND`.
 */
async function partOfWhole(
  source: MediaSource,
  window: ShownTrack,
  { time, part }: PartAddress,
  chunksPerPart: number,
): Promise<Answer> {
  const { presentation } = source;
  const index = window.segments.indexAtTime(time);
  if (index < 0 || presentation.partSeconds === undefined || presentation.state() !== 'live') {
    throw notFound();
  }
  const sequence = window.segments.firstSequence + index;
  const own = await chunksIn(presentation, window, sequence);
  const isOfNext = part > 0 && part === Math.ceil(own.length / chunksPerPart);
  const first = isOfNext ? 0 : part * chunksPerPart;
  const chunks = (isOfNext ? await chunksIn(presentation, window, sequence + 1) : own).slice(
    first,
    first + chunksPerPart,
  );
  if (chunks.length === 0) {
    throw notFound();
  }
  return chunksAnswer(
    source,
    window,
    isOfNext ? sequence + 1 : sequence,
    chunks,
    chunks.map(({ bytes }) => bytes),
  );
}

type StoredChunk = Pick<PartRef, 'index' | 'time' | 'duration'> & { readonly bytes: Uint8Array };

/** The chunks of a complete segment, as they were its parts: as far as they count from 0 without a gap. */
async function chunksIn(
  presentation: Presentation,
  window: ShownTrack,
  sequence: number,
): Promise<readonly StoredChunk[]> {
  const chunks: StoredChunk[] = [];
  for (const bytes of await readShownSegment(presentation, window, sequence)) {
    let at = 0;
    for (let found = nextChunk(bytes, at); found.kind === 'chunk' && found.end <= bytes.length; ) {
      const chunk = bytes.subarray(at, found.end);
      const { sequenceNumber, decodeTime, duration } = readChunkHeader(chunk);
      if (sequenceNumber !== chunkNumber(sequence, chunks.length)) {
        return chunks;
      }
      chunks.push({ index: chunks.length, time: decodeTime, duration, bytes: chunk });
      at = found.end;
      found = nextChunk(bytes, at);
    }
  }
  return chunks;
}

function chunksOf(window: TrackWindow, sequence: number): readonly PartRef[] {
  return window.open?.sequence === sequence ? window.open.parts : window.partsOf(sequence);
}

function findPart(
  presentation: Presentation,
  window: TrackWindow,
  { time, part }: PartAddress,
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
