/** First and last byte, both included. */
type ByteRange = { readonly first: number; readonly last: number };

/**
 * The one range a `Range` header asks for, cut to a representation of `size` bytes (RFC 9110 §14.1.2). `whole` for none, for a form that is not
 * understood and for several at once, which a server may all ignore (§14.2); `unsatisfiable` when no byte of it exists.
 */
export function readRange(header: string | undefined, size: number): ByteRange | 'whole' | 'unsatisfiable' {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.replaceAll(/\s/g, '') ?? '') ?? [];
  if (from === '') {
    if (to === '') {
      return 'whole';
    }
    const length = Math.min(Number(to), size);
    return length === 0 ? 'unsatisfiable' : { first: size - length, last: size - 1 };
  }
  const [first, last] = [Number(from), to === '' ? size - 1 : Math.min(Number(to), size - 1)];
  if (to !== '' && Number(to) < first) {
    return 'whole';
  }
  return first >= size ? 'unsatisfiable' : { first, last };
}
