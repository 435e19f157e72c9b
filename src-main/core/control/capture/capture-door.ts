import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../../base/clock.ts';
import { captureStart } from '../../../shared/api/browser-source.ts';
import { AppError } from '../../../shared/app-error.ts';
import { MOST_PIECE_BYTES } from '../../../shared/capture-piece.ts';
import type { CaptureDesk } from '../../ports/browser-source.ts';
import { sendJson, sendNothing, sendText } from '../answer.ts';
import { readBytes } from '../read-bytes.ts';
import { readJson } from '../read-json.ts';
import { createLimit } from '../remote/limit.ts';
import { createRemotePages } from '../remote/remote-pages.ts';
import { validate } from '../validate.ts';

/**
 * The page that captures and what it may call, below `/capture`: in the control server for the browsers of this computer, and in the server of
 * the remote for those of the network. Each checks its callers first; whoever has the secret of a link can send for that source and nothing else.
 */
export type CaptureDoor = {
  readonly has: (path: string) => boolean;
  readonly answer: (
    request: IncomingMessage,
    response: ServerResponse,
    asked: { readonly path: string; readonly from: string },
  ) => Promise<void>;
};

const BASE = '/capture';
const STREAM = /^\/streams\/([\w-]{1,64})(\/pieces)?$/;

/** Each begins a decoder: a page does that when it starts, when its picture has another size, and when it comes back. */
const STARTS_PER_SECOND = 2;
const STARTS_AT_ONCE = 10;

export function createCaptureDoor(options: {
  readonly desk: CaptureDesk;
  /** The built page. */
  readonly folder: string | undefined;
  readonly clock: Clock;
}): CaptureDoor {
  const { desk, clock } = options;
  const pages = createRemotePages({ folder: options.folder, frames: () => [], mayCapture: true });
  const starts = createLimit({ clock, perSecond: STARTS_PER_SECOND, atOnce: STARTS_AT_ONCE });
  /** Sources of which a piece is being read: a second one beside it would only hold memory. */
  const reading = new Set<string>();

  function sourceOf({ headers }: IncomingMessage): string {
    const token = /^Bearer +(\S{1,100}) *$/i.exec(headers.authorization ?? '')?.[1];
    const source = token === undefined ? undefined : desk.authenticate(token);
    if (source === undefined) {
      throw new AppError(
        'browser/unknown-link',
        'This link lets nobody in, or not any more. Ask the studio for a new one.',
      );
    }
    return source;
  }

  async function take(request: IncomingMessage, source: string, stream: string) {
    if (reading.has(source)) {
      throw new AppError('resource/busy', 'The piece before this one is still being read.');
    }
    reading.add(source);
    try {
      return desk.take(source, stream, await readBytes(request, MOST_PIECE_BYTES));
    } finally {
      reading.delete(source);
    }
  }

  async function answerCall(
    request: IncomingMessage,
    response: ServerResponse,
    { path, from }: { readonly path: string; readonly from: string },
  ): Promise<void> {
    const source = sourceOf(request);
    const call = `${request.method ?? 'GET'} ${path}`;
    const [, stream = '', pieces] = STREAM.exec(path) ?? [];
    if (call === 'GET ') {
      sendJson(response, 200, {}, desk.state(source));
    } else if (call === 'POST /streams') {
      starts.take(source);
      const asked = validate(captureStart, await readJson(request), 'body');
      sendJson(response, 201, {}, desk.start(source, asked, from));
    } else if (stream !== '' && pieces !== undefined && request.method === 'POST') {
      sendJson(response, 200, {}, await take(request, source, stream));
    } else if (stream !== '' && pieces === undefined && request.method === 'DELETE') {
      desk.stop(source, stream);
      sendNothing(response, {});
    } else {
      throw new AppError('resource/not-found', 'The page that captures has no such call.');
    }
  }

  return {
    has: (path) => path === BASE || path.startsWith(`${BASE}/`),
    async answer(request, response, { path, from }) {
      const rest = path.slice(BASE.length);
      if (rest === '') {
        // What the page loads lies beside it. The secret behind # stays where it is.
        sendText(response, 308, { Location: `${BASE}/` }, '');
      } else if (/^\/api(?:\/|$)/.test(rest)) {
        await answerCall(request, response, { path: rest.slice('/api'.length), from });
      } else {
        await pages.send(request, response, rest);
      }
    },
  };
}
