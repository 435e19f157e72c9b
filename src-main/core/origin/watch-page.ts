import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { AppError } from '../../shared/app-error.ts';
import type { FindPublication, Publication } from '../ports/presentation.ts';
import type { Protection } from '../ports/protection.ts';
import { checkPicturesAllowed } from '../ports/storyboard.ts';
import { prefersGzip } from './accept-encoding.ts';
import { LICENCE_PATH } from './key-door.ts';
import type { Exchange, HeaderList, Representation, Responder } from './respond.ts';

/** The page that anybody with the link watches on: `/watch/{locatorId}`, what it is built of, and what it asks while it is open. */
export type WatchPage = {
  /** `path` begins with `/watch/`. `isStopped`: the page comes, and learns that nothing is served at present. */
  readonly send: (exchange: Exchange, path: string, isStopped: boolean) => Promise<void>;
};

const HTML = 'text/html; charset=utf-8';

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** One step of a path to a file of ours: nothing that leads elsewhere fits. */
const ASSET = /^[\w-][\w.-]{0,127}$/;
const LOCATOR = /^[0-9a-z-]{1,64}$/i;

/** Where the built page takes its title; a link preview reads nothing else. */
const TITLE_PLACE = '<title>Lectern</title>';

/**
 * Content Security Policy Level 3: its own files and nothing else. Media from blobs, because the player makes it so. Any site may show the page
 * in a frame: it holds nothing that could be stolen or clicked by mistake.
 */
const POLICY: HeaderList = [
  'Content-Security-Policy',
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self' data:",
    "img-src 'self' data:",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; '),
  'Referrer-Policy',
  'no-referrer',
  'Permissions-Policy',
  'camera=(), microphone=(), geolocation=()',
  // Who has the link may watch; a search engine shall not hand it on.
  'X-Robots-Tag',
  'noindex',
];

type Asset = {
  readonly type: string;
  readonly tag: string;
  readonly plain: Uint8Array;
  readonly packed: Uint8Array;
};

export function createWatchPage(options: {
  readonly folder: string | undefined;
  readonly findPublication: FindPublication;
  /** Whether there are pictures for seeking. */
  readonly hasStoryboards?: boolean;
  readonly responder: Responder;
}): WatchPage {
  const { folder, findPublication, hasStoryboards = false, responder } = options;
  const pack = promisify(gzip);
  /** Names hold a hash of the content, so a file once read never changes. */
  const assets = new Map<string, Asset>();

  async function readAsset(name: string): Promise<Asset | undefined> {
    const type = TYPES[extname(name)];
    if (folder === undefined || type === undefined || !ASSET.test(name)) {
      return undefined;
    }
    const plain = await readOrNothing(join(folder, 'assets', name));
    return plain === undefined ? undefined : { type, tag: digest(plain), plain, packed: await pack(plain) };
  }

  async function sendAsset(exchange: Exchange, name: string): Promise<void> {
    const asset = assets.get(name) ?? (await readAsset(name));
    if (asset === undefined) {
      throw new AppError('MPE_RESOURCE_NOT_FOUND', 'The watch page has no such file.');
    }
    assets.set(name, asset);
    responder.represent(exchange, fileOf(asset, 'hashed', exchange, []));
  }

  async function findAdmitted(locatorId: string, { address }: Exchange): Promise<Publication | undefined> {
    const publication = await findPublication(locatorId);
    if (publication?.admits?.(address) === false) {
      throw new AppError('origin/address-denied', 'Viewers of this address are not let in.');
    }
    return publication;
  }

  async function sendPage(exchange: Exchange, locatorId: string): Promise<void> {
    const page = folder === undefined ? undefined : await readOrNothing(join(folder, 'index.html'));
    if (page === undefined) {
      responder.text(exchange, 503, [...POLICY, 'Content-Type', HTML, 'Cache-Control', 'no-store'], NOT_BUILT);
      return;
    }
    const publication = await findPublication(locatorId);
    // Who may not watch is told so by the page, and nothing of what there is.
    const isAdmitted = publication?.admits?.(exchange.address) !== false;
    const title = escapeHtml((isAdmitted ? publication?.title : undefined) ?? 'Lectern');
    const head = `<title>${title}</title>\n    <meta property="og:title" content="${title}" />`;
    const plain = Buffer.from(
      Buffer.from(page)
        .toString('utf8')
        .replace(TITLE_PLACE, () => head),
    );
    if (publication === undefined) {
      // The page itself says it in words, and looks again: a link may be sent before it is valid.
      responder.text(exchange, 404, [...POLICY, 'Content-Type', HTML, 'Cache-Control', 'no-store'], plain);
      return;
    }
    const asset = { type: HTML, tag: digest(plain), plain, packed: await pack(plain) };
    responder.represent(exchange, fileOf(asset, 0, exchange, POLICY));
  }

  return {
    async send(exchange, path, isStopped) {
      const [first = '', second, ...rest] = path.split('/').slice(2);
      if (first === 'assets' && second !== undefined && rest.length === 0) {
        await sendAsset(exchange, second);
      } else if (!LOCATOR.test(first) || rest.length > 0) {
        throw new AppError('MPE_RESOURCE_NOT_FOUND', 'There is no such page.');
      } else if (second === undefined) {
        await sendPage(exchange, first);
      } else if (second === 'status.json') {
        if (isStopped) {
          throw stopped();
        }
        const status = statusOf(first, await findAdmitted(first, exchange), hasStoryboards);
        const headers = ['Content-Type', 'application/json', 'Cache-Control', 'no-store'];
        responder.text(exchange, 200, headers, JSON.stringify(status));
      } else {
        throw new AppError('MPE_RESOURCE_NOT_FOUND', 'There is no such page.');
      }
    },
  };
}

export function stopped(): AppError {
  return new AppError(
    'origin/stopped',
    'The streaming endpoint is stopped. Nothing is served until it is started again.',
  );
}

/** What the open page asks for: whether there is something to play, and where. */
function statusOf(locatorId: string, publication: Publication | undefined, hasStoryboard: boolean) {
  if (publication === undefined) {
    throw new AppError('MPE_RESOURCE_NOT_FOUND', 'There is no stream at this address.');
  }
  const { presentation, title, manifestName, protocols, files } = publication;
  const hasMedia = presentation.tracks().some(({ segments }) => segments.length > 0);
  const isLive = presentation.state() === 'live';
  const manifest = `/${locatorId}/${encodeURIComponent(manifestName)}.ism/manifest`;
  const tag = protocols.hls ? playableTag(publication) : undefined;
  return {
    title,
    state: isLive ? (hasMedia ? 'live' : 'waiting') : hasMedia ? 'ended' : 'empty',
    hls: tag === undefined ? null : `${manifest}(format=m3u8-cmaf${tag === 'clear' ? '' : `,encryption=${tag}`})`,
    ...(tag === undefined || tag === 'clear' ? {} : { isProtected: true }),
    ...(tag === 'cbcs-aapl' ? { needsClearKey: true } : {}),
    ...(hasStoryboard && arePicturesAllowed(publication)
      ? { storyboard: `/${locatorId}/${encodeURIComponent(manifestName)}.ism/Storyboard.vtt` }
      : {}),
    downloads: protocols.download
      ? [...files.keys()].map((name) => ({ name, url: `/${locatorId}/${encodeURIComponent(name)}` }))
      : [],
  };
}

function arePicturesAllowed(publication: Publication): boolean {
  try {
    checkPicturesAllowed(publication);
    return true;
  } catch {
    return false;
  }
}

/** Clear where that is allowed, else whole segments, which every browser plays, else samples for the Clear Key of the browser. */
function playableTag({ protect, presentation }: Publication): 'clear' | 'cbc' | 'cbcs-aapl' | undefined {
  if (protect === undefined) {
    return 'clear';
  }
  for (const tag of ['clear', 'cbc', 'cbcs-aapl'] as const) {
    try {
      const protection = protect('m3u8-cmaf', tag === 'clear' ? undefined : tag);
      if (tag !== 'cbcs-aapl' || protection === undefined || hasOwnLicences(protection, presentation)) {
        return tag;
      }
    } catch {
      // Not allowed, or its keys cannot be had.
    }
  }
  return undefined;
}

/**
 * Whether the licences are this service's, under whatever name: the page asks for them where it came from and may ask nobody else, and for DRM
 * systems it has none.
 */
function hasOwnLicences(protection: Protection, presentation: Publication['presentation']): boolean {
  return presentation.tracks().every(({ track }) => {
    const key = protection.keyOf(track);
    return (
      key === undefined ||
      protection
        .systemsOf(key)
        .some((system) => system.kind === 'clear-key' && new URL(system.licenseUrl).pathname === LICENCE_PATH)
    );
  });
}

function fileOf(
  { type, tag, plain, packed }: Asset,
  lifetime: Representation['lifetime'],
  { request }: Exchange,
  extra: HeaderList,
): Representation {
  const isPacked = prefersGzip(request.headers['accept-encoding']);
  const bytes = isPacked ? packed : plain;
  return {
    contentType: type,
    entityTag: isPacked ? `"${tag}-gz"` : `"${tag}"`,
    madeAtMs: undefined,
    lifetime,
    chunks: [bytes],
    size: bytes.byteLength,
    extra: [...extra, 'Vary', 'Accept-Encoding', ...(isPacked ? ['Content-Encoding', 'gzip'] : [])],
  };
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
}

async function readOrNothing(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch {
    // Not built, or a name that was never there.
    return undefined;
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (mark) => ENTITIES[mark] ?? mark);
}

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>The watch page has not been built</title>
<h1>The watch page has not been built</h1>
<p>Run <code>npm run build</code> once in the folder of Lectern and load this page again. The streams themselves are served meanwhile.</p>
</html>
`;
