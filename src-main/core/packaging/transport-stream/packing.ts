import { AppError } from '../../../shared/app-error.ts';
import type { Presentation } from '../../ports/presentation.ts';
import { lengthsOf } from '../../ports/segment-lengths.ts';

/** How fragments are packed into segments (spec 3). */
export type Packing = {
  /** Fragments in a segment that no break cuts short. */
  readonly fragments: number;
  /** What one rounds to at most: EXT-X-TARGETDURATION, which goes up only. */
  readonly targetSeconds: number;
  /** The same where they are as long as the first: never changes. */
  readonly usualSeconds: number;
};

/**
 * Of a presentation that has a segment; but for the target duration the same as long as it is live and after that, because viewers go on with the
 * addresses that they have.
 */
export function packingOf(
  presentation: Pick<Presentation, 'segmentSeconds' | 'lengths' | 'fragmentsPerTsSegment' | 'windowSeconds'>,
): Packing {
  const { fragmentsPerTsSegment, windowSeconds } = presentation;
  const { usual, longest } = lengthsOf(presentation);
  const wanted = fragmentsPerTsSegment ?? (usual <= 3 ? 3 : usual <= 5 ? 2 : 1);
  let fragments = wanted;
  // Where nobody has chosen, a window of some seconds, as previews have, is made to do.
  while (fragmentsPerTsSegment === undefined && fragments > 1 && !fits(fragments, usual, windowSeconds)) {
    fragments -= 1;
  }
  return {
    fragments,
    targetSeconds: targetSeconds(fragments, longest),
    usualSeconds: targetSeconds(fragments, usual),
  };
}

/** Throws `MPE_HLS_SEGMENT_TOO_LARGE` for a broadcast whose window would not always have three segments. */
export function checkPacking(
  { fragments }: Pick<Packing, 'fragments'>,
  presentation: Pick<Presentation, 'segmentSeconds' | 'lengths' | 'windowSeconds' | 'state'>,
): void {
  const { windowSeconds, state } = presentation;
  const seconds = fragments * lengthsOf(presentation).usual;
  if (windowSeconds !== undefined && state() === 'live' && seconds >= windowSeconds / 3) {
    throw new AppError(
      'MPE_HLS_SEGMENT_TOO_LARGE',
      `A segment of ${fragments} fragments has ${seconds} s, a third of the window of ${windowSeconds} s or more. Lower fragmentsPerTsSegment.`,
    );
  }
}

/** No fragment is longer by half a second or more, so no segment rounds to more than this. */
function targetSeconds(fragments: number, segmentSeconds: number): number {
  return Math.max(1, Math.ceil(fragments * (segmentSeconds + 0.5) - 0.5));
}

/** Whether three target durations always stay (8216bis §6.2.2), when segments are begun at one end of the window and cut at the other. */
function fits(fragments: number, segmentSeconds: number, windowSeconds: number | undefined): boolean {
  const unlisted = 2 * (fragments - 1) * segmentSeconds;
  return windowSeconds === undefined || 3 * targetSeconds(fragments, segmentSeconds) + unlisted <= windowSeconds;
}
