import { writeInitSegment } from '../../../media/cmaf/init-segment.ts';
import type { TrackDescription } from '../../../media/cmaf/types.ts';
import type { IncomingTrack, IngestProtocol, IngestRequest } from '../../ports/ingest.ts';

/** Who is who among the tracks that several connections bring. */
export type TrackKey = {
  /** Tracks of one identity are one track of the event (spec 2.9). */
  readonly identity: string;
  /** Where it stands in what one encoder sends: what stands there once stays what it is until a reset (spec 2.4). */
  readonly slot: string;
  /** The same whatever its bitrate: qualities of one place have one codec until a reset. */
  readonly place: string;
};

/**
 * Pictures are told apart by the name of their stream. Sound is not: of an encoder that sends it with each of its qualities there is one
 * track, which any of them brings. Of fMP4, where a stream may hold several tracks and says so, the bitrate is part of the name.
 */
export function trackKeyOf(
  { description, name = '', declaredBitrate = 0 }: IncomingTrack,
  { protocol, streamName }: Pick<IngestRequest, 'protocol' | 'streamName'>,
): TrackKey {
  const { kind } = description;
  const said = [kind, name, description.language, namesBitrate(protocol) ? declaredBitrate : 0];
  const slot = JSON.stringify([...said, streamName]);
  const place = JSON.stringify([kind, name, description.language, streamName]);
  if (description.kind === 'video') {
    return { identity: slot, slot, place };
  }
  const { fourCc, timescale, sampleRate, channels, decoderConfig } = description;
  const coded = [fourCc, timescale, sampleRate, channels, Buffer.from(decoderConfig).toString('hex')];
  return { identity: JSON.stringify([...said, ...coded]), slot, place };
}

function namesBitrate(protocol: IngestProtocol): boolean {
  return protocol === 'FragmentedMP4';
}

/** Whether a decoder that was set up for one can go on with the other. */
export function isSameMedia(a: TrackDescription, b: TrackDescription): boolean {
  const [first, second] = [a, b].map((description) => writeInitSegment({ ...description, bitrate: 0 }));
  return first !== undefined && second !== undefined && Buffer.compare(first, second) === 0;
}

/** Whether both are of one codec, whatever its profile and however its parameters travel. */
export function isSameCodec(a: TrackDescription, b: TrackDescription): boolean {
  return familyOf(a) === familyOf(b);
}

function familyOf({ fourCc }: TrackDescription): string {
  switch (fourCc) {
    case 'avc3':
      return 'avc1';
    case 'hev1':
      return 'hvc1';
    default:
      return fourCc;
  }
}

/** The name of a track in URLs. `video` is the pictures'. */
export function urlName(kind: TrackDescription['kind'], name: string | undefined): string {
  const safe = (name ?? '')
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9_-]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 32);
  return kind === 'video' ? 'video' : safe === '' || safe === 'video' ? 'audio' : safe;
}
