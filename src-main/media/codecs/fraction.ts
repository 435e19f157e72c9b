/** Frames per second as a fraction in lowest terms. */
export type FrameRate = { readonly numerator: number; readonly denominator: number };

/** More than any camera or screen; what says so has a time base in that place instead. */
const MAX_FRAMES_PER_SECOND = 1000;
/** Less than any slide show. A picture of months has a duration that no box can hold. */
const MIN_FRAMES_PER_SECOND = 0.1;

/** The fraction in lowest terms; undefined when it is no frame rate. */
export function frameRateOf(numerator: number, denominator: number): FrameRate | undefined {
  const rate = numerator / denominator;
  if (!(rate >= MIN_FRAMES_PER_SECOND && rate <= MAX_FRAMES_PER_SECOND)) {
    return undefined;
  }
  const divisor = greatestCommonDivisor(numerator, denominator);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

/** Of two positive integers. */
export function greatestCommonDivisor(a: number, b: number): number {
  let [larger, smaller] = [a, b];
  while (smaller !== 0) {
    [larger, smaller] = [smaller, larger % smaller];
  }
  return larger;
}
