import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join, relative, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { makeZip, predictLength } from 'client-zip';
import { writeHead } from './answer.ts';
import { attachment, noLongerThere } from './file-answer.ts';

type Entry = { readonly path: string; readonly name: string; readonly size: number; readonly lastModified: Date };

/**
 * A finished export that is a folder, as a ZIP archive that is made while it is sent (PKWARE APPNOTE, with the 64-bit sizes of 4.5.3). Nothing is
 * compressed: media does not get smaller.
 */
export async function sendFolder(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  fileName: string,
): Promise<void> {
  const entries = await entriesOf(path);
  writeHead(response, 200, {
    'Accept-Ranges': 'none',
    'Cache-Control': 'private, no-cache',
    'Content-Type': 'application/zip',
    'Content-Disposition': attachment(fileName),
    'Content-Length': Number(predictLength(entries)),
  });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  await pipeline(Readable.fromWeb(makeZip(opened(entries))), response);
}

async function entriesOf(folder: string): Promise<readonly Entry[]> {
  try {
    const found = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = found.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    return await Promise.all(
      files.toSorted().map(async (path) => {
        const { size, mtime } = await stat(path);
        return { path, name: relative(folder, path).replaceAll(sep, '/'), size, lastModified: mtime };
      }),
    );
  } catch (error) {
    throw noLongerThere(error);
  }
}

/** One file is open at a time. */
function* opened(entries: readonly Entry[]) {
  for (const { path, name, size, lastModified } of entries) {
    yield { input: createReadStream(path), name, size, lastModified };
  }
}
