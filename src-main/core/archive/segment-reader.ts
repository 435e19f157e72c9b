import { type FileHandle, open } from 'node:fs/promises';
import { sep } from 'node:path';
import { AppError } from '../../shared/app-error.ts';
import type { SegmentReader } from '../ports/store.ts';
import { mediaPath } from './file-names.ts';

/** Files kept open: viewers far apart in a long window read from a few dozen at most. */
const MAX_OPEN_FILES = 64;

type Entry = { readonly handle: Promise<FileHandle>; readers: number; evicted: boolean };

/** Reads with positions from files that may still grow. Least recently used files are closed, never while somebody reads. */
export function createSegmentReader(): SegmentReader {
  const entries = new Map<string, Entry>();

  async function closeWhenIdle(entry: Entry): Promise<void> {
    entry.evicted = true;
    if (entry.readers > 0) {
      return;
    }
    try {
      await (await entry.handle).close();
    } catch {
      // It could not be opened either; there is nothing to close.
    }
  }

  function acquire(path: string): Entry {
    const known = entries.get(path);
    if (known !== undefined) {
      // Moved to the end: a Map keeps the order of insertion, so the first is the one longest unused.
      entries.delete(path);
      entries.set(path, known);
      known.readers += 1;
      return known;
    }
    const entry: Entry = { handle: open(path, 'r'), readers: 1, evicted: false };
    entries.set(path, entry);
    const [oldestPath, oldest] = entries.size > MAX_OPEN_FILES ? (entries.entries().next().value ?? []) : [];
    if (oldestPath !== undefined && oldest !== undefined) {
      entries.delete(oldestPath);
      void closeWhenIdle(oldest);
    }
    return entry;
  }

  return {
    async read(folder, track, place, size) {
      const path = mediaPath(folder, track, place.file);
      const entry = acquire(path);
      try {
        const bytes = Buffer.allocUnsafe(size);
        const { bytesRead } = await (await entry.handle).read(bytes, 0, size, place.offset);
        if (bytesRead < size) {
          throw new AppError('archive/damaged', `The recording’s file ${path} is shorter than it should be.`, {
            details: { path, expected: place.offset + size },
          });
        }
        return bytes;
      } catch (error) {
        if (error instanceof AppError) {
          throw error;
        }
        // Whoever asks next opens it anew.
        entry.evicted = true;
        if (entries.get(path) === entry) {
          entries.delete(path);
        }
        throw failureOf(path, error);
      } finally {
        entry.readers -= 1;
        if (entry.evicted) {
          void closeWhenIdle(entry);
        }
      }
    },
    async release(folder) {
      for (const [path, entry] of [...entries]) {
        if (path.startsWith(folder + sep)) {
          entries.delete(path);
          await closeWhenIdle(entry);
        }
      }
    },
    async [Symbol.asyncDispose]() {
      for (const entry of entries.values()) {
        await closeWhenIdle(entry);
      }
      entries.clear();
    },
  };
}

function failureOf(path: string, error: unknown): AppError {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
    return new AppError('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', 'That part of the recording is no longer there.', {
      cause: error,
    });
  }
  const words = error instanceof Error ? error.message : String(error);
  return new AppError('archive/damaged', `The recording’s file ${path} cannot be read: ${words}.`, {
    details: { path },
    cause: error,
  });
}
