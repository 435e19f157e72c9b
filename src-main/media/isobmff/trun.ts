import { assert } from '../../base/assert.ts';
import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';

const DATA_OFFSET = 0x00_0001;
const FIRST_SAMPLE_FLAGS = 0x00_0004;
const DURATIONS = 0x00_0100;
const SIZES = 0x00_0200;
const FLAGS = 0x00_0400;
const COMPOSITION_OFFSETS = 0x00_0800;

/** Track Fragment Run, ISO/IEC 14496-12 §8.8.8. A column that is undefined is the same for all samples, as `tfhd` or `trex` says. */
export type TrackRun = {
  readonly sampleCount: number;
  /** Where the run's data begins, in bytes from where `tfhd` says; undefined: right behind the run before. */
  readonly dataOffset: number | undefined;
  /** Flags of the first sample, where they differ from those of the others. */
  readonly firstSampleFlags: number | undefined;
  readonly durations: Uint32Array | undefined;
  readonly sizes: Uint32Array | undefined;
  readonly flags: Uint32Array | undefined;
  readonly compositionOffsets: Int32Array | undefined;
};

/**
 * Version 1, whose composition offsets are signed (CMAF, ISO/IEC 23000-19 §9.2.1), unless version 0 is asked for, where none may be negative.
 *
 * Returns the position of the data offset in the writer, for patching it when the size of the `moof` is known; undefined without one.
 */
export function writeTrun(writer: BoxWriter, run: TrackRun, version: 0 | 1 = 1): number | undefined {
  const { sampleCount, dataOffset, firstSampleFlags, durations, sizes, flags, compositionOffsets } = run;
  assert(
    [durations, sizes, flags, compositionOffsets].every(
      (column) => (column?.length ?? sampleCount) === sampleCount,
    ),
    'every column of a run has a value for every sample',
  );
  assert(
    version === 1 || compositionOffsets?.every((offset) => offset >= 0) !== false,
    'version 0 has no negative composition offsets',
  );
  const present =
    (dataOffset === undefined ? 0 : DATA_OFFSET) |
    (firstSampleFlags === undefined ? 0 : FIRST_SAMPLE_FLAGS) |
    (durations === undefined ? 0 : DURATIONS) |
    (sizes === undefined ? 0 : SIZES) |
    (flags === undefined ? 0 : FLAGS) |
    (compositionOffsets === undefined ? 0 : COMPOSITION_OFFSETS);
  let dataOffsetAt: number | undefined;
  writer.fullBox('trun', version, present, (body) => {
    body.u32(sampleCount);
    if (dataOffset !== undefined) {
      dataOffsetAt = body.length;
      body.i32(dataOffset);
    }
    if (firstSampleFlags !== undefined) {
      body.u32(firstSampleFlags);
    }
    for (let sample = 0; sample < sampleCount; sample += 1) {
      if (durations !== undefined) {
        body.u32(durations[sample] ?? 0);
      }
      if (sizes !== undefined) {
        body.u32(sizes[sample] ?? 0);
      }
      if (flags !== undefined) {
        body.u32(flags[sample] ?? 0);
      }
      if (compositionOffsets !== undefined) {
        body.i32(compositionOffsets[sample] ?? 0);
      }
    }
  });
  return dataOffsetAt;
}

/**
 * Reads versions 0 and 1. `maxSamples` bounds a run that has no bytes per sample and could say any count; one that has must hold them.
 *
 * Version 0 offsets are unsigned by the standard, yet muxers put negative ones there; no real offset needs the 32nd bit.
 */
export function parseTrun(box: BoxReader, maxSamples: number): TrackRun {
  const { flags: present } = box.fullBox(1);
  const columns = present & (DURATIONS | SIZES | FLAGS | COMPOSITION_OFFSETS);
  const sampleCount = box.u32();
  if (sampleCount > maxSamples) {
    throw box.malformed(`says ${sampleCount} samples; more than ${maxSamples} are not taken`);
  }
  const dataOffset = (present & DATA_OFFSET) === 0 ? undefined : box.i32();
  const firstSampleFlags = (present & FIRST_SAMPLE_FLAGS) === 0 ? undefined : box.u32();
  const needed = sampleCount * 4 * bitCount(columns);
  if (needed > box.remaining) {
    throw box.malformed(`says ${sampleCount} samples, needs ${needed} bytes for them and has ${box.remaining}`);
  }
  const durations = (present & DURATIONS) === 0 ? undefined : new Uint32Array(sampleCount);
  const sizes = (present & SIZES) === 0 ? undefined : new Uint32Array(sampleCount);
  const flags = (present & FLAGS) === 0 ? undefined : new Uint32Array(sampleCount);
  const compositionOffsets = (present & COMPOSITION_OFFSETS) === 0 ? undefined : new Int32Array(sampleCount);
  for (let sample = 0; sample < (columns === 0 ? 0 : sampleCount); sample += 1) {
    if (durations !== undefined) {
      durations[sample] = box.u32();
    }
    if (sizes !== undefined) {
      sizes[sample] = box.u32();
    }
    if (flags !== undefined) {
      flags[sample] = box.u32();
    }
    if (compositionOffsets !== undefined) {
      compositionOffsets[sample] = box.i32();
    }
  }
  return { sampleCount, dataOffset, firstSampleFlags, durations, sizes, flags, compositionOffsets };
}

function bitCount(value: number): number {
  let count = 0;
  for (let rest = value; rest !== 0; rest &= rest - 1) {
    count += 1;
  }
  return count;
}
