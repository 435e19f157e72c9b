import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../../shared/app-error.ts';
import type { Services } from '../ports/services.ts';
import { type AnswerHeaders, sendBytes, writeHead } from './answer.ts';
import { readRange } from './byte-range.ts';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.mp4': 'video/mp4',
  '.m4a': 'audio/mp4',
  '.mkv': 'video/x-matroska',
};

/** A finished export as a download, with ranges, so that browsers resume and players seek (RFC 9110 §14). */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  fileName: string,
): Promise<void> {
  await using file = await openFile(path);
  const { size, mtime, mtimeMs } = await file.stat();
  const entityTag = `"${size.toString(36)}-${Math.floor(mtimeMs).toString(36)}"`;
  const headers: AnswerHeaders = {
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'private, no-cache',
    ETag: entityTag,
    'Last-Modified': mtime.toUTCString(),
    'Content-Type': MEDIA_TYPES[extname(fileName).toLowerCase()] ?? 'application/octet-stream',
    'Content-Disposition': attachment(fileName),
  };
  // A part of one version must not be glued to a part of another (RFC 9110 §13.1.5).
  const ifRange = request.headers['if-range'];
  const fresh = ifRange === undefined || ifRange === entityTag || ifRange === mtime.toUTCString();
  const range = readRange(fresh ? request.headers.range : undefined, size);
  if (range === 'unsatisfiable') {
    sendBytes(response, 416, { ...headers, 'Content-Range': `bytes */${size}` }, new Uint8Array());
    return;
  }
  const { first, last } = range === 'whole' ? { first: 0, last: size - 1 } : range;
  writeHead(response, range === 'whole' ? 200 : 206, {
    ...headers,
    'Content-Length': last - first + 1,
    ...(range === 'whole' ? {} : { 'Content-Range': `bytes ${first}-${last}/${size}` }),
  });
  if (request.method === 'HEAD' || size === 0) {
    response.end();
    return;
  }
  await pipeline(file.createReadStream({ start: first, end: last, autoClose: false }), response);
}

async function openFile(path: string) {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw noLongerThere(error);
  }
}

export function noLongerThere(cause: unknown): AppError {
  return new AppError('resource/not-found', 'What was exported is no longer where it was written.', { cause });
}

/** RFC 6266: a plain name for everybody, and the real one in UTF-8 (RFC 8187). */
export function attachment(fileName: string): string {
  const plain = fileName.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(fileName).replaceAll(
    /['()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

/** A recording in progress may get a better poster, and what is shown may be taken back: so an hour and a check afterwards. */
export const PICTURE_SECONDS = 3600;

/** The poster of a recording, or the slate that is the one file of an asset. Throws `archive/empty` when there is neither. */
export async function answerPoster(
  { assets, slates }: Pick<Services, 'assets' | 'slates'>,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    sendPicture(request, response, await assets.poster(name), PICTURE_SECONDS);
  } catch (error) {
    const isEmpty = error instanceof AppError && error.code === 'archive/empty';
    const slate = isEmpty ? await slates.read(name).catch(() => undefined) : undefined;
    if (slate === undefined) {
      throw error;
    }
    sendPicture(request, response, slate, 0);
  }
}

/** One that the caller may keep for so long, and then has to ask whether it is still that. */
export function sendPicture(
  request: IncomingMessage,
  response: ServerResponse,
  jpeg: Uint8Array,
  lifetimeSeconds: number,
): void {
  const entityTag = `"${createHash('sha256').update(jpeg).digest('base64url').slice(0, 22)}"`;
  const headers = { 'Cache-Control': `private, max-age=${lifetimeSeconds}`, ETag: entityTag };
  if (request.headers['if-none-match'] === entityTag) {
    writeHead(response, 304, headers);
    response.end();
    return;
  }
  sendBytes(response, 200, { ...headers, 'Content-Type': 'image/jpeg' }, jpeg);
}
