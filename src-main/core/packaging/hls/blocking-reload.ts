import type { TrackWindow } from '../../ports/presentation.ts';
import { badDirective, type Directives } from './directives.ts';

type Block = NonNullable<Directives['block']>;

/** How far ahead of the newest part players may ask (§6.2.5.2): three parts, or three seconds' worth of shorter ones. */
function advancePartLimit(partTargetSeconds: number): number {
  return partTargetSeconds < 1 ? Math.ceil(3 / partTargetSeconds) : 3;
}

function lastSequence({ segments }: TrackWindow): number {
  return segments.firstSequence + segments.length - 1;
}

/** How many parts are listed of the segment that is being written. */
function openPartCount({ open }: TrackWindow, chunksPerPart: number): number {
  return open === undefined ? 0 : Math.floor(open.parts.length / chunksPerPart);
}

/** Throws `MPE_BAD_URL_SYNTAX` for what lies further in the future than §6.2.5.2 lets anybody ask for. */
export function checkAhead(
  { mediaSequence, part }: Block,
  window: TrackWindow,
  options: { readonly chunksPerPart: number; readonly partTargetSeconds: number | undefined },
): void {
  const last = lastSequence(window);
  if (mediaSequence > last + 2) {
    throw badDirective(`_HLS_msn=${mediaSequence} is more than two segments behind the last one, ${last}`);
  }
  if (part === undefined || options.partTargetSeconds === undefined || mediaSequence <= last) {
    return;
  }
  const listed = window.open?.sequence === mediaSequence ? openPartCount(window, options.chunksPerPart) : 0;
  if (part - listed >= advancePartLimit(options.partTargetSeconds)) {
    throw badDirective(`_HLS_part=${part} is too far ahead of the newest part`);
  }
}

/** Whether the playlist has what was asked for, or something later. Allocates nothing: asked for everybody who waits. */
export function isListed({ mediaSequence, part }: Block, window: TrackWindow, chunksPerPart: number): boolean {
  const last = lastSequence(window);
  if (mediaSequence < last || (mediaSequence === last && part === undefined)) {
    return true;
  }
  const opened = openPartCount(window, chunksPerPart);
  if (part === undefined) {
    return false;
  }
  if (mediaSequence === last) {
    // A part behind the last one of its segment is the first of the next segment.
    const parts = Math.ceil(window.partsOf(last).length / chunksPerPart);
    return part < parts || parts === 0 || opened > 0;
  }
  const openSequence = window.open?.sequence ?? -1;
  return openSequence > mediaSequence || (openSequence === mediaSequence && part < opened);
}
