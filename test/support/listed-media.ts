import { setTimeout as wait } from 'node:timers/promises';

/** A segment as a playlist lists it. */
export type ListedSegment = {
  readonly url: string;
  /** UTC of its beginning, in ms since 1970. */
  readonly startMs: number;
  readonly seconds: number;
};

/** What a media playlist of low-latency HLS lists: whole segments, and the parts of the one that is being written. */
export type Listing = {
  readonly segments: readonly ListedSegment[];
  readonly open:
    | { readonly startMs: number; readonly seconds: number; readonly parts: readonly string[] }
    | undefined;
  readonly isEnded: boolean;
};

export function parseListing(text: string, url: string): Listing {
  const segments: ListedSegment[] = [];
  let startMs = Number.NaN;
  let parts: string[] = [];
  let partSeconds = 0;
  let seconds = 0;
  for (const line of text.split('\n')) {
    if (line.startsWith('#EXT-X-PROGRAM-DATE-TIME:')) {
      startMs = Date.parse(line.slice(line.indexOf(':') + 1));
    } else if (line.startsWith('#EXT-X-PART:')) {
      partSeconds += Number(/DURATION=([\d.]+)/.exec(line)?.[1]);
      parts.push(new URL(/URI="([^"]+)"/.exec(line)?.[1] ?? '', url).href);
    } else if (line.startsWith('#EXTINF:')) {
      seconds = Number(/[\d.]+/.exec(line)?.[0]);
    } else if (line !== '' && !line.startsWith('#')) {
      segments.push({ url: new URL(line, url).href, startMs, seconds });
      parts = [];
      partSeconds = 0;
    }
  }
  return {
    segments,
    open: parts.length === 0 ? undefined : { startMs, seconds: partSeconds, parts },
    isEnded: text.includes('#EXT-X-ENDLIST'),
  };
}

/** UTC in ms to which a playlist lists media; undefined when it lists none. */
export function listedUntilMs({ segments, open }: Listing): number | undefined {
  const last = open ?? segments.at(-1);
  return last === undefined ? undefined : last.startMs + last.seconds * 1000;
}

/** A viewer of one rendition who keeps everything that was listed, and what it was. */
export type Watcher = {
  /** The newest listing; undefined before the first. */
  readonly listing: () => Listing | undefined;
  /** Of whole segments and of parts, by address. */
  readonly media: ReadonlyMap<string, Buffer>;
  /** Resolves in the moment in which more is listed than now, before that is fetched. */
  readonly more: () => Promise<Listing>;
  /** Resolves when the server is gone. */
  readonly gone: Promise<void>;
};

/** Asks as low-latency players do: each answer waits for the next part. Goes on until nobody answers any more. */
export function watchListing(url: string): Watcher {
  const media = new Map<string, Buffer>();
  let listing: Listing | undefined;
  let more = Promise.withResolvers<Listing>();

  async function follow(): Promise<void> {
    for (;;) {
      const answer = await fetch(nextUrl(url, listing));
      const text = await answer.text();
      if (answer.ok) {
        listing = parseListing(text, url);
        more.resolve(listing);
        more = Promise.withResolvers();
        const { segments, open } = listing;
        await Promise.all([...segments.slice(-2).map((one) => one.url), ...(open?.parts ?? [])].map(keep));
      } else {
        // Nothing is whole yet.
        await wait(50);
      }
    }
  }

  async function keep(address: string): Promise<void> {
    if (!media.has(address)) {
      const answer = await fetch(address);
      const bytes = Buffer.from(await answer.arrayBuffer());
      if (answer.ok) {
        media.set(address, bytes);
      }
    }
  }

  async function untilGone(): Promise<void> {
    try {
      await follow();
    } catch {
      // The connection broke: what was listed and fetched until then counts.
    }
  }

  return { listing: () => listing, media, more: () => more.promise, gone: untilGone() };
}

function nextUrl(url: string, listing: Listing | undefined): string {
  if (listing === undefined) {
    return url;
  }
  const asked = new URL(url);
  // Every broadcast here is shorter than its window: the first segment has the number 1.
  asked.searchParams.set('_HLS_msn', String(listing.segments.length + 1));
  asked.searchParams.set('_HLS_part', String(listing.open?.parts.length ?? 0));
  return asked.href;
}
