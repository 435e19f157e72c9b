/** One picture in a sprite, and the stretch of time that it stands for. */
export type Tile = {
  /** Milliseconds since 1970. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly url: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

/** What a WebVTT storyboard has in it, by time. */
export type StoryboardText = { readonly tiles: readonly Tile[] };

const TIME = String.raw`(?:(\d+):)?(\d{2}):(\d{2})\.(\d{3})`;
const CUE = new RegExp(`^${TIME} --> ${TIME}\\n(\\S+)#xywh=(\\d+),(\\d+),(\\d+),(\\d+)$`);

/** Undefined when it is none of ours: without the UTC of its beginning nobody knows what its times mean. */
export function parseStoryboard(text: string, baseUrl: string): StoryboardText | undefined {
  const [header = '', ...blocks] = text.replaceAll('\r\n', '\n').trim().split(/\n\n+/);
  const beginMs = Date.parse(/^X-PROGRAM-DATE-TIME:(\S+)$/m.exec(header)?.[1] ?? '');
  if (!header.startsWith('WEBVTT') || Number.isNaN(beginMs)) {
    return undefined;
  }
  const tiles = blocks.flatMap((block) => tileOf(block, beginMs, baseUrl));
  const newest = tiles.at(-1)?.url;
  const count = tiles.filter(({ url }) => url === newest).length;
  // The newest sprite grows: what was loaded of it before lacks the pictures since then.
  return {
    tiles: tiles.map((tile) => (tile.url === newest ? { ...tile, url: `${newest}?pictures=${count}` } : tile)),
  };
}

function tileOf(block: string, beginMs: number, baseUrl: string): readonly Tile[] {
  const [, ...parts] = CUE.exec(block) ?? [];
  const [url = '', ...numbers] = parts.slice(8);
  const [x = 0, y = 0, width = 0, height = 0] = numbers.map(Number);
  const from = msOf(parts.slice(0, 4));
  const to = msOf(parts.slice(4, 8));
  const address = URL.parse(url, baseUrl);
  return address === null || parts.length === 0
    ? []
    : [{ fromMs: beginMs + from, toMs: beginMs + to, url: address.href, x, y, width, height }];
}

function msOf([hours = '0', minutes, seconds, ms]: readonly (string | undefined)[]): number {
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(ms);
}

/** The picture of a time; undefined where there is none. */
export function tileAt({ tiles }: StoryboardText, wallMs: number): Tile | undefined {
  let low = 0;
  for (let high = tiles.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if ((tiles[middle]?.fromMs ?? 0) <= wallMs) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const tile = tiles[low - 1];
  return tile !== undefined && wallMs < tile.toMs ? tile : undefined;
}

/** A picture that is ready to be shown. */
export type ShownTile = Tile & {
  /** Of the whole sprite. */
  readonly spriteWidth: number;
  readonly spriteHeight: number;
};

/** The pictures of one stream, fetched when they are wanted for the first time. */
export type Storyboard = {
  /** Resolves when the picture can be shown; with undefined when there is none, or it cannot be had. */
  readonly at: (wallMs: number) => Promise<ShownTile | undefined>;
};

type ImageSize = { readonly width: number; readonly height: number };
type LoadedImage = {
  readonly loaded: Promise<ImageSize | undefined>;
  readonly askedMs: number;
  hasFailed: boolean;
};

/** What could not be had is asked for again after so long, and so is the text while there may be more. */
const RETRY_MS = 5000;

export function createStoryboard(
  url: string,
  page: {
    readonly fetchText: (url: string) => Promise<string | undefined>;
    /** Resolves with the size of the image, undefined when it cannot be had. */
    readonly loadImage: (url: string) => Promise<ImageSize | undefined>;
    readonly nowMs: () => number;
  },
): Storyboard {
  const images = new Map<string, LoadedImage>();
  let text: { readonly read: Promise<StoryboardText | undefined>; readonly askedMs: number } | undefined;

  async function readText(): Promise<StoryboardText | undefined> {
    const answer = await page.fetchText(url);
    return answer === undefined ? undefined : parseStoryboard(answer, url);
  }

  function askText(): Promise<StoryboardText | undefined> {
    text = { read: readText(), askedMs: page.nowMs() };
    return text.read;
  }

  async function find(wallMs: number): Promise<Tile | undefined> {
    const known = text;
    const read = await (known?.read ?? askText());
    const tile = read && tileAt(read, wallMs);
    if (tile !== undefined || known === undefined || page.nowMs() < known.askedMs + RETRY_MS) {
      return tile;
    }
    // A broadcast goes on.
    const again = await (text === known ? askText() : text?.read);
    return again && tileAt(again, wallMs);
  }

  async function load(imageUrl: string): Promise<ImageSize | undefined> {
    const known = images.get(imageUrl);
    const isStale = known?.hasFailed === true && page.nowMs() >= known.askedMs + RETRY_MS;
    const image = known === undefined || isStale ? ask(imageUrl) : known;
    const size = await image.loaded;
    image.hasFailed = size === undefined;
    return size;
  }

  function ask(imageUrl: string): LoadedImage {
    const image = { loaded: page.loadImage(imageUrl), askedMs: page.nowMs(), hasFailed: false };
    images.set(imageUrl, image);
    return image;
  }

  return {
    async at(wallMs) {
      const tile = await find(wallMs);
      if (tile === undefined) {
        return undefined;
      }
      const size = await load(tile.url);
      return size === undefined ? undefined : { ...tile, spriteWidth: size.width, spriteHeight: size.height };
    },
  };
}
