import type { Clock } from '../../base/clock.ts';
import { writeInitSegment } from '../../media/cmaf/init-segment.ts';
import type { AudioTrackDescription, Sample, VideoTrackDescription } from '../../media/cmaf/types.ts';
import { writeFeedFragment, writeFeedHeader } from './feed-file.ts';
import { createFeedQueue } from './feed-queue.ts';
import type { FeedServer } from './feed-server.ts';
import { createPacer } from './pacer.ts';
import type { PictureTimes } from './picture-times.ts';

/** So long without a picture, and the decoder is to give what it holds back for those to come: else it would be shown when the feed goes on. */
const PAUSE_MS = 700;
/** The same for pictures that come less often. */
const PAUSE_PICTURES = 4;

/** The incoming feed for as long as its tracks are described the same: what one decoder reads. */
export type IncomingStream = Disposable & {
  readonly video: VideoTrackDescription;
  readonly audio: AudioTrackDescription | undefined;
  readonly url: URL;
  push(kind: 'video' | 'audio', samples: readonly Sample[]): void;
  /** From the decode time of a sample to when the decoder is given it, ms; undefined before the first sample. */
  delayMs(): number | undefined;
  /** Monotonic time at which the decoder was last given a picture, or could have been. */
  givenMs(): number | undefined;
  /** Of the pictures that the present decoder was given, ms of media time. */
  pictures(): PictureTimes | undefined;
  /** The newest key frame as a file of its own; undefined before the first. */
  keyFrame(): { readonly init: Uint8Array; readonly segment: Uint8Array } | undefined;
};

export function openIncomingStream(options: {
  readonly video: VideoTrackDescription;
  readonly audio: AudioTrackDescription | undefined;
  readonly server: FeedServer;
  readonly clock: Clock;
  /** A decoder began to read. */
  readonly onDecoder: () => void;
}): IncomingStream {
  const { video, audio, clock } = options;
  const pacer = createPacer();
  const queue = createFeedQueue();
  let pictures: PictureTimes | undefined;
  let givenMs: number | undefined;
  let pause: Disposable | undefined;
  let timer: { readonly dueMs: number; readonly handle: Disposable } | undefined;
  let isClosed = false;

  const offered = options.server.offer({
    header: writeFeedHeader(audio === undefined ? [video] : [video, audio]),
    join() {
      const reader = queue.join();
      pictures = reader.pictures;
      options.onDecoder();
      return reader;
    },
  });

  function release(): void {
    const due = pacer.take(clock.wallMs());
    for (const sample of due) {
      queue.push(sample);
    }
    offered.moved();
    schedule();
    const last = due.findLast(({ kind }) => kind === 'video');
    if (last !== undefined) {
      givenMs = clock.monotonicMs();
      const pauseMs = Math.max(PAUSE_MS, (PAUSE_PICTURES * 1000 * last.sample.duration) / video.timescale);
      pause?.[Symbol.dispose]();
      pause = clock.after(pauseMs, () => offered.breakOff());
    }
  }

  function schedule(): void {
    const dueMs = pacer.nextDueMs();
    if (isClosed || dueMs === undefined || dueMs === timer?.dueMs) {
      return;
    }
    timer?.handle[Symbol.dispose]();
    const waitMs = Math.max(0, Math.ceil(dueMs - clock.wallMs()));
    timer = {
      dueMs,
      handle: clock.after(waitMs, () => {
        timer = undefined;
        release();
      }),
    };
  }

  return {
    video,
    audio,
    url: offered.url,
    push(kind, samples) {
      const track = kind === 'video' ? video : audio;
      if (track !== undefined && !isClosed) {
        pacer.push(kind, samples, track.timescale, clock.wallMs());
        schedule();
      }
    },
    delayMs: () => pacer.delayMs(),
    givenMs: () => givenMs,
    pictures: () => pictures,
    keyFrame() {
      const newest = queue.keyFrame();
      return newest === undefined
        ? undefined
        : { init: writeInitSegment(video), segment: writeFeedFragment('video', newest.sample, 1) };
    },
    [Symbol.dispose]() {
      isClosed = true;
      timer?.handle[Symbol.dispose]();
      pause?.[Symbol.dispose]();
      offered[Symbol.dispose]();
    },
  };
}
