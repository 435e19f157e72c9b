import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFft } from '../../../../src-main/core/mix/fft.ts';
import { noise } from './signals.ts';

const LENGTH = 64;
const random = noise(-10, 9);

test('the transform is that of the definition', () => {
  const real = Float64Array.from({ length: LENGTH }, (_, i) => random(i));
  const imaginary = Float64Array.from({ length: LENGTH }, (_, i) => random(i + LENGTH));
  const expected = Array.from({ length: LENGTH }, (_, k) => {
    let [re, im] = [0, 0];
    for (let i = 0; i < LENGTH; i += 1) {
      const angle = (-2 * Math.PI * k * i) / LENGTH;
      re += real[i]! * Math.cos(angle) - imaginary[i]! * Math.sin(angle);
      im += real[i]! * Math.sin(angle) + imaginary[i]! * Math.cos(angle);
    }
    return [re, im] as const;
  });

  createFft(LENGTH)(real, imaginary);

  expected.forEach(([re, im], k) => {
    assert(Math.abs(real[k]! - re) < 1e-9 && Math.abs(imaginary[k]! - im) < 1e-9, `value ${k}`);
  });
});

test('with its arrays in each other’s place it is the inverse', () => {
  const real = Float64Array.from({ length: LENGTH }, (_, i) => random(i));
  const imaginary = Float64Array.from({ length: LENGTH }, (_, i) => random(i + LENGTH));
  const [givenReal, givenImaginary] = [real.slice(), imaginary.slice()];
  const fft = createFft(LENGTH);

  fft(real, imaginary);
  fft(imaginary, real);

  for (let i = 0; i < LENGTH; i += 1) {
    assert(Math.abs(real[i]! / LENGTH - givenReal[i]!) < 1e-12);
    assert(Math.abs(imaginary[i]! / LENGTH - givenImaginary[i]!) < 1e-12);
  }
});
