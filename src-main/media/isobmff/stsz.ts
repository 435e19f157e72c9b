import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';

/** Sizes in bytes: one for all samples, or one each. */
export type SampleSizes =
  | { readonly kind: 'uniform'; readonly size: number; readonly count: number }
  | { readonly kind: 'each'; readonly sizes: Uint32Array };

/** Sample Size, ISO/IEC 14496-12 §8.7.3.2. A uniform size of 0 would mean a list, so it is only for no samples at all. */
export function writeStsz(writer: BoxWriter, sizes: SampleSizes): void {
  writer.fullBox('stsz', 0, 0, (body) => {
    if (sizes.kind === 'uniform') {
      body.u32(sizes.size);
      body.u32(sizes.count);
      return;
    }
    body.u32(0);
    body.u32(sizes.sizes.length);
    body.u32s(sizes.sizes);
  });
}

export function parseStsz(box: BoxReader): SampleSizes {
  box.fullBox(0);
  const size = box.u32();
  if (size > 0) {
    return { kind: 'uniform', size, count: box.u32() };
  }
  const sizes = new Uint32Array(box.entryCount(4));
  for (let sample = 0; sample < sizes.length; sample += 1) {
    sizes[sample] = box.u32();
  }
  return { kind: 'each', sizes };
}
