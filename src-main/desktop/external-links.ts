/** Hosts that the product itself links to: where people find their stream keys, and where the tools come from. */
const KNOWN_HOSTS: readonly string[] = [
  'facebook.com',
  'ffmpeg.org',
  'linkedin.com',
  'obsproject.com',
  'twitch.tv',
  'vimeo.com',
  'youtube.com',
];

/**
 * What becomes of a link that leaves the window: opened in the browser, opened after a person has seen the host's name and agreed, or not
 * at all. Everything but the web is refused: the system would start programs for other schemes.
 *
 * Our own addresses are plain HTTP: the watch page (`originUrl`, and the same port on the address that other computers use) and the help
 * (`controlUrl`).
 */
export function judgeLink(
  link: string,
  own: { readonly controlUrl: string; readonly originUrl: string },
):
  | { readonly verdict: 'open' | 'ask'; readonly url: string; readonly host: string }
  | { readonly verdict: 'refuse' } {
  if (!URL.canParse(link)) {
    return { verdict: 'refuse' };
  }
  const url = new URL(link);
  // https://bank.example@evil.example/ reads as the wrong host.
  if (url.username !== '' || url.password !== '') {
    return { verdict: 'refuse' };
  }
  const found = { url: url.href, host: url.host };
  if (url.protocol === 'https:') {
    const known = KNOWN_HOSTS.some((host) => url.hostname === host || url.hostname.endsWith(`.${host}`));
    return { verdict: known || url.origin === new URL(own.originUrl).origin ? 'open' : 'ask', ...found };
  }
  if (url.protocol === 'http:') {
    if ([own.controlUrl, own.originUrl].some((address) => new URL(address).origin === url.origin)) {
      return { verdict: 'open', ...found };
    }
    if (url.port === new URL(own.originUrl).port) {
      return { verdict: 'ask', ...found };
    }
  }
  return { verdict: 'refuse' };
}

/** Whether an address belongs to the page of the service: the only page the window may be on. */
export function isOwnPage(address: string, controlUrl: string | undefined): boolean {
  return (
    controlUrl !== undefined && URL.canParse(address) && new URL(address).origin === new URL(controlUrl).origin
  );
}
