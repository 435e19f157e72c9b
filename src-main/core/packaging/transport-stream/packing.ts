import { AppError } from '../../../shared/app-error.ts';
import type { Presentation } from '../../ports/presentation.ts';

/** How fragments are packed into segments (spec 3). */
export type Packing = {
  /** Fragments in a segment that no break cuts short. */
  readonly fragments: number;
  /** EXT-X-TARGETDURATION, which never changes. */
  readonly targetSeconds: number;
};

/** Of a presentation; the same as long as it is live and after that, because viewers go on with the addresses that they have. */
export function packingOf({
  segmentSeconds,
  fragmentsPerTsSegment,
  windowSeconds,
}: Pick<Presentation, 'segmentSeconds' | 'fragmentsPerTsSegment' | 'windowSeconds'>): Packing {
  const wanted = fragmentsPerTsSegment ?? (segmentSeconds <= 3 ? 3 : segmentSeconds <= 5 ? 2 : 1);
  let fragments = wanted;
  // Where nobody has chosen, a window of some seconds, as previews have, is made to do.
  while (fragmentsPerTsSegment === undefined && fragments > 1 && !fits(fragments, segmentSeconds, windowSeconds)) {
    fragments -= 1;
  }
  return { fragments, targetSeconds: targetSeconds(fragments, segmentSeconds) };
}

/** Throws `MPE_HLS_SEGMENT_TOO_LARGE` for a broadcast whose window would not always have three segments. */
export function checkPacking(
  { fragments }: Packing,
  { segmentSeconds, windowSeconds, state }: Pick<Presentation, 'segmentSeconds' | 'windowSeconds' | 'state'>,
): void {
  if (windowSeconds !== undefined && state() === 'live' && fragments * segmentSeconds >= windowSeconds / 3) {
    throw new AppError(
      'MPE_HLS_SEGMENT_TOO_LARGE',
      `A segment of ${fragments} fragments has ${fragments * segmentSeconds} s, a third of the window of ${windowSeconds} s or more. Lower fragmentsPerTsSegment.`,
    );
  }
}

/** No fragment is longer than the nominal length by half a second or more, so no segment rounds to more than this. */
function targetSeconds(fragments: number, segmentSeconds: number): number {
  return Math.max(1, Math.ceil(fragments * (segmentSeconds + 0.5) - 0.5));
}

/** Whether three target durations always stay (8216bis §6.2.2), when segments are begun at one end of the window and cut at the other. */
function fits(fragments: number, segmentSeconds: number, windowSeconds: number | undefined): boolean {
  const unlisted = 2 * (fragments - 1) * segmentSeconds;
  return windowSeconds === undefined || 3 * targetSeconds(fragments, segmentSeconds) + unlisted <= windowSeconds;
}
