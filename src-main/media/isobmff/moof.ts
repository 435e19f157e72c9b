import { type Ticks, ticks } from '../time.ts';
import type { BoxReader } from './box-reader.ts';
import { parseMfhd } from './mfhd.ts';
import { parseTfdt } from './tfdt.ts';
import { parseTfhd, type TrackFragmentHeader } from './tfhd.ts';
import { type FragmentTime, parseTfxd } from './tfxd.ts';
import { parseTrun, type TrackRun } from './trun.ts';

/** Movie Fragment, ISO/IEC 14496-12 §8.8.4. */
export type MovieFragment = {
  /** First byte of the `moof`, counted from the start of the file or stream. */
  readonly offset: number;
  readonly size: number;
  readonly sequenceNumber: number;
  readonly tracks: readonly TrackFragment[];
};

/** Track Fragment, ISO/IEC 14496-12 §8.8.6. */
export type TrackFragment = {
  readonly header: TrackFragmentHeader;
  /** From `tfdt`, else from Smooth Streaming's `tfxd`; undefined: right behind the fragment before. */
  readonly decodeTime: Ticks | undefined;
  /** What `tfxd` says itself. */
  readonly smoothTime: FragmentTime | undefined;
  readonly runs: readonly TrackRun[];
};

/**
 * Reads a `moof` box. `maxSamples` is for all runs together; every track and every run also counts as one, because each costs memory even
 * when it is empty.
 */
export function parseMoof(box: BoxReader, maxSamples: number): MovieFragment {
  const { offset, size } = box;
  const budget = { samples: maxSamples };
  const tracks: TrackFragment[] = [];
  let sequenceNumber = 0;
  for (const child of box.children()) {
    if (child.type === 'mfhd') {
      sequenceNumber = parseMfhd(child);
    } else if (child.type === 'traf') {
      tracks.push(parseTraf(child, budget));
    }
  }
  return { offset, size, sequenceNumber, tracks };
}

function parseTraf(box: BoxReader, budget: { samples: number }): TrackFragment {
  let header: TrackFragmentHeader | undefined;
  let decodeTime: Ticks | undefined;
  let smoothTime: FragmentTime | undefined;
  const runs: TrackRun[] = [];
  spend(box, budget, 1);
  for (const child of box.children()) {
    switch (child.type) {
      case 'tfhd':
        header = parseTfhd(child);
        break;
      case 'tfdt':
        decodeTime = parseTfdt(child);
        break;
      case 'uuid':
        smoothTime = parseTfxd(child) ?? smoothTime;
        break;
      case 'trun': {
        const run = parseTrun(child, budget.samples);
        spend(child, budget, Math.max(1, run.sampleCount));
        runs.push(run);
        break;
      }
      default:
        break;
    }
  }
  if (header === undefined) {
    throw box.malformed('has no tfhd');
  }
  return { header, decodeTime: decodeTime ?? decodeTimeOf(smoothTime, runs), smoothTime, runs };
}

/** `tfxd` has the time of presentation (that is how ffmpeg fills it in too), `tfdt` and all else counts in decode times. */
function decodeTimeOf(smoothTime: FragmentTime | undefined, runs: readonly TrackRun[]): Ticks | undefined {
  return smoothTime === undefined
    ? undefined
    : ticks(smoothTime.time - BigInt(runs[0]?.compositionOffsets?.[0] ?? 0));
}

function spend(box: BoxReader, budget: { samples: number }, count: number): void {
  budget.samples -= count;
  if (budget.samples < 0) {
    throw box.malformed('is part of a fragment with more tracks, runs and samples than are taken');
  }
}
