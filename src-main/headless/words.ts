import { parseIsoDuration } from '../shared/iso-duration.ts';

/** `1:30`, `01:00:00`: hours, minutes and seconds as people say them. */
const CLOCK = /^(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:\.\d+)?)$/;
const UNITS = /^(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s?)?$/;

/** Seconds of `30s`, `1h30m`, `90`, `1:30` or `PT30S`; undefined when it is no time longer than nothing. */
export function parseDuration(text: string): number | undefined {
  const seconds = parseIsoDuration(text) ?? fromClock(text) ?? fromUnits(text);
  return seconds !== undefined && seconds > 0 ? seconds : undefined;
}

function fromClock(text: string): number | undefined {
  const match = CLOCK.exec(text);
  if (match === null) {
    return undefined;
  }
  const [hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part || 0));
  return minutes < 60 && seconds < 60 ? hours * 3600 + minutes * 60 + seconds : undefined;
}

function fromUnits(text: string): number | undefined {
  const match = UNITS.exec(text);
  if (match === null || text === '') {
    return undefined;
  }
  const [hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part || 0));
  return hours * 3600 + minutes * 60 + seconds;
}

/** `00:12:07`: does not jump while it counts. */
export function clockWords(totalSeconds: number): string {
  const whole = Math.max(0, Math.floor(totalSeconds));
  return [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}

/** `3 h 20 min`, `45 s`: about how long. */
export function aboutWords(totalSeconds: number): string {
  const minutes = Math.floor(totalSeconds / 60);
  if (minutes < 2) {
    return `${Math.max(0, Math.floor(totalSeconds))} s`;
  }
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function sizeWords(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power] ?? ''}`;
}

export function bitrateWords(bitsPerSecond: number): string {
  return `${(bitsPerSecond / 1e6).toFixed(1)} Mbit/s`;
}

/** What a name or a title may not do to the terminal: move the cursor, or worse. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ');
}
