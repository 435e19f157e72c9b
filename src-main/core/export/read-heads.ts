import { type FileHandle, open } from 'node:fs/promises';
import { nextChunk } from '../../media/cmaf/chunk.ts';
import { malformed } from '../../media/malformed.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Presentation, SegmentFile, TrackWindow } from '../ports/presentation.ts';
import { type ChunkSamples, readChunkHead } from './read-chunks.ts';
import { damagedSegment, missingMedia, parseSegment, readSegment } from './read-segment.ts';

/** The `moof` of a chunk of a fifth of a second, and the header of its `mdat`, have room in it. */
const HEAD_BYTES = 4096;

/**
 * What the chunks of a segment say of their samples. From a file their heads alone are read: an encoder that sets key frames rarely makes segments of
 * a hundred megabytes. Throws `archive/damaged`.
 */
export async function readHeads(
  presentation: Presentation,
  window: TrackWindow,
  sequence: number,
): Promise<readonly ChunkSamples[]> {
  const place = presentation.fileOf?.(window, sequence);
  if (place === undefined) {
    return parseSegment(await readSegment(presentation, window, sequence), window, sequence);
  }
  let file: FileHandle;
  try {
    file = await open(place.path, 'r');
  } catch (error) {
    throw missingMedia(presentation, window, error);
  }
  try {
    return await headsIn(file, place);
  } catch (error) {
    throw error instanceof AppError
      ? damagedSegment(window, sequence, error)
      : missingMedia(presentation, window, error);
  } finally {
    await file.close();
  }
}

async function headsIn(file: FileHandle, { offset, size }: SegmentFile): Promise<readonly ChunkSamples[]> {
  const heads: ChunkSamples[] = [];
  const end = offset + size;
  let buffer = Buffer.allocUnsafe(HEAD_BYTES);
  for (let at = offset, wanted = HEAD_BYTES; at < end; ) {
    if (buffer.length < wanted) {
      buffer = Buffer.allocUnsafe(wanted);
    }
    const { bytesRead } = await file.read(buffer, 0, Math.min(wanted, end - at), at);
    const bytes = buffer.subarray(0, bytesRead);
    const next = nextChunk(bytes, 0);
    if (next.kind === 'malformed') {
      throw next.error;
    }
    const more = next.kind === 'need' ? Math.min(next.bytes, end - at) : 0;
    if (next.kind === 'chunk') {
      heads.push(readChunkHead(bytes, next.moofOffset, next.moofSize));
      at += next.end;
      wanted = HEAD_BYTES;
    } else if (more > bytesRead && bytesRead === Math.min(wanted, end - at)) {
      wanted = more;
    } else if (next.kind === 'end' && at + bytesRead === end) {
      // Padding, where something was taken back.
      break;
    } else {
      throw malformed('chunk', at, `is cut off after ${bytesRead} bytes`);
    }
  }
  return heads;
}
