import type { Clock } from '../../base/clock.ts';
import type { Presentation, Track, TrackWindow } from '../ports/presentation.ts';
import { CONGESTION_POLICY, type CongestionPolicy, startCongestion, watchCongestion } from './congestion.ts';
import { parameterSetsOf } from './in-band.ts';
import { mediaEnd, STOPPED_SECONDS } from './media-end.ts';
import { allowedRungs, choosePushTracks, type PushFeed, type PushTracks } from './push-feed.ts';

/** The quality that a destination gets, within what the presenter allows: less while its network, or this computer, does not manage. */
export type PushRungs = {
  /** What a connection that begins now gets. */
  readonly tracks: () => PushTracks;
  /** A connection has begun. */
  readonly begin: () => void;
  /** To be called often while the connection stands: changes over when it is time. */
  readonly look: (feed: PushFeed, sentBitrate: number) => void;
  /** The best that is allowed, now. */
  readonly retry: () => void;
  /** Whether the network is the reason for its being less than allowed. */
  readonly isReduced: () => boolean;
};

export type RungChange = { readonly direction: 'down' | 'up'; readonly track: VideoTrack };
type VideoTrack = Track & { readonly kind: 'video' };

const LOOK_EVERY_MS = 500;

export function createPushRungs(options: {
  readonly presentation: Presentation;
  readonly quality: 'top' | number;
  readonly clock: Clock;
  readonly policy?: CongestionPolicy | undefined;
  readonly onChange: (change: RungChange) => void;
}): PushRungs {
  const { presentation, quality, clock, policy = CONGESTION_POLICY } = options;
  let congestion = startCongestion(clock.monotonicMs(), undefined, policy);
  let lookedAtMs = -Infinity;

  /** The best that the network is trusted with, of those that go on; else the nearest. */
  function wanted(allowed: readonly TrackWindow[]): TrackWindow | undefined {
    const trusted = Math.min(congestion.rung, allowed.length - 1);
    const going = allowed.filter(isGoing(presentation));
    return going.find((window) => allowed.indexOf(window) >= trusted) ?? going.at(-1) ?? allowed[trusted];
  }

  function changeOver(feed: PushFeed, allowed: readonly TrackWindow[]): VideoTrack | undefined {
    const next = wanted(allowed);
    if (next === undefined || next.track.id === feed.video()?.track.id) {
      return undefined;
    }
    const { track } = next;
    if (track.kind !== 'video' || parameterSetsOf(track) === undefined) {
      return undefined;
    }
    feed.changeTo(next);
    return track;
  }

  return {
    tracks: () => ({
      ...choosePushTracks(presentation, quality),
      video: wanted(allowedRungs(presentation, quality)),
    }),
    begin() {
      congestion = startCongestion(clock.monotonicMs(), congestion, policy);
    },
    look(feed, sentBitrate) {
      const atMs = clock.monotonicMs();
      if (atMs < lookedAtMs + LOOK_EVERY_MS) {
        return;
      }
      lookedAtMs = atMs;
      const allowed = allowedRungs(presentation, quality);
      const sound = choosePushTracks(presentation, quality).audio?.track.bitrate ?? 0;
      // With one that cannot go on in the stream of another there is nothing to choose.
      const canChange = allowed.every(
        ({ track }) => track.kind === 'video' && parameterSetsOf(track) !== undefined,
      );
      const rungs = canChange ? allowed.map(({ track }) => track.bitrate + sound) : [];
      const queueSeconds = feed.queueSeconds();
      const { state, change } = watchCongestion(congestion, { atMs, queueSeconds, sentBitrate }, rungs, policy);
      congestion = state;
      const track = changeOver(feed, allowed);
      if (change !== undefined && track !== undefined) {
        options.onChange({ direction: change, track });
      }
    },
    retry() {
      congestion = startCongestion(clock.monotonicMs(), undefined, policy);
      lookedAtMs = -Infinity;
    },
    isReduced: () => congestion.rung > 0,
  };
}

function isGoing(presentation: Presentation): (window: TrackWindow) => boolean {
  const videos = presentation.tracks().filter(({ track }) => track.kind === 'video');
  const limit = Math.max(...videos.map(mediaEnd)) - STOPPED_SECONDS;
  return (window) => mediaEnd(window) >= limit;
}
