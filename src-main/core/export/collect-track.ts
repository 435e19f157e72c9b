import { silentFrame } from '../../media/codecs/silent-aac.ts';
import { createSampleTable, type SampleTable } from '../../media/mp4/sample-table.ts';
import { type Ticks, ticks } from '../../media/time.ts';
import { AppError } from '../../shared/app-error.ts';
import type { PlannedTrack } from './plan-export.ts';
import type { ReadChunk } from './read-chunks.ts';

const MAX_DURATION = 0xffff_ffff;
/** Silence of a second or so stands together in the file. */
const SILENT_FRAMES_PER_CHUNK = 48;

/** Data that stands together in the file: one chunk of the MP4. */
export type MovieChunk = {
  /** When it is decoded, in ticks of the track. */
  readonly time: Ticks;
  readonly data: readonly Uint8Array[];
};

/** A track on its way into a movie: takes its chunks in order and keeps what the sample tables need. */
export type TrackCollector = {
  /**
   * Takes one CMAF chunk and returns what of it, and of a silence before it, goes into the file.
   * Throws `archive/damaged` for a chunk that goes back in time, `media/unsupported` for a gap that no MP4 can hold.
   */
  add(chunk: ReadChunk): readonly MovieChunk[];
  /** Nothing follows. */
  finish(): void;
  readonly table: SampleTable;
  /** Decode time of the first sample; undefined while there is none. */
  startTime(): Ticks | undefined;
  /** When key frames, or every so often a sound, are presented. */
  points(): readonly Ticks[];
};

/** The last sample of a chunk, which waits for the next one to learn how long it lasts. */
type Held = {
  readonly decodeTime: Ticks;
  readonly duration: number;
  readonly compositionOffset: number;
  readonly sync: boolean;
  readonly size: number;
};

/**
 * Gaps of the timeline stay gaps in time, so that picture and sound stay together: the picture before one is shown until the next, and sound
 * is silent; where silence cannot be written, the frame before the gap lasts as long as it.
 */
export function createTrackCollector({ track, from, to, silentFrom }: PlannedTrack): TrackCollector {
  const table = createSampleTable({ description: track, timescale: track.timescale });
  const silence = track.kind === 'audio' ? silentFrame(track) : undefined;
  const points: Ticks[] = [];
  let held: Held | undefined;
  let startTime: Ticks | undefined;

  function release(duration: number): void {
    if (held !== undefined) {
      table.add(duration, held.compositionOffset, held.sync, held.size);
      table.endChunk();
      held = undefined;
    }
  }

  /** Gives the held sample the time until `next`; what it does not fill itself is filled with silence. */
  function runOn(next: Ticks): readonly MovieChunk[] {
    if (held === undefined) {
      return [];
    }
    const { decodeTime, duration } = held;
    const lasts = Number(next - decodeTime);
    if (lasts <= 0) {
      throw new AppError('archive/damaged', `The track ${track.id} of the recording goes back in time.`, {
        details: { track: track.id, decodeTime: Number(decodeTime), next: Number(next) },
      });
    }
    if (lasts > MAX_DURATION) {
      throw tooLong(lasts / track.timescale);
    }
    if (silence === undefined || lasts - duration < silence.duration) {
      release(lasts);
      return [];
    }
    release(duration);
    return fill(silence, ticks(decodeTime + BigInt(duration)), next);
  }

  /** Silence before the very first sample, when that is wanted. */
  function leadIn(first: Ticks): readonly MovieChunk[] {
    if (silentFrom === undefined || silence === undefined || first - silentFrom < silence.duration) {
      return [];
    }
    startTime = silentFrom;
    return fill(silence, silentFrom, first);
  }

  /** Whole frames of silence; the last one also takes what is left over, less than a frame. */
  function fill(
    silent: { readonly data: Uint8Array; readonly duration: number },
    begin: Ticks,
    end: Ticks,
  ): readonly MovieChunk[] {
    const chunks: MovieChunk[] = [];
    const frames = Math.floor(Number(end - begin) / silent.duration);
    const left = Number(end - begin) - frames * silent.duration;
    for (let done = 0; done < frames; done += SILENT_FRAMES_PER_CHUNK) {
      const together = Math.min(SILENT_FRAMES_PER_CHUNK, frames - done);
      for (let frame = done + 1; frame <= done + together; frame += 1) {
        table.add(silent.duration + (frame === frames ? left : 0), 0, true, silent.data.length);
      }
      table.endChunk();
      const time = ticks(begin + BigInt(done * silent.duration));
      chunks.push({ time, data: Array.from({ length: together }, () => silent.data) });
    }
    return chunks;
  }

  function at(chunk: ReadChunk, after: number): Ticks {
    return ticks(chunk.decodeTime + BigInt(after));
  }

  return {
    table,
    add(chunk) {
      const { sampleCount, decodeTime, data } = chunk;
      // Counted from the beginning of the chunk from here on, as numbers: these loops see every sample of a recording.
      const least = from === undefined ? Number.NEGATIVE_INFINITY : Number(from - decodeTime);
      const most = to === undefined ? Number.POSITIVE_INFINITY : Number(to - decodeTime);
      let sample = 0;
      let time = 0;
      let begin = 0;
      while (sample < sampleCount && time + chunk.duration(sample) <= least) {
        time += chunk.duration(sample);
        begin += chunk.size(sample);
        sample += 1;
      }
      if (sample === sampleCount || time >= most) {
        return [];
      }
      const first = at(chunk, time);
      const silent = startTime === undefined ? leadIn(first) : runOn(first);
      startTime ??= first;
      if (track.kind === 'audio') {
        points.push(first);
      }
      let end = begin;
      for (; sample < sampleCount && time < most; sample += 1) {
        const [duration, size] = [Math.max(1, chunk.duration(sample)), chunk.size(sample)];
        const [compositionOffset, sync] = [chunk.compositionOffset(sample), chunk.isSync(sample)];
        if (sync && track.kind === 'video') {
          points.push(at(chunk, time + compositionOffset));
        }
        if (sample === sampleCount - 1 || time + duration >= most) {
          held = { decodeTime: at(chunk, time), duration, compositionOffset, sync, size };
        } else {
          table.add(duration, compositionOffset, sync, size);
        }
        time += duration;
        end += size;
      }
      return [...silent, { time: first, data: [data.subarray(begin, end)] }];
    },
    finish: () => release(held?.duration ?? 0),
    startTime: () => startTime,
    points: () => points,
  };
}

function tooLong(seconds: number): AppError {
  const hours = Math.round(seconds / 3600);
  return new AppError(
    'media/unsupported',
    `The recording has a gap of ${hours} hours, longer than an MP4 file can hold. Export the parts before and behind it.`,
    { details: { seconds: Math.round(seconds) } },
  );
}
