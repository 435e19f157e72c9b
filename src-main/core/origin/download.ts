import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../../shared/app-error.ts';
import type { Publication } from '../ports/presentation.ts';
import { readRange } from './byte-range.ts';
import { checkConditions, mayResume } from './conditions.ts';
import type { Egress } from './egress.ts';
import { httpDate } from './http-date.ts';
import type { OriginLimits } from './limits.ts';
import type { Exchange, Responder } from './respond.ts';

export type Downloads = {
  /**
   * A finished file of a publication. Throws `MPE_RESOURCE_NOT_FOUND`, `MPE_OUTPUT_FORMAT_BLOCKED` and, while there are too many,
   * `origin/busy`.
   */
  readonly send: (exchange: Exchange, publication: Publication, fileName: string) => Promise<void>;
};

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.mp4': 'video/mp4',
  '.m4a': 'audio/mp4',
  '.mkv': 'video/x-matroska',
  '.vtt': 'text/vtt; charset=utf-8',
  '.srt': 'application/x-subrip',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
  '.zip': 'application/zip',
};

/** What streams are made of can be streamed, not downloaded (spec 5.3). */
const NEVER = new Set(['.ism', '.ismv', '.isma', '.ismt', '.ismc']);

/** Read at a time: fewer calls than the default, and bounded by the number of downloads. */
const READ_BYTES = 256 * 1024;

/** Exports are finished, but a name may be used again after one was deleted. */
const CACHE_SECONDS = 60;

export function createDownloads(options: {
  readonly responder: Responder;
  readonly egress: Egress;
  readonly limits: OriginLimits;
}): Downloads {
  const { responder, egress, limits } = options;
  let running = 0;

  return {
    async send(exchange, publication, fileName) {
      const path = NEVER.has(extname(fileName).toLowerCase()) ? undefined : publication.files.get(fileName);
      if (path === undefined) {
        throw new AppError(
          'MPE_RESOURCE_NOT_FOUND',
          `There is no file ${JSON.stringify(fileName.slice(0, 100))}.`,
        );
      }
      if (!publication.protocols.download) {
        throw new AppError('MPE_OUTPUT_FORMAT_BLOCKED', 'The files of this stream are not offered for download.');
      }
      if (running >= limits.downloads) {
        throw new AppError('origin/busy', 'Too many downloads are running. Try again in a moment.');
      }
      running += 1;
      try {
        await sendFile(exchange, path, fileName);
      } finally {
        running -= 1;
      }
    },
  };

  async function sendFile({ request, response, body }: Exchange, path: string, fileName: string): Promise<void> {
    await using file = await openFile(path);
    const { size, mtimeMs } = await file.stat();
    const lastModifiedMs = Math.floor(mtimeMs / 1000) * 1000;
    const entityTag = `"${size.toString(36)}-${Math.floor(mtimeMs).toString(36)}"`;
    const validators = { entityTag, lastModifiedMs };
    const outcome = checkConditions(request.headers, validators);
    const headers = [
      ...['ETag', entityTag, 'Last-Modified', httpDate(lastModifiedMs)],
      ...responder.caching(CACHE_SECONDS),
    ];
    if (outcome !== 'send') {
      responder.head(
        response,
        outcome === 'failed' ? 412 : 304,
        outcome === 'failed' ? ['Content-Length', '0'] : headers,
      );
      response.end();
      return;
    }
    const range = mayResume(request.headers, validators) ? readRange(request.headers.range, size) : 'whole';
    if (range === 'unsatisfiable') {
      responder.head(response, 416, [
        ...['Content-Range', `bytes */${size}`, 'Content-Length', '0', 'Cache-Control', 'no-store'],
        ...['X-Ms-Error-Code', 'MPE_STORAGE_INVALID_RANGE'],
      ]);
      response.end();
      return;
    }
    const { first, last } = range === 'whole' ? { first: 0, last: size - 1 } : range;
    responder.head(response, range === 'whole' ? 200 : 206, [
      ...headers,
      ...['Accept-Ranges', 'bytes', 'Content-Length', String(last - first + 1)],
      ...['Content-Type', MEDIA_TYPES[extname(fileName).toLowerCase()] ?? 'application/octet-stream'],
      ...['Content-Disposition', attachment(fileName)],
      ...(range === 'whole' ? [] : ['Content-Range', `bytes ${first}-${last}/${size}`]),
    ]);
    if (request.method === 'HEAD' || size === 0) {
      response.end();
      return;
    }
    egress.count(last - first + 1);
    await pipeline(
      file.createReadStream({ start: first, end: last, autoClose: false, highWaterMark: READ_BYTES }),
      body,
    );
  }
}

async function openFile(path: string) {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw new AppError('MPE_RESOURCE_NOT_FOUND', 'The file is no longer where it was written.', { cause: error });
  }
}

/** RFC 6266: a plain name for everybody, and the real one in UTF-8 (RFC 8187). */
function attachment(fileName: string): string {
  const plain = fileName.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(fileName).replaceAll(
    /['()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
