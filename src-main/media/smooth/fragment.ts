import { assert } from '../../base/assert.ts';
import type { Sample } from '../cmaf/types.ts';
import { BoxWriter } from '../isobmff/box-writer.ts';
import { writeMfhd } from '../isobmff/mfhd.ts';
import { NON_SYNC_SAMPLE, SYNC_SAMPLE } from '../isobmff/sample-flags.ts';
import { writeTfhd } from '../isobmff/tfhd.ts';
import { type FragmentTime, writeTfxd } from '../isobmff/tfxd.ts';
import { type TrackRun, writeTrun } from '../isobmff/trun.ts';
import { type Ticks, ticks } from '../time.ts';
import { smoothTime } from './smooth-time.ts';
import { writeTfrf } from './tfrf.ts';

/** A fragment as clients of Smooth Streaming are sent it: a `moof` with one `traf`, then the `mdat`; MS-SSTR §2.2.4. */
export type SmoothFragment = {
  readonly moof: Uint8Array;
  /** The header of the `mdat`, and what is in it: the samples' own bytes, without a copy. */
  readonly mdat: readonly Uint8Array[];
};

export type FragmentOptions = {
  readonly kind: 'video' | 'audio' | 'text';
  /** Of the samples. */
  readonly timescale: number;
  /** For `mfhd`; only its low 32 bits are written. */
  readonly sequenceNumber: number;
  /** Those that follow in the same track, in ticks of Smooth Streaming. */
  readonly next: readonly FragmentTime[];
  /** What else belongs at the end of the `traf`. */
  readonly boxes?: ((writer: BoxWriter) => void) | undefined;
};

const TRACK_ID = 1;
const BYTES_PER_SAMPLE = 16;
const FIXED_BYTES = 256;

/**
 * Samples of one segment, at least one, as one fragment. Times are rescaled one by one, so that no rounding adds up, and what is left to
 * trackers of time is exact: all durations together are what the manifest says.
 *
 * `tfxd` has the time that decoding begins at, as the manifest has it: what clients take either for. Composition offsets are unsigned
 * (version 0) wherever none is negative, because old clients know nothing else.
 */
export function writeSmoothFragment(samples: readonly Sample[], options: FragmentOptions): SmoothFragment {
  const [first] = samples;
  const last = samples.at(-1);
  assert(first !== undefined && last !== undefined, 'a fragment has at least one sample');
  const { timescale } = options;
  const time = smoothTime(first.decodeTime, timescale);
  const end = smoothTime(endOf(last), timescale);
  const data = samples.map((sample) => sample.data);
  const dataSize = data.reduce((sum, { length }) => sum + length, 0);
  const writer = new BoxWriter(FIXED_BYTES + BYTES_PER_SAMPLE * samples.length);
  let dataOffsetAt: number | undefined;
  writer.box('moof', () => {
    writeMfhd(writer, options.sequenceNumber >>> 0);
    writer.box('traf', () => {
      writeTfhd(writer, {
        trackId: TRACK_ID,
        baseDataOffset: undefined,
        sampleDescriptionIndex: undefined,
        defaultDuration: undefined,
        defaultSize: undefined,
        defaultFlags: options.kind === 'video' ? NON_SYNC_SAMPLE : SYNC_SAMPLE,
        durationIsEmpty: false,
        // It came after Smooth Streaming. Without it, too, the first track counts from the moof.
        defaultBaseIsMoof: false,
      });
      const run = runOf(samples, options);
      const isUnsigned = run.compositionOffsets?.every((offset) => offset >= 0) ?? true;
      dataOffsetAt = writeTrun(writer, run, isUnsigned ? 0 : 1);
      writeTfxd(writer, { time, duration: ticks(end - time) });
      if (options.next.length > 0) {
        writeTfrf(writer, options.next);
      }
      options.boxes?.(writer);
    });
  });
  assert(dataOffsetAt !== undefined, 'the run has a data offset');
  const header = new BoxWriter(8);
  header.u32(8 + dataSize);
  header.fourCc('mdat');
  writer.patchU32(dataOffsetAt, writer.length + 8);
  return { moof: writer.finish(), mdat: [header.finish(), ...joined(data)] };
}

/** Neighbours in memory as one: as many pieces as a segment has chunks, and not as it has samples, are quicker on their way. */
function joined(pieces: readonly Uint8Array[]): readonly Uint8Array[] {
  const runs: Uint8Array[] = [];
  for (const piece of pieces) {
    const last = runs.at(-1);
    if (last?.buffer === piece.buffer && last.byteOffset + last.length === piece.byteOffset) {
      runs[runs.length - 1] = new Uint8Array(piece.buffer, last.byteOffset, last.length + piece.length);
    } else {
      runs.push(piece);
    }
  }
  return runs;
}

function endOf({ decodeTime, duration }: Sample): Ticks {
  return ticks(decodeTime + BigInt(duration));
}

function runOf(samples: readonly Sample[], { kind, timescale }: FragmentOptions): TrackRun {
  const durations = new Uint32Array(samples.length);
  const sizes = new Uint32Array(samples.length);
  const flags = new Uint32Array(samples.length);
  const compositionOffsets = new Int32Array(samples.length);
  for (const [index, sample] of samples.entries()) {
    const { decodeTime, compositionOffset, sync, data } = sample;
    const time = smoothTime(decodeTime, timescale);
    const presented = smoothTime(ticks(decodeTime + BigInt(compositionOffset)), timescale);
    durations[index] = Number(smoothTime(endOf(sample), timescale) - time);
    sizes[index] = data.length;
    flags[index] = sync || kind !== 'video' ? SYNC_SAMPLE : NON_SYNC_SAMPLE;
    compositionOffsets[index] = Number(presented - time);
  }
  const followsSync = flags.subarray(1).every((value) => value === NON_SYNC_SAMPLE);
  const isPlain = kind !== 'video' || followsSync;
  return {
    sampleCount: samples.length,
    dataOffset: 0,
    firstSampleFlags: kind === 'video' && followsSync ? flags[0] : undefined,
    durations,
    sizes,
    flags: isPlain ? undefined : flags,
    compositionOffsets: compositionOffsets.some((offset) => offset !== 0) ? compositionOffsets : undefined,
  };
}
