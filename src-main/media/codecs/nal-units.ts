import { assert } from '../../base/assert.ts';
import { malformed } from '../malformed.ts';

/** Width of the length before each NAL unit, as `avcC` and `hvcC` say. */
export type NalLengthSize = 1 | 2 | 4;

const START_CODE = Uint8Array.of(0, 0, 0, 1);

/** The NAL units of a sample as it stands in `mdat` (ISO/IEC 14496-15 §5.3.4.2.1), as views. Empty ones are left out. */
export function splitLengthPrefixed(sample: Uint8Array, lengthSize: NalLengthSize): Uint8Array[] {
  const units: Uint8Array[] = [];
  for (let at = 0; at < sample.length; ) {
    const start = at + lengthSize;
    if (start > sample.length) {
      throw malformed('NAL unit', at, 'ends inside its length');
    }
    let length = 0;
    for (; at < start; at += 1) {
      length = length * 256 + (sample[at] ?? 0);
    }
    if (length > sample.length - start) {
      throw malformed('NAL unit', start, `of ${length} bytes reaches beyond its sample of ${sample.length}`);
    }
    at = start + length;
    if (length > 0) {
      units.push(sample.subarray(start, at));
    }
  }
  return units;
}

/** The NAL units of a byte stream (ITU-T H.264 annex B), as views without start codes and padding. Bytes before the first are skipped. */
export function splitAnnexB(stream: Uint8Array): Uint8Array[] {
  const units: Uint8Array[] = [];
  let start = -1;
  for (let at = 2; at < stream.length; ) {
    const byte = stream[at] ?? 0;
    if (byte > 1) {
      // Neither this byte nor the two before it can end a start code that begins here.
      at += 3;
    } else if (byte === 1 && stream[at - 1] === 0 && stream[at - 2] === 0) {
      pushUnit(units, stream, start, at - 2);
      start = at + 1;
      at += 3;
    } else {
      at += 1;
    }
  }
  pushUnit(units, stream, start, stream.length);
  return units;
}

/** Trailing zeros belong to the stream (trailing_zero_8bits) or to the next start code; a NAL unit never ends in one (§7.4.1). */
function pushUnit(units: Uint8Array[], stream: Uint8Array, start: number, limit: number): void {
  let end = limit;
  while (end > start && stream[end - 1] === 0) {
    end -= 1;
  }
  if (start >= 0 && end > start) {
    units.push(stream.subarray(start, end));
  }
}

/** A sample with lengths of four bytes. */
export function joinLengthPrefixed(units: readonly Uint8Array[]): Uint8Array {
  const sample = new Uint8Array(totalLength(units));
  const view = new DataView(sample.buffer);
  let at = 0;
  for (const unit of units) {
    view.setUint32(at, unit.length);
    sample.set(unit, at + 4);
    at += 4 + unit.length;
  }
  return sample;
}

/** A byte stream with start codes of four bytes. */
export function joinAnnexB(units: readonly Uint8Array[]): Uint8Array {
  const stream = new Uint8Array(totalLength(units));
  let at = 0;
  for (const unit of units) {
    stream.set(START_CODE, at);
    stream.set(unit, at + 4);
    at += 4 + unit.length;
  }
  return stream;
}

export function isNalLengthSize(value: number): value is NalLengthSize {
  return value === 1 || value === 2 || value === 4;
}

function totalLength(units: readonly Uint8Array[]): number {
  const total = units.reduce((sum, unit) => sum + 4 + unit.length, 0);
  assert(total <= 0xffff_ffff, 'a sample fits into its 32-bit size');
  return total;
}
