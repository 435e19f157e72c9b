import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { AppError } from '../../../shared/app-error.ts';
import { type AnswerHeaders, sendBytes, sendText } from '../answer.ts';

const HTML = 'text/html; charset=utf-8';
const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};

/** One step of a path to a file of ours. */
const FILE = /^[\w-][\w.-]{0,127}$/;

export type RemotePages = {
  readonly send: (request: IncomingMessage, response: ServerResponse, path: string) => Promise<void>;
};

/** A page of its own: the remote's, or the one that captures. It holds no secret: whoever opened it has the token. */
export function createRemotePages(options: {
  readonly folder: string | undefined;
  /** Who may be shown in a frame: the page for viewers. */
  readonly frames: () => readonly string[];
  /** It may ask for camera, microphone and screen. */
  readonly mayCapture?: boolean;
}): RemotePages {
  const { folder, mayCapture = false } = options;
  return {
    async send(request, response, path) {
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        throw new AppError('request/method-not-allowed', `${path} can only be read.`, {
          details: { allow: ['GET', 'HEAD'] },
        });
      }
      const policy = policyOf(options.frames(), mayCapture);
      const steps = path.split('/').slice(1);
      const [first = '', second] = steps;
      if (path === '/') {
        const page = await read(folder, ['index.html']);
        if (page === undefined) {
          sendText(response, 503, { ...policy, 'Content-Type': HTML }, NOT_BUILT);
        } else {
          sendBytes(response, 200, { ...policy, 'Content-Type': HTML, 'Cache-Control': 'no-cache' }, page);
        }
        return;
      }
      const isOurs = steps.every((step) => FILE.test(step)) && (second === undefined || first === 'assets');
      const type = TYPES[extname(path)];
      const file = isOurs && steps.length <= 2 && type !== undefined ? await read(folder, steps) : undefined;
      if (file === undefined || type === undefined) {
        throw new AppError('resource/not-found', 'There is no such page.');
      }
      // The bundler writes a hash of the content into every name below assets/.
      const caching = second === undefined ? 'no-cache' : 'public, max-age=31536000, immutable';
      sendBytes(response, 200, { ...policy, 'Content-Type': type, 'Cache-Control': caching }, file);
    },
  };
}

async function read(folder: string | undefined, steps: readonly string[]): Promise<Uint8Array | undefined> {
  try {
    return folder === undefined ? undefined : await readFile(join(folder, ...steps));
  } catch {
    // Not built, or a name that was never there.
    return undefined;
  }
}

/** Content Security Policy Level 3: its own files, its own calls, and the page for viewers in a frame. */
function policyOf(frames: readonly string[], mayCapture: boolean): AnswerHeaders {
  const shown = frames.filter((origin) => /^https?:\/\/[\w.:[\]-]+$/.test(origin)).join(' ');
  const directives = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "manifest-src 'self'",
    ...(mayCapture ? ["worker-src 'self'"] : []),
    `frame-src ${shown === '' ? "'none'" : shown}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'Content-Security-Policy': directives.join('; '),
    'Permissions-Policy': mayCapture
      ? 'camera=(self), microphone=(self), display-capture=(self), geolocation=()'
      : 'camera=(), microphone=(), geolocation=()',
    'X-Robots-Tag': 'noindex',
  };
}

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>This page has not been built</title>
<h1>This page has not been built</h1>
<p>Run <code>npm run build</code> once in the folder of Lectern and load this page again.</p>
</html>
`;
