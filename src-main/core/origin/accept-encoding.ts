/**
 * Whether gzip is what a caller likes best of gzip and the plain bytes (RFC 9110 §12.5.3). Without the header nothing is packed, although
 * that would be allowed: who does not say so often cannot unpack.
 */
export function prefersGzip(header: string | undefined): boolean {
  if (header === undefined) {
    return false;
  }
  let gzip: number | undefined;
  let identity: number | undefined;
  let others: number | undefined;
  for (const item of header.split(',')) {
    const [, coding = '', weight] =
      /^\s*([!#$%&'*+.^_`|~\w-]+)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?$/i.exec(item) ?? [];
    const quality = weight === undefined ? 1 : Number(weight);
    switch (coding.toLowerCase()) {
      case 'gzip':
      case 'x-gzip':
        gzip = quality;
        break;
      case 'identity':
        identity = quality;
        break;
      case '*':
        others = quality;
        break;
      default:
        break;
    }
  }
  const wanted = gzip ?? others ?? 0;
  return wanted > 0 && wanted >= (identity ?? 0);
}
