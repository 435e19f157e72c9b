import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { SegmentPlace } from '../../media/cmaf/segment-table.ts';
import type { Chunk } from '../../media/cmaf/types.ts';
import { type Ticks, ticksToSeconds } from '../../media/time.ts';
import type { Track } from '../ports/presentation.ts';
import type { ChunkPosition, StoredCount } from '../ports/store.ts';
import { indexPath, mediaPath } from './file-names.ts';
import { writeIndexRecord } from './index-record.ts';
import { type LinkedFile, openLinkedFile, removeFile } from './linked-file.ts';

/**
 * Writes one track as a row of rolling files, each a valid CMAF file: header, then chunks. Appending is immediate bookkeeping; the writing
 * follows in one queue, so that a killed process leaves at worst a torn last chunk. The index follows the media segment by segment: it never
 * lies, and what it does not cover yet, the segment that was being written, recovery reads from the media.
 */
export type TrackWriter = {
  append(chunk: Chunk, position: ChunkPosition): SegmentPlace | undefined;
  /** The file being written stands in `folder` too, and so will all later ones, which are no longer than `rollSeconds`. */
  addFolder(folder: string, rollSeconds?: number): Promise<void>;
  /** For later files. */
  setRoll(folder: string, rollSeconds: number): void;
  /** Later files do not stand there; those that were begun do. */
  removeFolder(folder: string): void;
  /** What comes next goes into another file. Resolves when this one is written and closed. */
  cut(): Promise<void>;
  /** Files of a folder that hold nothing from `sequence` on are unlinked there; whether there are any. */
  trim(folder: string, sequence: number): boolean;
  /** Whether bytes that were taken are in the file or wait to be written: false when that has failed. */
  holds(place: SegmentPlace, size: number): boolean;
  count(): StoredCount;
  flushed(): Promise<void>;
  close(): Promise<void>;
};

export type TrackWriterOptions = {
  readonly track: Track;
  /** Where files are opened; the links in the outputs' folders are what stays. */
  readonly spoolFolder: string;
  readonly rollSeconds: number;
  /** Asked before a file is opened and at each segment: false while the disk has no room. */
  readonly mayWrite: () => boolean;
  /** A write failed: nothing more goes into this file. The next segment opens another. Told once until `onWell`. */
  readonly onFault: (error: unknown) => void;
  /** A whole segment was written again. */
  readonly onWell: () => void;
};

/** Bytes that may wait for a disk that does not answer; beyond this the track is not recorded until it does. */
const MAX_QUEUED_BYTES = 48 * 1024 * 1024;
const SYNC_EVERY_SECONDS = 2;

type OpenFile = {
  readonly number: number;
  readonly startTime: Ticks;
  readonly startSequence: number;
  /** Of all that was taken, and of what is with the operating system. */
  size: number;
  written: number;
  media: LinkedFile | undefined;
  index: LinkedFile | undefined;
  /** What waits to be written, and whether a step that will write it is queued. */
  queuedMedia: Uint8Array[];
  queuedIndex: Uint8Array[];
  draining: boolean;
  failed: boolean;
};

export function createTrackWriter(options: TrackWriterOptions): TrackWriter {
  const { track } = options;
  const folders = new Map<string, number>();
  /** Every file some folder may hold, with the first sequence it has; the last one is being written. */
  const files: { readonly number: number; readonly startSequence: number }[] = [];
  const trimmedTo = new Map<string, number>();
  /** How many bytes of files whose writing failed are good. */
  const broken = new Map<number, number>();
  let current: OpenFile | undefined;
  let nextNumber = 1;
  let queuedBytes = 0;
  /** Where the newest part begins that was, or is about to be, on the disk. */
  let syncedAt: Ticks | undefined;
  /** Folders that are there. */
  const made = new Set<string>();
  let isFaulty = false;
  let written = 0;
  let discarded = 0;
  let tail: Promise<void> = Promise.resolve();

  /** Runs a step behind everything queued; its failure fails the file it belongs to, never the queue. */
  function enqueue(file: OpenFile | undefined, step: () => Promise<void>): Promise<void> {
    const previous = tail;
    const run = async (): Promise<void> => {
      await previous;
      if (file?.failed === true) {
        return;
      }
      try {
        await step();
      } catch (error) {
        made.clear();
        if (file !== undefined) {
          file.failed = true;
          broken.set(file.number, file.written);
        }
        if (!isFaulty) {
          isFaulty = true;
          options.onFault(error);
        }
      }
    };
    tail = run();
    return tail;
  }

  function openNext(chunk: Chunk, position: ChunkPosition): OpenFile {
    const file: OpenFile = {
      number: nextNumber,
      startTime: chunk.decodeTime,
      startSequence: position.sequence,
      size: track.init.length,
      written: 0,
      media: undefined,
      index: undefined,
      queuedMedia: [],
      queuedIndex: [],
      draining: false,
      failed: false,
    };
    nextNumber += 1;
    // As they are now: one that is removed before this is carried out still has a right to the file.
    const targets = [...folders.keys()];
    files.push({ number: file.number, startSequence: file.startSequence });
    void enqueue(file, async () => {
      const path = mediaPath(options.spoolFolder, track, file.number);
      await makeFolderOf(path);
      file.media = await openLinkedFile(path);
      file.index = await openLinkedFile(indexPath(options.spoolFolder, track, file.number));
      await file.media.append([track.init]);
      file.written = track.init.length;
      for (const folder of targets) {
        await linkInto(folder, file);
      }
    });
    return file;
  }

  async function makeFolderOf(path: string): Promise<void> {
    const folder = dirname(path);
    if (!made.has(folder)) {
      await mkdir(folder, { recursive: true });
      made.add(folder);
    }
  }

  async function linkInto(folder: string, file: OpenFile): Promise<void> {
    const path = mediaPath(folder, track, file.number);
    await makeFolderOf(path);
    await file.media?.linkTo(path);
    await file.index?.linkTo(indexPath(folder, track, file.number));
  }

  /** `until`: where the track goes on behind it. */
  function finish(file: OpenFile, until?: Ticks): void {
    drain(file);
    drainIndex(file);
    syncedAt = until;
    void enqueue(undefined, async () => {
      // What a failed file still had to write is lost; it must not count as waiting for ever.
      queuedBytes -= byteLength(file.queuedMedia);
      discarded += file.queuedMedia.length;
      try {
        if (!file.failed) {
          await file.media?.sync();
        }
      } finally {
        await closeBoth(file);
      }
    });
  }

  /** Writes what has gathered in one write. Chunks that come meanwhile gather for the next. */
  function drain(file: OpenFile): void {
    if (file.draining || file.queuedMedia.length === 0) {
      return;
    }
    file.draining = true;
    void enqueue(file, async () => {
      const media = file.queuedMedia;
      file.queuedMedia = [];
      file.draining = false;
      try {
        await file.media?.append(media);
        file.written += byteLength(media);
        written += media.length;
      } catch (error) {
        discarded += media.length;
        throw error;
      } finally {
        queuedBytes -= byteLength(media);
      }
    });
  }

  /** Writes the records of the media before it in the queue. */
  function drainIndex(file: OpenFile): void {
    const index = file.queuedIndex;
    if (index.length > 0) {
      file.queuedIndex = [];
      void enqueue(file, async () => file.index?.append(index));
    }
  }

  function isDue(file: OpenFile, time: Ticks): boolean {
    const seconds = Math.min(options.rollSeconds, ...folders.values());
    const elapsed = ticksToSeconds(time, track.timescale) - ticksToSeconds(file.startTime, track.timescale);
    return elapsed >= seconds - 0.01;
  }

  return {
    append(chunk, position) {
      const startsSegment = position.part === 0;
      if (current?.failed === true) {
        finish(current);
        current = undefined;
      }
      if (startsSegment && (current === undefined || isDue(current, chunk.decodeTime))) {
        if (current !== undefined) {
          finish(current, chunk.decodeTime);
          current = undefined;
        }
        if (options.mayWrite() && queuedBytes < MAX_QUEUED_BYTES) {
          current = openNext(chunk, position);
        }
      }
      if (current === undefined) {
        discarded += 1;
        return undefined;
      }
      if (isFaulty && startsSegment && position.sequence > current.startSequence) {
        isFaulty = false;
        options.onWell();
      }
      if (startsSegment && (!options.mayWrite() || queuedBytes >= MAX_QUEUED_BYTES)) {
        finish(current);
        current = undefined;
        discarded += 1;
        return undefined;
      }
      const file = current;
      if (startsSegment) {
        drainIndex(file);
      }
      const offset = file.size;
      file.size += chunk.bytes.length;
      queuedBytes += chunk.bytes.length;
      file.queuedMedia.push(chunk.bytes);
      file.queuedIndex.push(writeIndexRecord({ ...chunk, ...position, size: chunk.bytes.length, offset }));
      drain(file);
      if (
        startsSegment &&
        (syncedAt === undefined || chunk.decodeTime - syncedAt > BigInt(SYNC_EVERY_SECONDS * track.timescale))
      ) {
        syncedAt = chunk.decodeTime;
        void enqueue(file, async () => file.media?.sync());
      }
      return { file: file.number, offset };
    },
    async addFolder(folder, rollSeconds = options.rollSeconds) {
      folders.set(folder, rollSeconds);
      const file = current;
      if (file !== undefined) {
        await enqueue(file, async () => linkInto(folder, file));
      }
    },
    setRoll(folder, rollSeconds) {
      if (folders.has(folder)) {
        folders.set(folder, rollSeconds);
      }
    },
    removeFolder: (folder) => void folders.delete(folder),
    holds({ file, offset }, size) {
      const good = broken.get(file);
      return good === undefined || offset + size <= good;
    },
    trim(folder, sequence) {
      const from = trimmedTo.get(folder) ?? 0;
      if (!folders.has(folder)) {
        return false;
      }
      // A file can go when the next one begins at or before the first sequence that is still wanted.
      for (const [index, file] of files.entries()) {
        const next = files[index + 1];
        if (next === undefined || next.startSequence > sequence) {
          break;
        }
        if (file.number > from) {
          trimmedTo.set(folder, file.number);
          void enqueue(undefined, async () => {
            await removeFile(mediaPath(folder, track, file.number));
            await removeFile(indexPath(folder, track, file.number));
          });
        }
      }
      const least = Math.min(...[...folders.keys()].map((one) => trimmedTo.get(one) ?? 0));
      while (files[0] !== undefined && files[0].number <= least) {
        broken.delete(files[0].number);
        files.shift();
      }
      return (trimmedTo.get(folder) ?? 0) > from;
    },
    cut() {
      if (current !== undefined) {
        finish(current);
        current = undefined;
      }
      return tail;
    },
    count: () => ({ written, discarded }),
    flushed: () => tail,
    async close() {
      if (current !== undefined) {
        finish(current);
        current = undefined;
      }
      await tail;
    },
  };
}

async function closeBoth({ media, index }: OpenFile): Promise<void> {
  try {
    await media?.closeAndUnlink();
  } finally {
    await index?.closeAndUnlink();
  }
}

function byteLength(buffers: readonly Uint8Array[]): number {
  return buffers.reduce((sum, bytes) => sum + bytes.length, 0);
}
