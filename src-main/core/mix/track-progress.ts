import { createFragmentReader } from '../../media/cmaf/fragment-reader.ts';
import type { EncodedTrack } from '../ports/mixer.ts';

/** How far one track of an encoder process has come, read from the fragments it wrote. */
export type TrackProgress = {
  readonly kind: EncodedTrack['kind'];
  /** Takes the next bytes; true when they completed a fragment. Throws `media/malformed` when they are no fragments. */
  push(bytes: Uint8Array): boolean;
  /** Media time from the start of the run to the end of the last sample; 0 before the first. */
  seconds(): number;
};

export function createTrackProgress(kind: EncodedTrack['kind'], offsetSeconds: number): TrackProgress {
  const reader = createFragmentReader();
  let timescale = 1;
  let seconds = 0;

  return {
    kind,
    seconds: () => seconds,
    push(bytes) {
      let hasAdvanced = false;
      for (const event of reader.push(bytes)) {
        if (event.kind === 'header') {
          timescale = event.tracks[0]?.description.timescale ?? 1;
          continue;
        }
        const last = event.samples.at(-1);
        if (last !== undefined) {
          seconds = Math.max(seconds, Number(last.decodeTime + BigInt(last.duration)) / timescale - offsetSeconds);
          hasAdvanced = true;
        }
      }
      return hasAdvanced;
    },
  };
}
