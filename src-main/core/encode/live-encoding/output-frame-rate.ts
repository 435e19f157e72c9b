import type { FrameRate } from '../../ports/mixer.ts';

/** What an encoding event can give (spec 2.2). */
const RATES: readonly FrameRate[] = [
  { numerator: 24_000, denominator: 1001 },
  { numerator: 24, denominator: 1 },
  { numerator: 25, denominator: 1 },
  { numerator: 30_000, denominator: 1001 },
  { numerator: 30, denominator: 1 },
];

/** Encoders announce 30.00003 and mean 30. */
const HIGHEST = 30.5;

/** The rate of the ladder for pictures that come with `framesPerSecond`: halved until it is at most 30, then the nearest there is. */
export function outputFrameRate(framesPerSecond: number): FrameRate {
  let wanted = framesPerSecond;
  while (wanted > HIGHEST) {
    wanted /= 2;
  }
  const distance = ({ numerator, denominator }: FrameRate): number => Math.abs(numerator / denominator - wanted);
  return RATES.reduce((best, rate) => (distance(rate) < distance(best) ? rate : best));
}
