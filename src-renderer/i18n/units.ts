import { formatIsoDuration, parseIsoDuration } from '../../src-main/shared/iso-duration.ts';

const GIGABYTE = 1_000_000_000;

/** Hours of an ISO duration, as a person types them. */
export function hoursOf(duration: string): string {
  return trimmed((parseIsoDuration(duration) ?? 0) / 3600);
}

/** The ISO duration of typed hours; undefined when the text is no number above 0. */
export function durationOf(hours: string): string | undefined {
  const value = numberOf(hours);
  return value === undefined || value === 0 ? undefined : formatIsoDuration(Math.round(value * 3600));
}

export function gigabytesOf(bytes: number): string {
  return trimmed(bytes / GIGABYTE);
}

export function bytesOf(gigabytes: string): number | undefined {
  const value = numberOf(gigabytes);
  return value === undefined ? undefined : Math.round(value * GIGABYTE);
}

export function portOf(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}

export function numberOf(text: string): number | undefined {
  return /^\d+(?:[.,]\d+)?$/.test(text) ? Number(text.replace(',', '.')) : undefined;
}

function trimmed(value: number): string {
  return String(Math.round(value * 100) / 100);
}
