import type { CompanionEvent } from '../../../media/cmaf/fragment-reader.ts';
import type { Sample } from '../../../media/cmaf/types.ts';
import type { EventMessage } from '../../../media/isobmff/emsg.ts';
import { parseSparseCue } from '../../../media/smooth/sparse-cue.ts';
import { rescale, type Ticks, ticks } from '../../../media/time.ts';
import type { IncomingCue } from '../../ports/ingest.ts';

type Scheme = IncomingCue['scheme'];

const UNKNOWN_DURATION = 0xffff_ffff;

/** What is said to be SCTE-35 or an ID3 tag, by all the names that both have had (spec 7); undefined for anything else. */
export function cueScheme(name: string): Scheme | undefined {
  if (/^urn:scte:scte35:201\d[a-z]?:bin$/i.test(name)) {
    return 'urn:scte:scte35:2013:bin';
  }
  const isId3 = /^https:\/\/(?:aomedia\.org\/emsg\/ID3|developer\.apple\.com\/streaming\/emsg-id3)$/i.test(name);
  return isId3 ? 'https://aomedia.org/emsg/ID3' : undefined;
}

/** A track of cues, as header and manifest describe it. */
export type SparseTrack = {
  readonly scheme: Scheme;
  readonly name: string;
  readonly timescale: number;
};

/**
 * The cues of one fragment of a sparse track (spec 2.12): its time is when it was sent, its duration that of the event. Throws
 * `media/malformed` and `media/unsupported`.
 */
export function sparseCues(
  track: SparseTrack,
  { samples, smoothTime }: Extract<CompanionEvent, { readonly kind: 'sparse' }>,
): readonly IncomingCue[] {
  const { scheme, name, timescale } = track;
  return samples.map((sample) => {
    const { id, presentationTimeDelta, message } = parseSparseCue(sample.data);
    const time = { ticks: ticks(sample.decodeTime + BigInt(presentationTimeDelta)), timescale };
    const duration = secondsOf(
      eventTicks(sample, samples.length === 1 ? smoothTime?.duration : undefined),
      timescale,
    );
    return { scheme, value: name, id: String(id), time, duration, message };
  });
}

/** A message that an encoder of CMAF put before a fragment; undefined when it is of a kind that nobody here knows. */
export type PlacedMessage = { readonly scheme: Scheme; readonly message: EventMessage };

export function knownMessage(message: EventMessage): PlacedMessage | undefined {
  const scheme = cueScheme(message.schemeIdUri);
  return scheme === undefined || message.timescale === 0 ? undefined : { scheme, message };
}

/** `fragment` is when the fragment behind the message begins to be presented; a message with an absolute time does not need it. */
export function messageCue(
  { scheme, message }: PlacedMessage,
  fragment: { readonly ticks: Ticks; readonly timescale: number } | undefined,
): IncomingCue {
  const { value, id, start, timescale, duration, payload } = message;
  const begins = fragment === undefined ? ticks(0) : rescale(fragment.ticks, fragment.timescale, timescale);
  return {
    scheme,
    value,
    id: String(id),
    time: { ticks: start.kind === 'absolute' ? start.ticks : ticks(begins + BigInt(start.ticks)), timescale },
    duration: secondsOf(duration, timescale),
    // The box that it is a view of may be much larger, and cues are kept for hours.
    message: payload.slice(),
  };
}

/** The reader makes one tick of no duration at all. */
function eventTicks(sample: Sample, smoothDuration: Ticks | undefined): number {
  return smoothDuration === undefined || smoothDuration === 0n
    ? sample.duration - (sample.duration === 1 ? 1 : 0)
    : Number(smoothDuration);
}

/** 0 and all ones mean that nobody knows; as 64 bits with sign those are -1. */
function secondsOf(duration: number, timescale: number): number | undefined {
  return duration <= 0 || duration === UNKNOWN_DURATION ? undefined : duration / timescale;
}
