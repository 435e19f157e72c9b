import type { SegmentPlace } from '../../media/cmaf/segment-table.ts';
import type { Chunk } from '../../media/cmaf/types.ts';
import type { Track } from './presentation.ts';
import type { RemovedMedia } from './removed-media.ts';

/** Where a chunk stands on the timeline. */
export type ChunkPosition = {
  readonly sequence: number;
  /** 0 is the first chunk of its segment. */
  readonly part: number;
  /** The segment does not run on from the one before. Told with every chunk of it. */
  readonly discontinuity: boolean;
};

/**
 * The media of one live event on disk, each chunk written once. The folders of its live outputs hold hard links to the same files, so that an
 * output costs no second copy and trimming one is unlinking.
 */
export type ChunkStore = AsyncDisposable & {
  /** Before the first `append` of the track. */
  addTrack(track: Track): void;
  /**
   * Queues the chunk and says at once where it will stand; undefined when it is not taken, because the disk is full or does not answer.
   * Chunks of a track come in order. Never throws and never waits.
   */
  append(trackId: string, chunk: Chunk, position: ChunkPosition): SegmentPlace | undefined;
  /** Whether the bytes of a segment that was taken are in the files, or wait to be written there: false when the write has failed. */
  holds(trackId: string, place: SegmentPlace, size: number): boolean;
  /** Of a track since the store was opened; zeros before it has it. */
  count(trackId: string): StoredCount;
  /**
   * Links the files that are being written, and all later ones, into the folder of an output. `rollSeconds`: how long it wants them to be at
   * most, as the grain in which its window is trimmed; 0: each segment is a file. The output that wants them shortest has its way.
   */
  openOutput(folder: string, rollSeconds?: number): Promise<OutputStore>;
  /**
   * Takes segments back that were appended; none of them is appended any more. That it is to be done is noted before anything else, so that a run
   * that is cut off does it at the next start. Resolves when their bytes are overwritten on the disk; throws what kept it from that.
   */
  remove(range: RemovedMedia): Promise<void>;
  /** Resolves when everything appended so far is with the operating system. */
  flushed(): Promise<void>;
};

/** What came of chunks. */
export type StoredCount = {
  /** In the file. */
  readonly written: number;
  /** Not taken, or lost with a write that failed. */
  readonly discarded: number;
};

export type OutputStore = {
  /** It wants later files to be of that length at most; see `openOutput`. */
  setRoll(rollSeconds: number): void;
  /** Unlinks files that hold nothing from `sequence` on; whether there are any. */
  trim(sequence: number): boolean;
  /** No further files are linked; resolves when all that belongs to it is written. The files stay. */
  close(): Promise<void>;
};

/** Opens the store of a live event. `rollSeconds` is the longest a file may span whatever its outputs say. */
export type OpenChunkStore = (options: { readonly eventId: string; readonly rollSeconds: number }) => ChunkStore;

/** Reads segments of a folder that a `ChunkStore` wrote or a recording left behind. */
export type SegmentReader = AsyncDisposable & {
  /** Throws `MPE_FRAGMENT_TIMESTAMP_NOT_FOUND` when the file is gone, `archive/damaged` when it cannot be read or is too short. */
  read(
    folder: string,
    track: { readonly id: string; readonly kind: 'video' | 'audio' },
    place: SegmentPlace,
    size: number,
  ): Promise<Uint8Array>;
  /** Forgets open files of a folder, before something in it is deleted: an open file keeps its room on the disk. */
  release(folder: string): Promise<void>;
};
