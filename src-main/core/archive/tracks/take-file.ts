import { open, readFile, rename } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { looksLikeXml, parseTtml } from '../../../manifest/ttml/ttml.ts';
import type { TimedText } from '../../../media/text/cue.ts';
import { looksLikeWebVtt, parseWebVtt } from '../../../media/text/webvtt.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { StoredTrack } from './tracks-json.ts';

export type TextFormat = 'vtt' | 'ttml';
export type TrackFormat = StoredTrack['format'];

/** A day of subtitles has two. */
const MAX_TEXT_BYTES = 10 * 1024 * 1024;
/** A day of sound in the best quality has four. */
const MAX_SOUND_BYTES = 4 * 1024 ** 3;

const ENDINGS: Readonly<Record<TrackFormat, readonly string[]>> = {
  vtt: ['.vtt'],
  ttml: ['.ttml', '.xml', '.dfxp'],
  aac: ['.m4a', '.mp4', '.aac'],
};
const NAMES: Readonly<Record<TrackFormat, string>> = { vtt: 'WebVTT', ttml: 'TTML', aac: 'sound' };
const UPLOAD = 'upload';
/** Enough to tell the formats apart. */
const HEAD_BYTES = 64;

export type TakenFile = {
  readonly path: string;
  readonly format: TrackFormat;
  readonly size: number;
  readonly head: Uint8Array;
};

/**
 * Writes what is sent into a folder and tells by its beginning what it is. Throws `request/too-large`, `request/invalid` for an empty one; errors of
 * the disk as they are.
 */
export async function takeFile(folder: string, body: AsyncIterable<Uint8Array>): Promise<TakenFile> {
  const path = join(folder, UPLOAD);
  await using file = await open(path, 'wx');
  let head: Uint8Array = new Uint8Array();
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (head.length < HEAD_BYTES) {
      head = Buffer.concat([head, part]).subarray(0, HEAD_BYTES);
    }
    checkSize(size, formatOf(head));
    await file.writeFile(part);
  }
  if (size === 0) {
    throw new AppError('request/invalid', 'The request has no body; send the file of the track as it.');
  }
  await file.datasync();
  return { path, format: formatOf(head), size, head };
}

/** Throws `request/too-large`. */
function checkSize(size: number, format: TrackFormat): void {
  const maxBytes = format === 'aac' ? MAX_SOUND_BYTES : MAX_TEXT_BYTES;
  if (size > maxBytes) {
    throw new AppError('request/too-large', `The ${NAMES[format]} file is larger than ${maxBytes} bytes.`, {
      details: { maxBytes },
    });
  }
}

/** What a file is; sound when it is no text, because that says best what it is not. */
function formatOf(head: Uint8Array): TrackFormat {
  if (looksLikeWebVtt(head)) {
    return 'vtt';
  }
  return looksLikeXml(head) ? 'ttml' : 'aac';
}

/** Its name in the folder: as it was asked for, if its ending says what it is. Throws `request/invalid`. */
export async function nameFile(
  folder: string,
  { path, format, head }: TakenFile,
  name: string,
  wanted?: string,
): Promise<string> {
  const [usual = '', ...others] = ENDINGS[format];
  const fileName = wanted ?? `${name}${format === 'aac' && isAdts(head) ? '.aac' : usual}`;
  if (![usual, ...others].includes(extname(fileName).toLowerCase())) {
    // Somebody who sends what he calls a .vtt wants to hear what is wrong with it.
    if (format === 'aac' && ENDINGS.vtt.includes(extname(fileName).toLowerCase())) {
      parseWebVtt(await readFile(path));
    }
    throw new AppError(
      'request/invalid',
      `The file is ${NAMES[format]}, and its name ${fileName} does not end in ${[usual, ...others].join(' or ')}.`,
      { details: { field: 'fileName' } },
    );
  }
  await rename(path, join(folder, fileName));
  return fileName;
}

function isAdts(head: Uint8Array): boolean {
  return head[0] === 0xff && ((head[1] ?? 0) & 0xf6) === 0xf0;
}

/** Throws `media/malformed` with the line, `media/unsupported`. */
export function parseText(format: TextFormat, bytes: Uint8Array): TimedText {
  return format === 'vtt' ? parseWebVtt(bytes) : parseTtml(bytes);
}
