/** What there is to watch, as the origin says it. */
export type Status =
  | {
      readonly kind: 'stream';
      readonly title: string;
      readonly state: 'waiting' | 'live' | 'ended' | 'empty';
      /** Undefined when the stream's policy allows no HLS, or none that this page has a key for. */
      readonly hls: string | undefined;
      /** Of pictures for seeking. */
      readonly storyboard?: string;
      /** Its keys may be for those with a token only. */
      readonly isProtected?: true;
      /** It plays with the Clear Key of the browser only. */
      readonly needsClearKey?: true;
      readonly downloads: readonly { readonly name: string; readonly url: string }[];
    }
  | { readonly kind: 'gone' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'unreachable' };

const STATES = ['waiting', 'live', 'ended', 'empty'] as const;

/** Asking takes no longer than this. */
const TIMEOUT_MS = 8000;

/** Never rejects: that nobody answers is one of the things there are to show. */
export async function askStatus(url: string, signal: AbortSignal): Promise<Status> {
  const given = new AbortController();
  const giveUp = (): void => given.abort();
  const timer = setTimeout(giveUp, TIMEOUT_MS);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    const response = await fetch(url, { cache: 'no-store', credentials: 'omit', signal: given.signal });
    if (response.status === 404) {
      return { kind: 'gone' };
    }
    if (response.status === 503) {
      return { kind: 'stopped' };
    }
    return response.ok ? readStatus(await response.json()) : { kind: 'unreachable' };
  } catch {
    // No network, no service, or an answer of somebody else in between.
    return { kind: 'unreachable' };
  } finally {
    clearTimeout(timer);
  }
}

export function readStatus(value: unknown): Status {
  const state = STATES.find((name) => name === at(value, 'state'));
  const title = at(value, 'title');
  const hls = at(value, 'hls');
  const storyboard = at(value, 'storyboard');
  const downloads = at(value, 'downloads');
  if (state === undefined || typeof title !== 'string') {
    return { kind: 'unreachable' };
  }
  return {
    kind: 'stream',
    title,
    state,
    hls: typeof hls === 'string' ? hls : undefined,
    ...(isOwnPath(storyboard) ? { storyboard } : {}),
    ...(at(value, 'isProtected') === true ? { isProtected: true } : {}),
    ...(at(value, 'needsClearKey') === true ? { needsClearKey: true } : {}),
    downloads: Array.isArray(downloads) ? downloads.flatMap(readDownload) : [],
  };
}

function readDownload(value: unknown): readonly { readonly name: string; readonly url: string }[] {
  const [name, url] = [at(value, 'name'), at(value, 'url')];
  return typeof name === 'string' && isOwnPath(url) ? [{ name, url }] : [];
}

/** Only ever a path of the origin itself. */
function isOwnPath(url: unknown): url is string {
  return typeof url === 'string' && /^\/(?!\/)/.test(url);
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
