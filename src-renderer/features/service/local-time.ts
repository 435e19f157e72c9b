/** What a field for a time of day holds, in the person's own time: `2026-11-21T18:30`. As ISO 8601; undefined when it is no time. */
export function isoOf(local: string): string | undefined {
  const atMs = new Date(local).getTime();
  return local === '' || Number.isNaN(atMs) ? undefined : new Date(atMs).toISOString();
}

/** The way back, to the millisecond of a Unix time in ms; empty for what such a field cannot hold: years of more than four digits. */
export function localOf(atMs: number): string {
  const at = new Date(atMs);
  if (!(at.getFullYear() <= 9999)) {
    return '';
  }
  const digits = (value: number, count = 2): string => String(value).padStart(count, '0');
  const day = `${digits(at.getFullYear(), 4)}-${digits(at.getMonth() + 1)}-${digits(at.getDate())}`;
  const [seconds, milliseconds] = [at.getSeconds(), at.getMilliseconds()];
  const rest =
    seconds === 0 && milliseconds === 0
      ? ''
      : `:${digits(seconds)}${milliseconds === 0 ? '' : `.${digits(milliseconds, 3)}`}`;
  return `${day}T${digits(at.getHours())}:${digits(at.getMinutes())}${rest}`;
}
