import { assert } from '../../../base/assert.ts';
import { createFragmentReader, type FragmentReader } from '../../../media/cmaf/fragment-reader.ts';
import { writeInitSegment } from '../../../media/cmaf/init-segment.ts';
import type { Sample, TrackDescription } from '../../../media/cmaf/types.ts';
import { rescale, secondsToTicks, type Ticks, ticks } from '../../../media/time.ts';
import { AppError, toAppError } from '../../../shared/app-error.ts';
import { type EncodedTrack, MIXER_SAMPLE_RATE, MIXER_VIDEO_TIMESCALE } from '../../ports/mixer.ts';
import type { Track } from '../../ports/presentation.ts';
import type { TimelineInput } from '../../ports/timeline.ts';

/**
 * Turns what the encoder of this computer writes into samples on the timeline. Each run of the encoder process counts its times from
 * `offsetSeconds`; where that is on the timeline the mixer says, so that a run picks up at the very tick at which the last one ended.
 */
export type EncodedIntake = {
  /**
   * A process of the encoder began; its bytes carry the run's number. `tracks`: ids of those that it writes, in the order of its pipes; all
   * when left out.
   */
  beginRun(run: {
    readonly run: number;
    readonly tracks?: readonly string[];
    readonly videoStart: Ticks;
    readonly audioStart: Ticks;
  }): void;
  /** The next bytes of one track of a run. */
  push(run: number, track: number, bytes: Uint8Array): void;
};

export type EncodedIntakeOptions = {
  readonly tracks: readonly EncodedTrack[];
  readonly offsetSeconds: number;
  readonly input: TimelineInput;
  /** The output of a run cannot be used; the run should be replaced. */
  readonly onFault: (error: AppError, run: number) => void;
};

type RunState = {
  readonly encoded: readonly EncodedTrack[];
  readonly videoStart: Ticks;
  readonly audioStart: Ticks;
  readonly readers: readonly FragmentReader[];
  /** One per track, once its header came. */
  readonly tracks: (Track | undefined)[];
  /** Samples that came before every track's header. */
  readonly waiting: { readonly track: number; readonly samples: readonly Sample[] }[];
  faulty: boolean;
};

export function createEncodedIntake(options: EncodedIntakeOptions): EncodedIntake {
  const runs = new Map<number, RunState>();
  /** Those that viewers know, by id, with the header of the run that began them. */
  const opened = new Map<string, Track>();

  function push(runNumber: number, trackIndex: number, bytes: Uint8Array): void {
    const run = runs.get(runNumber);
    const reader = run?.readers[trackIndex];
    if (run === undefined || reader === undefined || run.faulty) {
      return;
    }
    try {
      for (const event of reader.push(bytes)) {
        if (event.kind === 'header') {
          const [parsed] = event.tracks;
          assert(parsed !== undefined && event.tracks.length === 1, 'one track per pipe');
          onHeader(run, trackIndex, parsed.description);
        } else {
          onSamples(run, trackIndex, event.samples);
        }
      }
    } catch (error) {
      run.faulty = true;
      options.onFault(toAppError(error), runNumber);
    }
  }

  function onHeader(run: RunState, trackIndex: number, description: TrackDescription): void {
    const track = trackFor(run, trackIndex, description);
    run.tracks[trackIndex] = track;
    const all = run.tracks.filter((one) => one !== undefined);
    if (all.length < run.encoded.length) {
      return;
    }
    for (const one of all) {
      checkSame(opened.get(one.id), one);
    }
    const fresh = all.filter(({ id }) => !opened.has(id));
    if (fresh.length > 0) {
      for (const one of fresh) {
        opened.set(one.id, one);
      }
      options.input.open(fresh);
    }
    for (const { track: waitingTrack, samples } of run.waiting.splice(0)) {
      forward(run, waitingTrack, samples);
    }
  }

  function onSamples(run: RunState, trackIndex: number, samples: readonly Sample[]): void {
    // Tracks are announced together, so the first samples of the quickest wait for the headers of the others: some milliseconds.
    if (run.tracks.includes(undefined)) {
      run.waiting.push({ track: trackIndex, samples });
    } else {
      forward(run, trackIndex, samples);
    }
  }

  function forward(run: RunState, trackIndex: number, samples: readonly Sample[]): void {
    const track = run.tracks[trackIndex];
    assert(track !== undefined, 'a track has its header before its samples');
    const start =
      track.kind === 'video'
        ? rescale(run.videoStart, MIXER_VIDEO_TIMESCALE, track.timescale)
        : rescale(run.audioStart, MIXER_SAMPLE_RATE, track.timescale);
    const shift = start - secondsToTicks(options.offsetSeconds, track.timescale);
    const placed = samples
      .map((sample) => ({ ...sample, decodeTime: ticks(sample.decodeTime + shift) }))
      // What an AAC encoder writes before its first real sound lies before the start of the run.
      .filter((sample) => sample.decodeTime >= start);
    if (placed.length > 0) {
      options.input.push(track.id, placed);
    }
  }

  function trackFor(run: RunState, trackIndex: number, description: TrackDescription): Track {
    const encoded = run.encoded[trackIndex];
    assert(encoded !== undefined, `track ${trackIndex} was asked for`);
    const named = { ...description, bitrate: encoded.bitrate };
    return { ...named, id: encoded.id, name: encoded.kind, init: writeInitSegment(named) };
  }

  return {
    beginRun({ run, tracks, videoStart, audioStart }) {
      const encoded =
        tracks === undefined
          ? options.tracks
          : tracks.flatMap((wanted) => options.tracks.find(({ id }) => id === wanted) ?? []);
      // The run before may still be flushing its last frames; those before it cannot.
      runs.delete(run - 2);
      runs.set(run, {
        encoded,
        videoStart,
        audioStart,
        readers: encoded.map(() => createFragmentReader()),
        tracks: encoded.map(() => undefined),
        waiting: [],
        faulty: false,
      });
    },
    push,
  };
}

/** Viewers keep the init segment of the first run: a later run must be decodable with it. */
function checkSame(before: Track | undefined, later: Track): void {
  if (before !== undefined && Buffer.compare(before.init, later.init) !== 0) {
    throw new AppError(
      'media/unsupported',
      `The restarted encoder describes the track ${later.id} differently than before.`,
      { details: { track: later.id } },
    );
  }
}
