import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { AppError } from '../../shared/app-error.ts';
import { type AnswerHeaders, sendBytes, sendText } from './answer.ts';

const HTML = 'text/html; charset=utf-8';

const TYPES: Readonly<Record<string, string>> = {
  '.html': HTML,
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
};

/** The places of the window: their addresses are the page's own business, so that each of them is answered with the page. */
const PLACES = new Set(['studio', 'archive', 'service', 'settings']);

/** One step of a path to a file of ours. Nothing that leads elsewhere fits: no dot in front, no separator, no drive, no control character. */
const STEP = /^[\p{L}\p{N}_-][\p{L}\p{N}._-]*$/u;

type Pages = { readonly send: (request: IncomingMessage, response: ServerResponse) => Promise<void> };

/**
 * The page of the studio and the help, as static files. They hold no secret and so need no token: the page reads it from the fragment of its
 * address, which no browser sends.
 */
export function createPages(options: {
  readonly pagesFolder: string | undefined;
  readonly helpFolder: string | undefined;
  /** Where viewers are served, `http://127.0.0.1:8480`: the page plays the real stream. Asked every time, because sharing changes it. */
  readonly mediaOrigins: () => readonly string[];
}): Pages {
  return {
    async send(request, response) {
      const path = decodePath(request.url ?? '/');
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        throw new AppError('request/method-not-allowed', `${path} can only be read.`, {
          details: { allow: ['GET', 'HEAD'] },
        });
      }
      const steps = path.split('/').slice(1);
      const policy = securityPolicy(options.mediaOrigins());
      if (steps[0] === 'help') {
        await sendHelp(response, policy, steps.slice(1));
      } else if (path === '/' || PLACES.has(steps[0] ?? '')) {
        await sendPage(response, policy);
      } else {
        await sendStatic(response, policy, options.pagesFolder, steps);
      }
    },
  };

  async function sendPage(response: ServerResponse, policy: AnswerHeaders): Promise<void> {
    const page = await readStep(options.pagesFolder, ['index.html']);
    if (page === undefined) {
      sendText(response, 503, { ...policy, 'Content-Type': HTML }, NOT_BUILT);
    } else {
      sendBytes(response, 200, { ...policy, 'Content-Type': HTML, 'Cache-Control': 'no-cache' }, page);
    }
  }

  async function sendHelp(
    response: ServerResponse,
    policy: AnswerHeaders,
    steps: readonly string[],
  ): Promise<void> {
    if (steps.length === 0) {
      // Links inside the help are relative to its folder.
      sendText(response, 308, { ...policy, Location: '/help/' }, '');
      return;
    }
    const file = steps.at(-1) === '' ? [...steps.slice(0, -1), 'index.html'] : steps;
    await sendStatic(response, policy, options.helpFolder, file);
  }
}

async function sendStatic(
  response: ServerResponse,
  policy: AnswerHeaders,
  folder: string | undefined,
  steps: readonly string[],
): Promise<void> {
  const type = TYPES[extname(steps.at(-1) ?? '').toLowerCase()];
  const bytes = type === undefined ? undefined : await readStep(folder, steps);
  if (type === undefined || bytes === undefined) {
    sendText(response, 404, { ...policy, 'Content-Type': HTML }, NOT_FOUND);
    return;
  }
  // The bundler writes a hash of the content into every name below assets/.
  const caching = steps[0] === 'assets' ? 'public, max-age=31536000, immutable' : 'no-cache';
  sendBytes(response, 200, { ...policy, 'Content-Type': type, 'Cache-Control': caching }, bytes);
}

async function readStep(folder: string | undefined, steps: readonly string[]): Promise<Uint8Array | undefined> {
  if (folder === undefined || !steps.every((step) => STEP.test(step))) {
    return undefined;
  }
  try {
    return await readFile(join(folder, ...steps));
  } catch {
    // Not there, or a folder: there is no such page.
    return undefined;
  }
}

function decodePath(target: string): string {
  const encoded = target.replace(/[?#].*$/s, '');
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new AppError('resource/not-found', `There is no page ${encoded}.`);
  }
}

/**
 * What the page may load (Content Security Policy Level 3): its own scripts and nothing else that runs. Styles in elements because the component
 * library inserts some.
 */
function securityPolicy(mediaOrigins: readonly string[]): AnswerHeaders {
  const media = mediaOrigins.filter((origin) => /^https?:\/\/[\w.:[\]-]+$/.test(origin)).join(' ');
  const directives = [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "font-src 'self' data:",
    `img-src 'self' data: blob: ${media}`,
    `media-src 'self' blob: ${media}`,
    `connect-src 'self' ${media}`,
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'Content-Security-Policy': directives.map((directive) => directive.trimEnd()).join('; '),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), display-capture=()',
  };
}

function plainPage(title: string, text: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>
  body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 15vh auto; padding: 0 1rem; color-scheme: light dark; }
</style>
<h1>${title}</h1>
${text}
</html>
`;
}

const NOT_BUILT = plainPage(
  'Lectern is running, but its page has not been built',
  `<p>Run <code>npm run build</code> once in the folder of Lectern and load this page again.</p>
<p>Everything else works meanwhile: the command line, the control API and the streams.</p>`,
);

const NOT_FOUND = plainPage('There is no such page', '<p>Go to <a href="/">the studio</a>.</p>');
