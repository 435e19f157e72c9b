import type { PartFile } from './part-file.ts';

/** Enough that a call to the operating system costs nothing beside it. */
const WRITE_BYTES = 1024 * 1024;
/** One that writes and one that waits for it, so that the disk need not wait for us on a busy computer. */
const MAX_UNDER_WAY = 2;

/** Gathers pieces of data and writes them in large ones, a few of which are under way while the next is being gathered. */
export type GatheringWriter = {
  gather(data: readonly Uint8Array[]): void;
  /** A buffer that gathered data is part of: released when that is written. */
  releaseLater(buffer: Uint8Array): void;
  /** Begins to write when enough has gathered. `dataStart` is where the first piece goes; `bytesDone` is told on when it is written. */
  writeIfEnough(dataStart: number, bytesDone: number): Promise<void>;
  /** Writes what there is and waits for all of it. */
  writeRest(dataStart: number, bytesDone: number): Promise<void>;
  /** Resolves when nothing is under way; never rejects. */
  idle(): Promise<void>;
};

export function createGatheringWriter(options: {
  readonly file: PartFile;
  readonly release: (buffer: Uint8Array) => void;
  readonly onProgress: (bytesDone: number) => void;
  /** Waited for before each write but the first, with the bytes of the one before. */
  readonly pace: (bytesWritten: number) => Promise<void>;
}): GatheringWriter {
  let gathered: Uint8Array[] = [];
  let gatheredBytes = 0;
  let held: Uint8Array[] = [];
  let written = 0;
  let lastBytes = 0;
  const underWay: Promise<void>[] = [];
  let failure: { readonly error: unknown } | undefined;

  async function write(dataStart: number, bytesDone: number): Promise<void> {
    const [buffers, borrowed, at] = [gathered, held, dataStart + written];
    lastBytes = gatheredBytes;
    written += gatheredBytes;
    gathered = [];
    gatheredBytes = 0;
    held = [];
    try {
      await options.file.write(buffers, at);
      for (const buffer of borrowed) {
        options.release(buffer);
      }
      options.onProgress(bytesDone);
    } catch (error) {
      failure ??= { error };
    }
  }

  /** Waits until no more than `most` are under way. */
  async function room(most: number): Promise<void> {
    while (underWay.length > most) {
      await underWay.shift();
    }
    if (failure !== undefined) {
      throw failure.error;
    }
  }

  async function begin(dataStart: number, bytesDone: number): Promise<void> {
    await room(MAX_UNDER_WAY - 1);
    if (lastBytes > 0) {
      await options.pace(lastBytes);
    }
    underWay.push(write(dataStart, bytesDone));
  }

  return {
    gather(data) {
      for (const piece of data) {
        gathered.push(piece);
        gatheredBytes += piece.length;
      }
    },
    releaseLater(buffer) {
      held.push(buffer);
    },
    async writeIfEnough(dataStart, bytesDone) {
      if (gatheredBytes >= WRITE_BYTES) {
        await begin(dataStart, bytesDone);
      }
    },
    async writeRest(dataStart, bytesDone) {
      if (gatheredBytes > 0) {
        await begin(dataStart, bytesDone);
      }
      await room(0);
    },
    async idle() {
      await Promise.all(underWay);
    },
  };
}
