/**
 * CRC-32 of gzip (RFC 1952 §8) over pieces whose own checksums are known, without looking at their bytes again. Appending `n` bytes
 * multiplies the checksum before them by x^(8n) modulo the polynomial; bit 31 is x^0, as in the checksum itself.
 */
const POLYNOMIAL = 0xedb8_8320;
const ONE = 0x8000_0000;

function multiply(a: number, b: number): number {
  let product = 0;
  let factor = b;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) {
      product ^= factor;
    }
    factor = (factor & 1) === 1 ? (factor >>> 1) ^ POLYNOMIAL : factor >>> 1;
  }
  return product >>> 0;
}

/** x^(2^k) for k = 3, 4, …: what appending 1, 2, 4, … bytes multiplies by. */
const POWERS = powers();

function powers(): readonly number[] {
  const x = ONE >>> 1;
  // Squared three times for the eight bits of a byte.
  let power = [1, 2, 3].reduce((value) => multiply(value, value), x);
  return Array.from({ length: 48 }, () => {
    const current = power;
    power = multiply(power, power);
    return current;
  });
}

/** x^(8n): the factor that stands for `n` appended bytes. To be kept with a piece that is appended often. */
export function shiftFactor(byteLength: number): number {
  let factor = ONE;
  let rest = byteLength;
  for (let k = 0; rest > 0; k += 1) {
    if (rest % 2 === 1) {
      factor = multiply(POWERS[k] ?? ONE, factor);
    }
    rest = Math.floor(rest / 2);
  }
  return factor;
}

/** The checksum of a piece behind what has the checksum `before`; `factor` is that of the piece's length. */
export function appendCrc(before: number, crc: number, factor: number): number {
  return (multiply(factor, before) ^ crc) >>> 0;
}
