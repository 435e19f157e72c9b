import type { Clock } from '../../base/clock.ts';
import type { AudioTrackDescription, VideoTrackDescription } from '../../media/cmaf/types.ts';
import type { Track } from '../ports/presentation.ts';

type VideoTrack = Track & VideoTrackDescription;
type AudioTrack = Track & AudioTrackDescription;

/** Which of the announced tracks are encoded: one picture and one sound. */
export type IncomingTracks = {
  /** Announces tracks, or describes one anew. */
  open(tracks: readonly Track[]): void;
  /** Something of that track came. Its kind when it is one of the chosen, undefined when it is to be dropped. */
  take(trackId: string): 'video' | 'audio' | undefined;
  chosen(): { readonly video: VideoTrack | undefined; readonly audio: AudioTrack | undefined };
};

/** An encoder that comes back under another name takes the place of the one that has been silent for so long. */
const SILENT_MS = 2000;

export function createIncomingTracks(clock: Clock): IncomingTracks {
  const known = new Map<string, Track>();
  const lanes = new Map<Track['kind'], { readonly id: string; takenMs: number }>();

  function chosen(kind: Track['kind']): Track | undefined {
    const lane = lanes.get(kind);
    return lane === undefined ? undefined : known.get(lane.id);
  }

  return {
    open(tracks) {
      for (const track of tracks) {
        const before = known.get(track.id);
        // One that is announced again as it was stays the same object, and its decoder goes on.
        if (before?.kind !== track.kind || Buffer.compare(before.init, track.init) !== 0) {
          known.set(track.id, track);
        }
        if (!lanes.has(track.kind)) {
          lanes.set(track.kind, { id: track.id, takenMs: clock.monotonicMs() });
        }
      }
    },

    take(trackId) {
      const kind = known.get(trackId)?.kind;
      const lane = kind === undefined ? undefined : lanes.get(kind);
      if (kind === undefined || lane === undefined) {
        return undefined;
      }
      const nowMs = clock.monotonicMs();
      if (lane.id === trackId) {
        lane.takenMs = nowMs;
      } else if (nowMs - lane.takenMs < SILENT_MS) {
        return undefined;
      } else {
        lanes.set(kind, { id: trackId, takenMs: nowMs });
      }
      return kind;
    },

    chosen() {
      const [video, audio] = [chosen('video'), chosen('audio')];
      return {
        video: video?.kind === 'video' ? video : undefined,
        audio: audio?.kind === 'audio' ? audio : undefined,
      };
    },
  };
}
