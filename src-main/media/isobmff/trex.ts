import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';

/** What a fragment of a track means where it says nothing itself. Track Extends, ISO/IEC 14496-12 §8.8.3. */
export type TrackExtends = {
  readonly trackId: number;
  readonly sampleDescriptionIndex: number;
  /** In ticks. */
  readonly sampleDuration: number;
  /** In bytes. */
  readonly sampleSize: number;
  /** As in `sample-flags.ts`. */
  readonly sampleFlags: number;
};

/** Says nothing: every fragment says everything itself, so that it can be read without its header. */
export function emptyTrex(trackId: number): TrackExtends {
  return { trackId, sampleDescriptionIndex: 1, sampleDuration: 0, sampleSize: 0, sampleFlags: 0 };
}

export function writeTrex(writer: BoxWriter, trex: TrackExtends): void {
  writer.fullBox('trex', 0, 0, (body) => {
    body.u32(trex.trackId);
    body.u32(trex.sampleDescriptionIndex);
    body.u32(trex.sampleDuration);
    body.u32(trex.sampleSize);
    body.u32(trex.sampleFlags);
  });
}

export function parseTrex(box: BoxReader): TrackExtends {
  box.fullBox(0);
  return {
    trackId: box.u32(),
    sampleDescriptionIndex: box.u32(),
    sampleDuration: box.u32(),
    sampleSize: box.u32(),
    sampleFlags: box.u32(),
  };
}
