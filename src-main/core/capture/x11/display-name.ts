/** Where an X server listens, as the DISPLAY variable says. */
export type DisplayName = {
  /** Empty for this computer. */
  readonly host: string;
  readonly display: number;
  readonly screen: number;
};

/** Reads `:0`, `:0.1`, `unix:0`, `host:10.0`; undefined for what is no display of this form. See X(7), "DISPLAY NAMES". */
export function parseDisplayName(text: string): DisplayName | undefined {
  const parts = /^(?<host>[^:]*):(?<display>\d{1,5})(?:\.(?<screen>\d{1,3}))?$/.exec(text)?.groups;
  if (parts === undefined) {
    return undefined;
  }
  const host = parts['host'] ?? '';
  return {
    host: host === 'unix' || host === 'localhost' ? '' : host,
    display: Number(parts['display']),
    screen: Number(parts['screen'] ?? 0),
  };
}

/** X servers on other computers, and those that ssh forwards, listen on 6000 and up (x.org, "X Window System Protocol", connection setup). */
const TCP_BASE = 6000;

/** What to connect to, in the order to try. ssh's forwarded displays have no socket file, though they say `localhost`. */
export function displayAddresses({
  host,
  display,
}: DisplayName): readonly ({ readonly path: string } | { readonly host: string; readonly port: number })[] {
  const tcp = { host: host === '' ? '127.0.0.1' : host, port: TCP_BASE + display };
  return host === '' ? [{ path: `/tmp/.X11-unix/X${display}` }, tcp] : [tcp];
}
