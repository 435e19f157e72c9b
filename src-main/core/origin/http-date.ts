/** An instant as HTTP writes it (RFC 9110 §5.6.7), to the second. */
export function httpDate(wallMs: number): string {
  return new Date(wallMs).toUTCString();
}

/**
 * The `Date` of answers. Give it the same steady clock as `/time`, playlists and media, because players compare them; formatted once a second,
 * because a busy origin answers tens of thousands in one.
 */
export function createDateStamp(): (wallMs: number) => string {
  let second = Number.NaN;
  let text = '';
  return (wallMs) => {
    const now = Math.floor(wallMs / 1000);
    if (now !== second) {
      second = now;
      text = httpDate(now * 1000);
    }
    return text;
  };
}
