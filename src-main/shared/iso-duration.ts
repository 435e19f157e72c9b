/**
 * ISO 8601 durations as the API writes them: days and smaller, because a year or a month has no fixed length (DASH-IF IOP 3.2.7.4 says the
 * same of MPDs).
 */
const PATTERN =
  /^P(?:(\d+(?:\.\d+)?)D)?(?:T(?=\d)(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** Seconds of a duration such as `PT1H30M` or `PT2.5S`; undefined when the text is not one. */
export function parseIsoDuration(text: string): number | undefined {
  const match = PATTERN.exec(text);
  if (match === null || text.length > 64 || !/\d/.test(text)) {
    return undefined;
  }
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part || 0));
  return days * 86_400 + hours * 3600 + minutes * 60 + seconds;
}

/** The duration of a number of seconds, to the millisecond: `PT1H0M2.5S` is written `PT1H2.5S`. */
export function formatIsoDuration(totalSeconds: number): string {
  const totalMs = Math.max(0, Math.round(totalSeconds * 1000));
  const hours = Math.floor(totalMs / 3_600_000);
  const minutes = Math.floor((totalMs % 3_600_000) / 60_000);
  const seconds = (totalMs % 60_000) / 1000;
  const text = `${hours > 0 ? `${hours}H` : ''}${minutes > 0 ? `${minutes}M` : ''}${seconds > 0 ? `${seconds}S` : ''}`;
  return `PT${text === '' ? '0S' : text}`;
}
