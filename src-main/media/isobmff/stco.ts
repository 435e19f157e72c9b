import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';

/** Chunk Offset, ISO/IEC 14496-12 §8.7.5: where each chunk begins in the file. `co64` when an offset needs more than 32 bits. */
export function writeChunkOffsets(writer: BoxWriter, offsets: Float64Array, wide: boolean): void {
  writer.fullBox(wide ? 'co64' : 'stco', 0, 0, (body) => {
    body.u32(offsets.length);
    for (const offset of offsets) {
      if (wide) {
        body.u64(offset);
      } else {
        body.u32(offset);
      }
    }
  });
}

/** Reads `stco` and `co64`. */
export function parseChunkOffsets(box: BoxReader): Float64Array {
  const wide = box.type === 'co64';
  box.fullBox(0);
  const offsets = new Float64Array(box.entryCount(wide ? 8 : 4));
  for (let chunk = 0; chunk < offsets.length; chunk += 1) {
    const offset = wide ? Number(box.u64()) : box.u32();
    if (!Number.isSafeInteger(offset)) {
      throw box.malformed(`puts chunk ${chunk} beyond any file`);
    }
    offsets[chunk] = offset;
  }
  return offsets;
}
