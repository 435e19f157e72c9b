import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createFragmentReader } from '../../src-main/media/cmaf/fragment-reader.ts';
import type { Sample, TrackDescription } from '../../src-main/media/cmaf/types.ts';
import { type Ticks, ticks } from '../../src-main/media/time.ts';
import { type MediaRecipe, mediaFile } from './senders.ts';

/**
 * Media that never ends: a file again and again, each sample with a number of its own. Whoever sends it and whoever checks what came of it
 * speak of the same sample by its number, whatever the times are that it travels under.
 */
export type LoopedTrack = {
  readonly description: TrackDescription;
  /** In ticks of the description's timescale; all samples have it. */
  readonly duration: number;
  /** Bits per second. */
  readonly bitrate: number;
  /** The sample of any number from 0 on, at the time `number * duration`. */
  at(number: number): Sample;
  /** The number of the first sample that is not before a time, in seconds. */
  numberFrom(seconds: number): number;
};

export type LoopedMedia = { readonly video: readonly LoopedTrack[]; readonly audio: LoopedTrack };

/** 375 AAC frames at 48 kHz, and a whole number of pictures at any usual rate: a multiple of it has no seam. */
const SEAMLESS_SECONDS = 8;
const VIDEO_TIMESCALE = 90_000;
const AUDIO_TIMESCALE = 48_000;
const AAC_FRAME = 1024;

/** `turns`: of 8 s each, until it begins anew. The recipe's frame rate divides 90 000, its groups of pictures divide 8 s, without B-frames. */
export async function loopedMedia(
  recipe: Omit<MediaRecipe, 'seconds' | 'audio' | 'bFrames'>,
  turns = 3,
): Promise<LoopedMedia> {
  const seconds = turns * SEAMLESS_SECONDS;
  const { frameRate = 30, layers } = recipe;
  const path = await mediaFile({ ...recipe, seconds: seconds + 1, audio: [{ kbps: 96 }] });
  const { stdout } = await promisify(execFile)(
    'ffmpeg',
    [
      ...['-v', 'error', '-i', path, '-map', '0', '-c', 'copy'],
      ...['-movflags', 'frag_keyframe+empty_moov+default_base_moof', '-f', 'mp4', 'pipe:1'],
    ],
    { encoding: 'buffer', maxBuffer: 1024 * 1024 * 1024 },
  );
  const descriptions = new Map<number, TrackDescription>();
  const samples = new Map<number, Sample[]>();
  // What it completes comes out with the next bytes at the latest.
  const reader = createFragmentReader();
  for (const event of [...reader.push(stdout), ...reader.push(new Uint8Array())]) {
    if (event.kind === 'header') {
      for (const { trackId, description } of event.tracks) {
        descriptions.set(trackId, description);
        samples.set(trackId, []);
      }
    } else {
      samples.get(event.trackId)?.push(...event.samples);
    }
  }
  const tracks = [...descriptions].map(([trackId, description]) => {
    const all = samples.get(trackId) ?? [];
    return description.kind === 'video'
      ? looped(
          { ...description, timescale: VIDEO_TIMESCALE },
          VIDEO_TIMESCALE / frameRate,
          all,
          seconds * frameRate,
        )
      : // The first one primes the decoder.
        looped(description, AAC_FRAME, all.slice(1), (seconds * AUDIO_TIMESCALE) / AAC_FRAME);
  });
  const audio = tracks.find(({ description }) => description.kind === 'audio');
  if (audio === undefined || tracks.length !== layers.length + 1) {
    throw new Error(`${path} has ${tracks.length} tracks`);
  }
  return { video: tracks.filter((track) => track !== audio), audio };
}

function looped(
  description: TrackDescription,
  duration: number,
  all: readonly Sample[],
  count: number,
): LoopedTrack {
  const turn = all.slice(0, count);
  if (turn.length < count) {
    throw new Error(`${turn.length} of ${count} samples of ${description.kind}`);
  }
  const { timescale } = description;
  const bytes = turn.reduce((sum, { data }) => sum + data.length, 0);
  const bitrate = Math.round((8 * bytes * timescale) / (count * duration));
  return {
    description: { ...description, bitrate },
    duration,
    bitrate,
    at(number) {
      const sample = turn[number % count];
      if (sample === undefined) {
        throw new RangeError(`no sample ${number}`);
      }
      return { ...sample, decodeTime: timeOf(number, duration), duration, compositionOffset: 0 };
    },
    numberFrom: (seconds) => Math.max(0, Math.ceil((seconds * timescale) / duration)),
  };
}

function timeOf(number: number, duration: number): Ticks {
  return ticks(BigInt(number) * BigInt(duration));
}
