import type { ServerControl } from '../../../manifest/hls/tags/server-control.ts';
import type { Presentation } from '../../ports/presentation.ts';
import { lengthsOf } from '../../ports/segment-lengths.ts';

/**
 * EXT-X-TARGETDURATION: no segment rounds to more than this. It is known with the first segment, before which there is no playlist, and goes up
 * only where an encoder's key frames get rarer than they have ever been (`decisions/0035`).
 */
export function targetDurationSeconds(presentation: Presentation): number {
  return Math.max(1, Math.ceil(lengthsOf(presentation).longest));
}

/** What a row without media is listed with at most, as it can span an outage. Never changes: what was listed must stay as it was (§6.2.1). */
export function gapSeconds(presentation: Presentation): number {
  return Math.max(1, Math.ceil(lengthsOf(presentation).usual));
}

/** Delta updates leave out what is older than this; the least that §4.4.3.8 allows. */
export function canSkipUntilSeconds(presentation: Presentation): number {
  return 6 * targetDurationSeconds(presentation);
}

/**
 * PART-TARGET: the longest part there can be, rounded up to a tenth of a millisecond. Video parts are whole frames and sound parts whole AAC
 * frames on a grid, so all but the last of a segment are within 15 % of it (§4.4.4.9).
 */
export function partTargetOf({ partSeconds }: Presentation, chunksPerPart: number): number | undefined {
  return partSeconds === undefined ? undefined : Math.ceil(partSeconds * chunksPerPart * 1e4 - 1e-6) / 1e4;
}

/**
 * How far from the end players stay at least. §4.4.3.8 recommends three parts. For parts of 0.2 s that is too little for video.js, which
 * stalls as soon as anything takes a moment longer; with this it does not, and more only makes hls.js later.
 */
const LEAST_PARTS = 3;
const LEAST_HOLD_BACK_SECONDS = 0.75;

/** Blocking reload and delta updates serve players of whole segments too. */
export function serverControl(presentation: Presentation, partTargetSeconds: number | undefined): ServerControl {
  return {
    canBlockReload: true,
    canSkipUntilSeconds: canSkipUntilSeconds(presentation),
    // From the beginning, because the tag never changes (§6.2.1): cues may come.
    canSkipDateRanges: true,
    partHoldBackSeconds:
      partTargetSeconds === undefined
        ? undefined
        : Math.max(LEAST_HOLD_BACK_SECONDS, Math.round(partTargetSeconds * LEAST_PARTS * 1e4) / 1e4),
  };
}
