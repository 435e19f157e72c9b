/**
 * A discrete Fourier transform of one length, in place, not scaled: radix 2, decimation in time. The inverse is the same call with the two
 * arrays in each other's place, and a division by the length.
 */
export type Fft = (real: Float64Array, imaginary: Float64Array) => void;

/** `length` is a power of two, at least 4. */
export function createFft(length: number): Fft {
  const order = reversedBits(length);
  const cosines = Float64Array.from({ length: length / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / length));
  const sines = Float64Array.from({ length: length / 2 }, (_, k) => Math.sin((2 * Math.PI * k) / length));

  return (real, imaginary) => {
    swap(real, order);
    swap(imaginary, order);
    firstTwoStages(real, imaginary, length);
    for (let half = 4; half < length; half *= 2) {
      const stride = length / (half * 2);
      for (let start = 0; start < length; start += half * 2) {
        for (let offset = 0; offset < half; offset += 1) {
          const upper = start + offset;
          const lower = upper + half;
          const cosine = cosines[offset * stride] ?? 0;
          const sine = sines[offset * stride] ?? 0;
          const re = real[lower] ?? 0;
          const im = imaginary[lower] ?? 0;
          const turnedRe = re * cosine + im * sine;
          const turnedIm = im * cosine - re * sine;
          const upperRe = real[upper] ?? 0;
          const upperIm = imaginary[upper] ?? 0;
          real[upper] = upperRe + turnedRe;
          imaginary[upper] = upperIm + turnedIm;
          real[lower] = upperRe - turnedRe;
          imaginary[lower] = upperIm - turnedIm;
        }
      }
    }
  };
}

/** The angles of the first two stages are quarters of a turn, which need no multiplication. */
function firstTwoStages(real: Float64Array, imaginary: Float64Array, length: number): void {
  for (let i = 0; i < length; i += 4) {
    const re0 = real[i] ?? 0;
    const im0 = imaginary[i] ?? 0;
    const re1 = real[i + 1] ?? 0;
    const im1 = imaginary[i + 1] ?? 0;
    const re2 = real[i + 2] ?? 0;
    const im2 = imaginary[i + 2] ?? 0;
    const re3 = real[i + 3] ?? 0;
    const im3 = imaginary[i + 3] ?? 0;
    real[i] = re0 + re1 + (re2 + re3);
    imaginary[i] = im0 + im1 + (im2 + im3);
    real[i + 1] = re0 - re1 + (im2 - im3);
    imaginary[i + 1] = im0 - im1 - (re2 - re3);
    real[i + 2] = re0 + re1 - (re2 + re3);
    imaginary[i + 2] = im0 + im1 - (im2 + im3);
    real[i + 3] = re0 - re1 - (im2 - im3);
    imaginary[i + 3] = im0 - im1 + (re2 - re3);
  }
}

/** For each place the one whose bits are in the other order. */
function reversedBits(length: number): Uint16Array {
  const bits = Math.log2(length);
  return Uint16Array.from({ length }, (_, index) => {
    let reversed = 0;
    for (let bit = 0; bit < bits; bit += 1) {
      reversed |= ((index >> bit) & 1) << (bits - 1 - bit);
    }
    return reversed;
  });
}

function swap(values: Float64Array, order: Uint16Array): void {
  for (let here = 0; here < order.length; here += 1) {
    const there = order[here] ?? 0;
    if (here < there) {
      const value = values[here] ?? 0;
      values[here] = values[there] ?? 0;
      values[there] = value;
    }
  }
}
