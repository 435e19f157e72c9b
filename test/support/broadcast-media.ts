import type { Track } from '../../src-main/core/ports/presentation.ts';
import type { TimelineInput } from '../../src-main/core/ports/timeline.ts';
import { writeInitSegment } from '../../src-main/media/cmaf/init-segment.ts';
import type { Sample } from '../../src-main/media/cmaf/types.ts';
import { rescale, ticks } from '../../src-main/media/time.ts';
import { AUDIO, VIDEO } from '../unit/media/sample-media.ts';

/** Made-up media as an encoder brings them: right in all that is counted, and cheap. */
const FRAME_TICKS = 3000;
const AAC_TICKS = 1024;
const FRAMES_PER_SECOND = 30;

export function videoTrack(bitrate = 800_000): Track {
  const description = { ...VIDEO, bitrate };
  return { ...description, id: `video_${bitrate}`, name: 'video', init: writeInitSegment(description) };
}

export function audioTrack(bitrate = 128_000): Track {
  const description = { ...AUDIO, bitrate };
  return { ...description, id: `audio_${bitrate}`, name: 'audio', init: writeInitSegment(description) };
}

export type FramesOptions = {
  /** Of the timeline: the frame at `from` begins at `from` / 30 s. */
  readonly from: number;
  readonly to: number;
  /** Frames between key frames, counted from where the encoder began; `from` when not given. */
  readonly gop?: number;
  readonly start?: number;
  /** Told apart by their bytes: other runs of an encoder make other pictures. */
  readonly run?: number;
  readonly bytes?: number;
};

/** Pictures at 30 a second. */
export function frames({ from, to, gop = 60, start = from, run = 0, bytes = 24 }: FramesOptions): Sample[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => ({
    decodeTime: ticks((from + index) * FRAME_TICKS),
    duration: FRAME_TICKS,
    compositionOffset: 0,
    sync: (from + index - start) % gop === 0,
    data: markedBytes(bytes, run, from + index),
  }));
}

/** The sound that begins at or behind the picture `from` and before the picture `to`. */
export function sounds({ from, to, run = 0, bytes = 8 }: FramesOptions): Sample[] {
  const first = firstSound(from);
  return Array.from({ length: firstSound(to) - first }, (_, index) => ({
    decodeTime: ticks((first + index) * AAC_TICKS),
    duration: AAC_TICKS,
    compositionOffset: 0,
    sync: true,
    data: markedBytes(bytes, run, first + index),
  }));
}

function firstSound(frame: number): number {
  return Math.ceil((frame * 48_000) / FRAMES_PER_SECOND / AAC_TICKS);
}

function markedBytes(length: number, run: number, number: number): Uint8Array {
  const data = new Uint8Array(length).fill(run + 1);
  new DataView(data.buffer).setUint32(0, number);
  return data;
}

/** Pushes pictures and sound of a stretch side by side, `step` frames at a time, as pipes bring them. */
export function pushBoth(
  input: TimelineInput,
  tracks: readonly Track[],
  options: FramesOptions & { readonly step?: number },
): void {
  const { from, to, step = 3 } = options;
  const all = tracks.map((track) => ({
    track,
    samples: track.kind === 'video' ? frames(options) : sounds(options),
    at: 0,
  }));
  for (let until = from + step; until < to + step; until += step) {
    for (const one of all) {
      const limit = rescale(ticks(until * FRAME_TICKS), 90_000, one.track.timescale);
      const end = one.samples.findIndex(({ decodeTime }) => decodeTime >= limit);
      const stop = end < 0 ? one.samples.length : end;
      if (stop > one.at) {
        input.push(one.track.id, one.samples.slice(one.at, stop));
        one.at = stop;
      }
    }
  }
}
