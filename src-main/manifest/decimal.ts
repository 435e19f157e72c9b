import { malformed } from './malformed.ts';

const ZERO = 48;
const POINT = 46;

/** A number as plain decimal text, never with an exponent: up to `decimals` (1..20) digits behind the point, without zeros at the end. */
export function formatDecimal(value: number, decimals = 6): string {
  if (!Number.isFinite(value) || Math.abs(value) >= 1e21) {
    throw malformed('number', 'only finite numbers below 10^21 can be written');
  }
  if (Number.isInteger(value)) {
    return value.toFixed(0);
  }
  const text = value.toFixed(decimals);
  let end = text.length;
  while (text.charCodeAt(end - 1) === ZERO) {
    end -= 1;
  }
  if (text.charCodeAt(end - 1) === POINT) {
    end -= 1;
  }
  const trimmed = text.slice(0, end);
  return trimmed === '-0' ? '0' : trimmed;
}

/** Whether `formatDecimal` gives the number without a fraction. */
export function isWrittenAsInteger(value: number, decimals = 6): boolean {
  return Number.isInteger(value) || !formatDecimal(value, decimals).includes('.');
}
