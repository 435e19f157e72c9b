import type { TrackDescription } from '../../../media/cmaf/types.ts';
import type { IncomingTrack, IngestRequest } from '../../ports/ingest.ts';
import type { FeedTrack } from './feed-track.ts';
import {
  bitrateUnsaid,
  checkTotal,
  checkTrack,
  type IntakeLimits,
  needsReset,
  qualitiesExceeded,
} from './limits.ts';
import { isSameCodec, isSameMedia, trackKeyOf } from './track-key.ts';

/** The tracks of one live event, and who may bring which. */
export type TrackList = {
  all(): readonly FeedTrack[];
  /**
   * The track that a connection announces: one there is, or a new one; undefined when it is left out. Throws the code for which the
   * connection is turned away, and then has changed nothing.
   */
  admit(incoming: IncomingTrack, request: IngestRequest): FeedTrack | undefined;
};

export function createTrackList(limits: IntakeLimits, create: (incoming: IncomingTrack) => FeedTrack): TrackList {
  const tracks = new Map<string, FeedTrack>();
  /** The identity of what stands in each place of what an encoder sends. */
  const slots = new Map<string, string>();
  /** What stands in each place of what encoders send, and who brought it first. */
  const places = new Map<string, { readonly track: FeedTrack; readonly request: IngestRequest }[]>();

  function ofKind(kind: TrackDescription['kind']): readonly FeedTrack[] {
    return [...tracks.values()].filter(({ description }) => description.kind === kind);
  }

  function mostOf(kind: TrackDescription['kind']): number {
    return kind === 'video' ? limits.videoTracks : limits.audioTracks;
  }

  function admitNew(incoming: IncomingTrack, { protocol, streamName }: IngestRequest): FeedTrack {
    const { kind } = incoming.description;
    const isUnsaid = protocol === 'RTMP' && kind === 'video' && incoming.declaredBitrate === undefined;
    if (isUnsaid && ofKind('video').some(({ sources }) => sources > 0)) {
      throw bitrateUnsaid(streamName);
    }
    if (ofKind(kind).length >= mostOf(kind)) {
      throw qualitiesExceeded(kind, mostOf(kind));
    }
    const live = [...tracks.values()].filter(({ sources }) => sources > 0);
    const total = live.reduce((sum, track) => sum + (track.bitrate() ?? 0), 0);
    checkTotal(total, incoming.declaredBitrate ?? 0, limits);
    return create(incoming);
  }

  return {
    all: () => [...tracks.values()],
    admit(incoming, request) {
      checkTrack(incoming, request.protocol, limits);
      const { description } = incoming;
      const { identity, slot, place } = trackKeyOf(incoming, request);
      const same = tracks.get(identity);
      const isFull =
        same === undefined && limits.isEncoding && ofKind(description.kind).length >= mostOf(description.kind);
      // An encoder here takes one of a kind. A stream of another name may go on with it when its own has ended.
      const known = isFull ? ofKind(description.kind).find(({ sources }) => sources === 0) : same;
      if (isFull && known === undefined) {
        return undefined;
      }
      const before = slots.get(slot);
      const former = before === undefined ? known : tracks.get(before);
      if (former !== undefined && (former !== known || !isSameMedia(former.description, description))) {
        throw needsReset(former.track()?.id ?? `the ${description.kind} track`, description.codec);
      }
      if (known !== undefined) {
        return known;
      }
      const beside = places.get(place) ?? [];
      // One encoder may describe a stream of two codecs; what has begun in one and comes in another has been set up anew.
      const other = beside.find(
        (one) =>
          (one.request !== request || one.track.hasSamples()) && !isSameCodec(one.track.description, description),
      );
      if (other !== undefined) {
        throw needsReset(other.track.track()?.id ?? `the ${description.kind} track`, description.codec);
      }
      const track = admitNew(incoming, request);
      places.set(place, [...beside, { track, request }]);
      tracks.set(identity, track);
      slots.set(slot, identity);
      return track;
    },
  };
}
