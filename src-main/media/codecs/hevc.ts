import { readBoxes } from '../isobmff/box-reader.ts';
import { malformed } from '../malformed.ts';
import { type FrameRate, frameRateOf } from './fraction.ts';

/** Up to the count of parameter set arrays, ISO/IEC 14496-15 §8.3.3.1. */
const FIXED_BYTES = 23;

/** The payload of `hvcC`, as far as it is known here: H.265 is passed on, never taken apart. */
export type HevcDecoderConfig = {
  /** For example `hvc1.1.6.L93.b0`, ISO/IEC 14496-15 annex E.3. */
  readonly codec: string;
  readonly frameRate: FrameRate | undefined;
};

export function parseHevcDecoderConfig(fourCc: 'hvc1' | 'hev1', record: Uint8Array): HevcDecoderConfig {
  if (record.length < FIXED_BYTES) {
    throw malformed('hvcC', 0, `has ${record.length} bytes; it needs ${FIXED_BYTES}`);
  }
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  if (view.getUint8(0) !== 1) {
    throw malformed('hvcC', 0, `has version ${view.getUint8(0)}`);
  }
  const profileByte = view.getUint8(1);
  const space = ['', 'A', 'B', 'C'][profileByte >> 6] ?? '';
  const tier = (profileByte & 0x20) === 0 ? 'L' : 'H';
  const compatibility = reverseBits(view.getUint32(2)).toString(16);
  const constraints = [...record.subarray(6, 12)];
  while (constraints.at(-1) === 0) {
    constraints.pop();
  }
  const parts = [
    fourCc,
    `${space}${profileByte & 0x1f}`,
    compatibility,
    `${tier}${view.getUint8(12)}`,
    ...constraints.map((byte) => byte.toString(16)),
  ];
  // Frames in 256 seconds; 0 when not known.
  return { codec: parts.join('.'), frameRate: frameRateOf(view.getUint16(19), 256) };
}

/** The parameter sets in the payload of `hvcC`, without start codes or lengths, in its order: VPS, SPS, PPS and what else there is. */
export function parseHevcParameterSets(record: Uint8Array): readonly Uint8Array[] {
  const box = readBoxes(record);
  box.skip(FIXED_BYTES - 1);
  const units: Uint8Array[] = [];
  for (let arrays = box.u8(); arrays > 0; arrays -= 1) {
    box.skip(1);
    for (let count = box.u16(); count > 0; count -= 1) {
      units.push(box.bytes(box.u16()));
    }
  }
  return units;
}

/** The flags count from the other end in the codec string. */
function reverseBits(value: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 32; bit += 1) {
    reversed = reversed * 2 + ((value >>> bit) & 1);
  }
  return reversed;
}
