import type { Clock } from '../../base/clock.ts';
import { writeInitSegment } from '../../media/cmaf/init-segment.ts';
import type { AudioTrackDescription, VideoTrackDescription } from '../../media/cmaf/types.ts';
import { captionPairs } from '../../media/codecs/captions.ts';
import { ticksToSeconds } from '../../media/time.ts';
import { type CaptionLine, createCaptionLine } from './caption-line.ts';
import { writeFeedFragment, writeFeedHeader } from './feed-file.ts';
import type { FeedServer } from './feed-server.ts';
import { openPacedFeed, type PacedFeed } from './paced-feed.ts';

/** The incoming feed for as long as its tracks are described the same: what one decoder reads. */
export type IncomingStream = Omit<PacedFeed, 'keyFrame'> & {
  readonly video: VideoTrackDescription;
  readonly audio: AudioTrackDescription | undefined;
  readonly captions: Pick<CaptionLine, 'take'>;
  /** The newest key frame as a file of its own; undefined before the first. */
  keyFrame(): { readonly init: Uint8Array; readonly segment: Uint8Array } | undefined;
};

export function openIncomingStream(options: {
  readonly video: VideoTrackDescription;
  readonly audio: AudioTrackDescription | undefined;
  readonly server: Pick<FeedServer, 'offer'>;
  readonly clock: Clock;
  /** A decoder began to read. */
  readonly onDecoder: () => void;
}): IncomingStream {
  const { video, audio, server, clock, onDecoder } = options;
  const feed = openPacedFeed({
    header: writeFeedHeader(audio === undefined ? [video] : [video, audio]),
    timescales: { video: video.timescale, audio: audio?.timescale },
    offer: server.offer,
    clock,
    onDecoder,
  });
  const captions = createCaptionLine();
  return {
    ...feed,
    video,
    audio,
    captions,
    push(kind, samples) {
      for (const { data, decodeTime, compositionOffset } of kind === 'video' ? samples : []) {
        const pairs = captionPairs(data, video);
        if (pairs.length > 0) {
          const showSeconds = ticksToSeconds(decodeTime, video.timescale) + compositionOffset / video.timescale;
          captions.add(1000 * showSeconds, pairs);
        }
      }
      feed.push(kind, samples);
    },
    keyFrame() {
      const newest = feed.keyFrame();
      return newest === undefined
        ? undefined
        : { init: writeInitSegment(video), segment: writeFeedFragment('video', newest.sample, 1) };
    },
  };
}
