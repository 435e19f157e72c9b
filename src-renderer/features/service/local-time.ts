/** What a field for a time of day holds, in the person's own time: `2026-11-21T18:30`. As ISO 8601; undefined when it is no time. */
export function isoOf(local: string): string | undefined {
  const atMs = new Date(local).getTime();
  return local === '' || Number.isNaN(atMs) ? undefined : new Date(atMs).toISOString();
}
