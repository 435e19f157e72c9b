/** Spec 2.11. */
const MOST_BYTES = 3 * 1024 * 1024;
const MOST_WIDTH = 1920;
const MOST_HEIGHT = 1080;

export type SlateFault =
  | { readonly kind: 'no-jpeg' }
  | { readonly kind: 'bytes'; readonly bytes: number }
  | { readonly kind: 'size'; readonly width: number; readonly height: number };

/** What the service would refuse, before it is sent. `size` is undefined for what no picture could be made of. */
export function slateFault(
  file: { readonly type: string; readonly size: number },
  size: { readonly width: number; readonly height: number } | undefined,
): SlateFault | undefined {
  if (file.type !== 'image/jpeg' || size === undefined) {
    return { kind: 'no-jpeg' };
  }
  if (file.size > MOST_BYTES) {
    return { kind: 'bytes', bytes: file.size };
  }
  return size.width > MOST_WIDTH || size.height > MOST_HEIGHT ? { kind: 'size', ...size } : undefined;
}

/** A name for the asset of a picture, like its file's, that nothing else has. */
export function slateName(fileName: string, taken: ReadonlySet<string>): string {
  const plain = fileName
    .replace(/\.[^.]*$/, '')
    .replace(/[^\p{L}\p{N} ._()-]+/gu, '-')
    .replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N})]+$/gu, '')
    .slice(0, 200);
  const base = `slate-${plain === '' ? 'picture' : plain}`;
  if (!taken.has(base)) {
    return base;
  }
  let number = 2;
  while (taken.has(`${base}-${number}`)) {
    number += 1;
  }
  return `${base}-${number}`;
}
