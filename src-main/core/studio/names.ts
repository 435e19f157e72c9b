/** Names for what a broadcast makes, from its title and its start. */

/** `weekly-talk-20261121-103000`: letters, digits and hyphens, so that it is at home in a URL and on a command line. */
export function assetNameFor(title: string, startMs: number): string {
  const slug = title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
    .replace(/-+$/, '');
  return `${slug === '' ? 'recording' : slug}-${stamp(startMs)}`;
}

/** Live event names have at most 32 characters. */
export function liveEventNameFor(kind: 'live' | 'rehearsal', startMs: number): string {
  return `${kind}-${stamp(startMs)}`;
}

/** `20261121-103000-123` in UTC: two broadcasts within a second must not meet. */
function stamp(atMs: number): string {
  const digits = new Date(atMs).toISOString().replace(/\D/g, '');
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}-${digits.slice(14, 17)}`;
}
