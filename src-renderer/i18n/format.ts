/** Figures as people of a language write them. All pure; the language is a parameter. */

/** `1:02:07` and `12:07`; on air always with hours, so that the figure does not jump when the first is full. */
export function clockTime(totalSeconds: number, options: { readonly withHours?: boolean } = {}): string {
  const whole = Math.max(0, Math.floor(totalSeconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const seconds = String(whole % 60).padStart(2, '0');
  if (options.withHours === true) {
    return `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}:${seconds}`;
  }
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${seconds}` : `${minutes}:${seconds}`;
}

/** `12:07.1`, in German `12:07,1`; no tenths on whole seconds. */
export function exactTime(totalSeconds: number, language: string): string {
  const tenths = Math.round(Math.max(0, totalSeconds) * 10);
  const whole = clockTime(Math.floor(tenths / 10));
  return tenths % 10 === 0 ? whole : whole + decimal((tenths % 10) / 10, 1, language).slice(1);
}

/** Seconds of `1:02:07.5`, `12:07` or `7.5`; undefined when the text is no time. */
export function parseClockTime(text: string): number | undefined {
  const match = /^(?:(?:(\d+):)?([0-5]?\d):)?(\d+(?:[.,]\d+)?)$/.exec(text.trim());
  if (match === null) {
    return undefined;
  }
  const [, hours = '0', minutes = '0', seconds = '0'] = match;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds.replace(',', '.'));
}

/** A length of time in words: `5 h 10 min`, `42 min`, `38 s`. Rounded down: what is left is never promised too high. */
export function roughDuration(totalSeconds: number, language: string): string {
  const seconds = Math.max(0, Math.floor(totalSeconds));
  const part = (value: number, unit: 'hour' | 'minute' | 'second' | 'day'): string =>
    new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short' }).format(value);
  if (seconds >= 172_800) {
    return part(Math.floor(seconds / 86_400), 'day');
  }
  if (seconds >= 3600) {
    const minutes = Math.floor((seconds % 3600) / 60);
    const hours = part(Math.floor(seconds / 3600), 'hour');
    return minutes === 0 ? hours : `${hours} ${part(minutes, 'minute')}`;
  }
  return seconds >= 60 ? part(Math.floor(seconds / 60), 'minute') : part(seconds, 'second');
}

const SIZE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** Bytes in decimal units, as disks are sold and file managers count. */
export function byteSize(bytes: number, language: string): string {
  const power = bytes < 1000 ? 0 : Math.min(SIZE_UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: SIZE_UNITS[power] ?? 'byte',
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: value < 10 && power > 0 ? 1 : 0,
  }).format(value);
}

/** Bits per second: `4.2 Mbit/s`, `128 kbit/s`. */
export function bitrate(bitsPerSecond: number, language: string): string {
  const isMega = bitsPerSecond >= 1_000_000;
  const value = bitsPerSecond / (isMega ? 1_000_000 : 1000);
  const digits = isMega ? 1 : 0;
  const figure = new Intl.NumberFormat(language, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
  return `${figure} ${isMega ? 'Mbit/s' : 'kbit/s'}`;
}

export function decimal(value: number, digits: number, language: string): string {
  return new Intl.NumberFormat(language, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}

/** A level: `−12.4 dB`; silence has no figure. */
export function decibels(db: number, language: string): string {
  return db <= -100 ? '−∞' : decimal(db, 1, language).replace('-', '−');
}

export function dateAndTime(iso: string, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso));
}

export function timeOfDay(iso: string, language: string): string {
  return new Intl.DateTimeFormat(language, { timeStyle: 'medium' }).format(new Date(iso));
}
