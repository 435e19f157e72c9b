/** First and last byte, both included. */
export type ByteRange = { readonly first: number; readonly last: number };

/** No range that is understood is written longer; the spaces of one that is would be divided in every way there is, for seconds. */
const LONGEST = 100;

/**
 * The one range a `Range` header asks for, cut to a representation of `size` bytes (RFC 9110 §14.1.2). `whole` for none, for a form that is not
 * understood and for several at once, which a server may all ignore (§14.2); `unsatisfiable` when no byte of it exists.
 */
export function readRange(header: string | undefined, size: number): ByteRange | 'whole' | 'unsatisfiable' {
  const match =
    header === undefined || header.length > LONGEST
      ? null
      : /^\s*bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i.exec(header);
  const [, from = '', to = ''] = match ?? [];
  if (from === '' && to === '') {
    return 'whole';
  }
  if (from === '') {
    const length = Math.min(Number(to), size);
    return length === 0 ? 'unsatisfiable' : { first: size - length, last: size - 1 };
  }
  const first = Number(from);
  const last = to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== '' && Number(to) < first) {
    return 'whole';
  }
  return first >= size ? 'unsatisfiable' : { first, last };
}

/** The bytes of a range out of chunks in a row, without copying any. */
export function sliceChunks(chunks: readonly Uint8Array[], { first, last }: ByteRange): readonly Uint8Array[] {
  const slices: Uint8Array[] = [];
  let start = 0;
  for (const chunk of chunks) {
    const end = start + chunk.byteLength;
    if (end > first && start <= last) {
      slices.push(chunk.subarray(Math.max(0, first - start), Math.min(chunk.byteLength, last + 1 - start)));
    }
    start = end;
  }
  return slices;
}
