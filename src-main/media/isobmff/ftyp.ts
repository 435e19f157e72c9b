import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';

/** More brands than exist; a list of millions would only be there to fill the heap. */
const MAX_BRANDS = 256;

export type FileType = {
  readonly majorBrand: string;
  readonly minorVersion: number;
  readonly compatibleBrands: readonly string[];
};

/** File Type, ISO/IEC 14496-12 §4.3. */
export function writeFtyp(writer: BoxWriter, brands: FileType): void {
  writer.box('ftyp', () => writeBrands(writer, brands));
}

/** Segment Type, ISO/IEC 14496-12 §8.16.2: the same fields, before a segment or chunk. */
export function writeStyp(writer: BoxWriter, brands: FileType): void {
  writer.box('styp', () => writeBrands(writer, brands));
}

/** Reads `ftyp` and `styp`. */
export function parseFileType(box: BoxReader): FileType {
  const majorBrand = box.fourCc();
  const minorVersion = box.u32();
  const count = Math.floor(box.remaining / 4);
  if (count > MAX_BRANDS) {
    throw box.malformed(`names ${count} brands`);
  }
  return { majorBrand, minorVersion, compatibleBrands: Array.from({ length: count }, () => box.fourCc()) };
}

function writeBrands(writer: BoxWriter, { majorBrand, minorVersion, compatibleBrands }: FileType): void {
  writer.fourCc(majorBrand);
  writer.u32(minorVersion);
  for (const brand of compatibleBrands) {
    writer.fourCc(brand);
  }
}
