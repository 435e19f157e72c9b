import { readBoxes } from '../isobmff/box-reader.ts';
import { BoxWriter } from '../isobmff/box-writer.ts';
import { writeFtyp } from '../isobmff/ftyp.ts';

/**
 * The brands that Microsoft gave files of the common streaming format: the fragments keep the Common File Format with common encryption
 * (ISO/IEC 23001-7) and ISO/IEC 14496-12 edition 4.
 */
const BRANDS = { majorBrand: 'ccff', minorVersion: 1, compatibleBrands: ['ccff', 'iso8', 'dash'] } as const;

/** An init segment of CMAF as one of the common streaming format: other brands, the same `moov`. Throws `media/malformed`. */
export function csfInit(init: Uint8Array): Uint8Array {
  const { offset, size } = readBoxes(init).require('ftyp');
  const writer = new BoxWriter(init.length + 32);
  writer.bytes(init.subarray(0, offset));
  writeFtyp(writer, BRANDS);
  writer.bytes(init.subarray(offset + size));
  return writer.finish();
}
