import type { Ticks } from '../../media/time.ts';

/** A splice or a piece of timed metadata on the timeline of a live event. */
export type Cue = {
  /** Unique among the cues of one scheme at one time. */
  readonly id: string;
  readonly scheme: 'urn:scte:scte35:2013:bin' | 'https://aomedia.org/emsg/ID3';
  /** `emsg@value`: the track or message it came under. */
  readonly value: string;
  /** Media time in ticks of `CUE_TIMESCALE`, which is UTC as all media time is. */
  readonly time: Ticks;
  /** In ticks of `CUE_TIMESCALE`; undefined: not known. */
  readonly duration: number | undefined;
  /** The splice_info_section or the ID3 tag, byte for byte as it came. */
  readonly message: Uint8Array;
};

/** Ticks per second of the times of cues: those of SCTE-35 and of MPEG-2 transport streams. */
export const CUE_TIMESCALE = 90_000;

/**
 * A cue with all that is settled about it once, so that it is the same in every format, on every request, live and recorded: segments do not
 * change once somebody may have them.
 */
export type PlacedCue = Cue & {
  /** `emsg@id` and `Event@id`: no other cue of its event has it. 0..4294967295. */
  readonly number: number;
  /** What HLS calls it (rfc8216bis §4.4.5.1.1): a break begins, a break ends, some other section; or timed metadata. */
  readonly kind: 'out' | 'in' | 'command' | 'metadata';
  /** `EXT-X-DATERANGE:ID`, never given twice; undefined for what has no range of its own: metadata, and an `in` that ends an `out`. */
  readonly rangeId: string | undefined;
  /**
   * The segments that may have it in them: from the first of which nobody could have had a byte when it came, up to (not with) the first of
   * which nobody could have had one when it was replaced or taken back.
   */
  readonly firstSequence: number;
  readonly endSequence: number | undefined;
  /** The tracks whose segments those are. Metadata stands in pictures alone where there are any: hls.js would tell of it twice. */
  readonly carriers: 'all' | 'video';
  /** Where a break was told to end, and the section that told it; none when it was cancelled. */
  readonly ended: { readonly time: Ticks; readonly message: Uint8Array | undefined } | undefined;
  /** Up to when manifests have to tell of it, in ticks of `CUE_TIMESCALE`; undefined: a break whose end nobody knows. */
  readonly until: Ticks | undefined;
  /** Replaced or taken back: only segments still have it. */
  readonly withdrawn: boolean;
};

/** The cues of one event's timeline, from one end. */
export type CueInput = {
  /**
   * Puts a cue onto the timeline, or in the place of the one with the same scheme, id and time. One that comes less than 4 s before its time
   * does not replace (spec 2.12). Returns whether it is there now.
   */
  put(cue: Cue): boolean;
  /**
   * Takes a break back, or ends one that runs; false when there is none of that id to come or under way. `back`: when a running one ends, and
   * the section that tells players so, which becomes a cue of its own; it names the same event. Without it the break ends at once, and only
   * manifests tell.
   */
  cancel(scheme: Cue['scheme'], id: string, back?: Pick<Cue, 'time' | 'message'>): boolean;
};
