import { formatDecimal } from '../decimal.ts';
import { malformed } from '../malformed.ts';
import { token } from './element-reader.ts';

/** Kinds of values that MPDs have of their own, and how they are written. */

/** `16:9`: of a picture (`par`) or of its pixels (`sar`). */
export type Ratio = { readonly x: number; readonly y: number };

/** Frames per second. */
export type FrameRate = { readonly numerator: number; readonly denominator: number };

/** xs:duration of a number of seconds, to the microsecond: hours, minutes and seconds, nothing longer. */
export function formatDuration(seconds: number | undefined): string | undefined {
  if (seconds === undefined) {
    return undefined;
  }
  if (!(seconds >= 0 && seconds < Number.MAX_SAFE_INTEGER / 1e6)) {
    throw malformed('MPD duration', 'only finite durations that are not negative can be written');
  }
  const microseconds = Math.round(seconds * 1e6);
  const hours = Math.floor(microseconds / 3.6e9);
  const minutes = Math.floor((microseconds % 3.6e9) / 6e7);
  const rest = formatDecimal((microseconds % 6e7) / 1e6);
  const text = `${hours > 0 ? `${hours}H` : ''}${minutes > 0 ? `${minutes}M` : ''}${rest === '0' ? '' : `${rest}S`}`;
  return text === '' ? 'PT0S' : `PT${text}`;
}

/** xs:double. */
export function formatDouble(value: number | undefined): string | undefined {
  if (value === undefined) {
    return undefined;
  }
  return value === Number.POSITIVE_INFINITY ? 'INF' : formatDecimal(value);
}

export function formatRatio(ratio: Ratio | undefined): string | undefined {
  return ratio && `${ratio.x}:${ratio.y}`;
}

export const ratio = token<Ratio>((value) => {
  const [, x, y] = /^(\d{1,9}):(\d{1,9})$/.exec(value) ?? [];
  return x === undefined || y === undefined ? undefined : { x: Number(x), y: Number(y) };
});

export function formatFrameRate(rate: FrameRate | undefined): string | undefined {
  if (rate === undefined || rate.denominator === 1) {
    return rate && String(rate.numerator);
  }
  return `${rate.numerator}/${rate.denominator}`;
}

export const frameRate = token<FrameRate>((value) => {
  const [, numerator, denominator = '1'] = /^(\d{1,9})(?:\/([1-9]\d{0,8}))?$/.exec(value) ?? [];
  return numerator === undefined ? undefined : { numerator: Number(numerator), denominator: Number(denominator) };
});
