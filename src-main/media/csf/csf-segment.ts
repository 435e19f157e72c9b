import { assert } from '../../base/assert.ts';
import type { SampleInfo } from '../cenc/sample-info.ts';
import { writeChunkHead } from '../cmaf/chunk.ts';
import type { Sample } from '../cmaf/types.ts';
import { BoxWriter } from '../isobmff/box-writer.ts';
import { writeStyp } from '../isobmff/ftyp.ts';
import { writeSidx } from '../isobmff/sidx.ts';
import { writeEncryptionBoxes } from '../smooth/sample-encryption.ts';
import { type Ticks, ticks } from '../time.ts';

export type CsfSegmentOptions = {
  readonly kind: 'video' | 'audio';
  readonly timescale: number;
  /** For `mfhd`; only its low 32 bits are written. */
  readonly sequenceNumber: number;
  /** `emsg` boxes, which stand before the `moof`. */
  readonly messages: Uint8Array | undefined;
  /** What each sample is decrypted with; empty when they are clear. */
  readonly infos: readonly SampleInfo[];
};

/** ISO/IEC 23009-1 §6.3.4.2 and §6.3.4.3: a media segment, and one whose index stands in front of it. */
const BRANDS = { majorBrand: 'msdh', minorVersion: 0, compatibleBrands: ['msdh', 'msix'] } as const;
const TRACK_ID = 1;
const FIXED_BYTES = 96;

/**
 * Samples in a row, at least one, as a segment of the DASH ISO base media live profile, from before there were chunks: `styp`, `sidx`, and one
 * `moof` with its `mdat`. What is given are buffers in a row; the samples' own bytes are not copied.
 */
export function writeCsfSegment(samples: readonly Sample[], options: CsfSegmentOptions): readonly Uint8Array[] {
  const { kind, timescale, messages, infos } = options;
  const gapless = withoutGaps(samples);
  const [first] = gapless;
  const last = gapless.at(-1);
  assert(first !== undefined && last !== undefined, 'a segment has at least one sample');
  const head = writeChunkHead(gapless, {
    kind,
    sequenceNumber: options.sequenceNumber >>> 0,
    boxes: infos.length === 0 ? undefined : (writer) => writeEncryptionBoxes(writer, infos, 'senc'),
  });
  const data = joined(gapless.map((sample) => sample.data));
  const parts = [...(messages === undefined ? [] : [messages]), head, ...data];
  const writer = new BoxWriter(FIXED_BYTES);
  writeStyp(writer, BRANDS);
  writeSidx(writer, {
    referenceId: TRACK_ID,
    timescale,
    earliestPresentationTime: earliestOf(gapless, first),
    firstOffset: 0n,
    references: [
      {
        kind: 'media',
        size: parts.reduce((sum, { length }) => sum + length, 0),
        duration: Number(last.decodeTime - first.decodeTime) + last.duration,
        startsWithSap: kind === 'audio' || first.sync,
        sapType: kind === 'audio' || first.sync ? 1 : 0,
        sapDeltaTime: 0,
      },
    ],
  });
  return [writer.finish(), ...parts];
}

/** A `moof` says where it begins and how long each sample is; where nothing came inside of it, the sample before lasts. */
function withoutGaps(samples: readonly Sample[]): readonly Sample[] {
  return samples.map((sample, index) => {
    const next = samples[index + 1];
    const duration = next === undefined ? sample.duration : Number(next.decodeTime - sample.decodeTime);
    return duration === sample.duration ? sample : { ...sample, duration };
  });
}

function earliestOf(samples: readonly Sample[], first: Sample): Ticks {
  let earliest = first.decodeTime + BigInt(first.compositionOffset);
  for (const { decodeTime, compositionOffset } of samples) {
    const presented = decodeTime + BigInt(compositionOffset);
    earliest = presented < earliest ? presented : earliest;
  }
  return ticks(earliest < 0n ? 0n : earliest);
}

/** Neighbours in one buffer as one view: those of a chunk, which are dozens. */
function joined(data: readonly Uint8Array[]): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (const bytes of data) {
    const before = parts.at(-1);
    if (before?.buffer === bytes.buffer && before.byteOffset + before.length === bytes.byteOffset) {
      parts[parts.length - 1] = new Uint8Array(before.buffer, before.byteOffset, before.length + bytes.length);
    } else {
      parts.push(bytes);
    }
  }
  return parts;
}
