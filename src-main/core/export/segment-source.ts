import { type FileHandle, open } from 'node:fs/promises';
import type { SegmentRef } from '../../media/cmaf/segment-table.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Presentation, SegmentFile, TrackWindow } from '../ports/presentation.ts';
import { missingMedia, readSegment } from './read-segment.ts';

/** Buffers come in steps, so that segments of about the same size share them. */
const BUFFER_GRAIN = 256 * 1024;
/** More than are ever under way at once. */
const MAX_FREE_BUFFERS = 32;

/**
 * Reads the segments of a recording in their order into buffers that are used again: of an hour's gigabyte, memory that is new to the process
 * would cost as much as the copying.
 */
export type SegmentSource = AsyncDisposable & {
  /**
   * The bytes of segments that follow each other, in as few pieces as the files allow; a piece never ends inside of a segment. Good until
   * they are released. Throws `archive/damaged`.
   */
  read(window: TrackWindow, segments: readonly SegmentRef[]): Promise<readonly Uint8Array[]>;
  /** Takes what `read` gave back, once; nobody looks at it any more. */
  release(bytes: Uint8Array): void;
};

/** A file that is open; closed when its track is in another file and nobody reads it any more. */
type OpenFile = { readonly path: string; readonly handle: Promise<FileHandle>; readers: number; isPast: boolean };

export function openSegmentSource(presentation: Presentation): SegmentSource {
  const current = new Map<string, OpenFile>();
  const free: Uint8Array[] = [];
  const lent = new Map<Uint8Array, Uint8Array>();

  function borrow(size: number): Uint8Array {
    const fitting = free.findIndex(({ length }) => length >= size);
    const [buffer = new Uint8Array(Math.ceil(size / BUFFER_GRAIN) * BUFFER_GRAIN)] =
      fitting < 0 ? [] : free.splice(fitting, 1);
    const bytes = buffer.subarray(0, size);
    lent.set(bytes, buffer);
    return bytes;
  }

  function release(bytes: Uint8Array): void {
    const buffer = lent.get(bytes);
    if (lent.delete(bytes) && buffer !== undefined && free.length < MAX_FREE_BUFFERS) {
      free.push(buffer);
    }
  }

  function enter(trackId: string, path: string): OpenFile {
    const known = current.get(trackId);
    if (known?.path === path) {
      known.readers += 1;
      return known;
    }
    const entered: OpenFile = { path, handle: open(path, 'r'), readers: 1, isPast: false };
    current.set(trackId, entered);
    if (known !== undefined) {
      known.isPast = true;
      void closeIfDone(known);
    }
    return entered;
  }

  async function closeIfDone(file: OpenFile): Promise<void> {
    if (file.isPast && file.readers === 0) {
      try {
        await (await file.handle).close();
      } catch {
        // It could not be opened; who wanted to read it was told.
      }
    }
  }

  async function readFile(window: TrackWindow, { path, offset, size }: SegmentFile): Promise<Uint8Array> {
    const file = enter(window.track.id, path);
    const bytes = borrow(size);
    try {
      const { bytesRead } = await (await file.handle).read(bytes, 0, size, offset);
      if (bytesRead < size) {
        throw new AppError('archive/damaged', `The recording’s file ${path} is shorter than its index says.`, {
          details: { path, expected: offset + size },
        });
      }
      return bytes;
    } catch (error) {
      release(bytes);
      throw error instanceof AppError ? error : missingMedia(presentation, window, error);
    } finally {
      file.readers -= 1;
      await closeIfDone(file);
    }
  }

  /** One place for segments that stand behind each other in one file. */
  function placesOf(window: TrackWindow, segments: readonly SegmentRef[]): readonly (SegmentFile | number)[] {
    const places: (SegmentFile | number)[] = [];
    for (const { sequence } of segments) {
      const place = presentation.fileOf?.(window, sequence);
      const last = places.at(-1);
      if (place === undefined) {
        places.push(sequence);
      } else if (
        typeof last === 'object' &&
        last.path === place.path &&
        last.offset + last.size === place.offset
      ) {
        places[places.length - 1] = { ...last, size: last.size + place.size };
      } else {
        places.push(place);
      }
    }
    return places;
  }

  return {
    async read(window, segments) {
      const pieces: Uint8Array[] = [];
      for (const place of placesOf(window, segments)) {
        pieces.push(
          typeof place === 'number'
            ? await readSegment(presentation, window, place)
            : await readFile(window, place),
        );
      }
      return pieces;
    },
    release,
    async [Symbol.asyncDispose]() {
      for (const file of current.values()) {
        file.isPast = true;
        await closeIfDone(file);
      }
      current.clear();
    },
  };
}
