import { createEmitter } from '../../src-main/base/emitter.ts';
import { createLivePresentation, type LivePresentation } from '../../src-main/core/live/live-presentation.ts';
import { createTimeline } from '../../src-main/core/live/timeline.ts';
import type { Track } from '../../src-main/core/ports/presentation.ts';
import { audioTrack, frames, sounds, videoTrack } from './broadcast-media.ts';
import { fakePublication } from './fake-presentation.ts';
import { type ManualClock, manualClock } from './manual-clock.ts';
import { type PackagedStream, packagedStream } from './packaged-stream.ts';

export const STOPPING = { BEST: videoTrack(800_000), SMALL: videoTrack(300_000), SOUND: audioTrack() } as const;

/** A broadcast on a real timeline, whose tracks stop and come back when the test says so. */
export type StoppingStream = PackagedStream & {
  readonly clock: ManualClock;
  readonly presentation: LivePresentation;
  /** A track that comes late. */
  add(track: Track): void;
  /** From now on the encoder does not send it. */
  stop(track: Track): void;
  /** From now on it sends it again, from the next key frame; `behindSeconds`: so much later than the others. */
  go(track: Track, behindSeconds?: number): void;
  /** Media for so many seconds, a tenth at a time; looks after each. */
  run(seconds: number, look?: () => void): void;
  end(): void;
  /** Seconds since the beginning. */
  seconds(): number;
};

/** UTC in seconds at which it begins; whole segments since 1970. */
export const STOPPING_START_SECONDS = 1_900_000_000;
const FRAMES = 30;

export function stoppingStream(
  tracks: readonly Track[] = Object.values(STOPPING),
  options: { readonly isChunked?: boolean; readonly windowSeconds?: number } = {},
): StoppingStream {
  const { isChunked = true, windowSeconds = 3600 } = options;
  const timeline = createTimeline({
    partSeconds: 0.2,
    segmentSeconds: 2,
    firstSequence: 1,
    onGap: () => undefined,
    onDropped: () => undefined,
  });
  timeline.input.open(tracks);
  timeline.attachStore({
    addTrack: () => undefined,
    append: () => ({ file: 1, offset: 0 }),
    holds: () => true,
    count: () => ({ written: 0, discarded: 0 }),
    openOutput: () => Promise.reject(new Error('not here')),
    remove: () => Promise.resolve(),
    flushed: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
  const presentation = createLivePresentation({
    id: 'stopping',
    timeline,
    notes: { cues: () => [], captionsOf: () => [], revision: () => 0, changed: createEmitter<undefined>() },
    files: {
      folder: '',
      reader: {
        read: (_folder, _track, _place, size) => Promise.resolve(Buffer.alloc(size)),
        release: () => Promise.resolve(),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      },
    },
    fromSequence: 1,
    rewindSeconds: windowSeconds,
    segmentSeconds: 2,
    partSeconds: isChunked ? 0.2134 : undefined,
    epochOffsetMs: 0,
    startedAtMs: STOPPING_START_SECONDS * 1000 - 300,
  });
  const clock = manualClock(STOPPING_START_SECONDS * 1000);
  const going = new Map(tracks.map((track) => [track, 0]));
  const start = STOPPING_START_SECONDS * FRAMES;
  let now = 0;

  function push(track: Track, from: number, to: number): void {
    const stretch = { from: start + from, to: start + to, start };
    timeline.input.push(track.id, track.kind === 'video' ? frames(stretch) : sounds(stretch));
  }

  return {
    ...packagedStream(fakePublication(presentation), clock, { chunksPerPart: 1 }),
    clock,
    presentation,
    add(track) {
      timeline.input.open([track]);
      going.set(track, 0);
    },
    stop: (track) => void going.delete(track),
    go: (track, behindSeconds = 0) => void going.set(track, behindSeconds * FRAMES),
    run(seconds, look) {
      for (const until = now + seconds * FRAMES; now < until; now += 3) {
        for (const [track, behind] of going) {
          push(track, Math.max(0, now - behind), Math.max(0, now + 3 - behind));
        }
        clock.advance(100);
        look?.();
      }
    },
    end() {
      timeline.end();
      presentation.end();
    },
    seconds: () => now / FRAMES,
  };
}
