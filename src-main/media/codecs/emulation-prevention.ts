/**
 * Puts emulation prevention bytes into a NAL unit (ITU-T H.264 §7.4.1.1): a 3 between two zeros and a byte of 3 or less. Also into one that has
 * some already: whoever takes them out gets that one back. The same array where there is nothing to be done.
 */
export function addEmulationPrevention(nal: Uint8Array): Uint8Array {
  const places: number[] = [];
  let zeros = 0;
  for (const [at, byte] of nal.entries()) {
    if (zeros >= 2 && byte <= 3) {
      places.push(at);
      zeros = 0;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  if (places.length === 0) {
    return nal;
  }
  const escaped = new Uint8Array(nal.length + places.length);
  let from = 0;
  for (const [index, place] of places.entries()) {
    escaped.set(nal.subarray(from, place), from + index);
    escaped[place + index] = 3;
    from = place;
  }
  escaped.set(nal.subarray(from), from + places.length);
  return escaped;
}
