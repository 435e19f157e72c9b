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
  /** A process of the encoder began; its bytes carry the run's number. */
  beginRun(run: { readonly run: number; readonly videoStart: Ticks; readonly audioStart: Ticks }): void;
  /** The next bytes of one track of a run. */
  push(run: number, track: number, bytes: Uint8Array): void;
};

export type EncodedIntakeOptions = {
  readonly tracks: readonly EncodedTrack[];
  readonly offsetSeconds: number;
  readonly input: TimelineInput;
  /** The output of a run cannot be used; the run should be replaced. */
  readonly onFault: (error: AppError) => void;
};

type RunState = {
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
  let opened: readonly Track[] | undefined;

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
      options.onFault(toAppError(error));
    }
  }

  function onHeader(run: RunState, trackIndex: number, description: TrackDescription): void {
    const track = trackFor(trackIndex, description);
    run.tracks[trackIndex] = track;
    const all = run.tracks.filter((one) => one !== undefined);
    if (all.length < options.tracks.length) {
      return;
    }
    if (opened === undefined) {
      opened = all;
      options.input.open(all);
    } else {
      checkSame(opened, all);
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

  function trackFor(trackIndex: number, description: TrackDescription): Track {
    const encoded = options.tracks[trackIndex];
    assert(encoded !== undefined, `track ${trackIndex} was asked for`);
    const named = { ...description, bitrate: encoded.bitrate };
    return { ...named, id: encoded.id, name: encoded.kind, init: writeInitSegment(named) };
  }

  return {
    beginRun({ run, videoStart, audioStart }) {
      // The run before may still be flushing its last frames; those before it cannot.
      runs.delete(run - 2);
      runs.set(run, {
        videoStart,
        audioStart,
        readers: options.tracks.map(() => createFragmentReader()),
        tracks: options.tracks.map(() => undefined),
        waiting: [],
        faulty: false,
      });
    },
    push,
  };
}

/** Viewers keep the init segment of the first run: a later run must be decodable with it. */
function checkSame(opened: readonly Track[], later: readonly Track[]): void {
  for (const [index, track] of opened.entries()) {
    const other = later[index];
    if (other === undefined || Buffer.compare(track.init, other.init) !== 0) {
      throw new AppError(
        'media/unsupported',
        `The restarted encoder describes the track ${track.id} differently than before.`,
        {
          details: { track: track.id },
        },
      );
    }
  }
}
