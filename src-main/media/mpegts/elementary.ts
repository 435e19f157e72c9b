import type { Sample, TrackDescription } from '../cmaf/types.ts';
import type { PesPacket } from './pes.ts';

/** What the packets of one elementary stream amount to. */
export type ElementaryEvent =
  /** Before the first sample, and again when the encoder changes it. */
  | { readonly kind: 'format'; readonly description: TrackDescription }
  /** In decode order, at the times of the stream made to go on. */
  | { readonly kind: 'samples'; readonly samples: readonly Sample[] };

export type ElementaryReader = {
  /** What a packet completes. Throws `media/unsupported` for a stream that can never be read, `media/malformed` is never thrown. */
  readonly push: (packet: PesPacket) => readonly ElementaryEvent[];
  /** What the end of the stream completes. */
  readonly flush: () => readonly ElementaryEvent[];
};
