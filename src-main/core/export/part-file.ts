import { type FileHandle, link, open, rename, rm, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode, fileError, targetExists } from './file-errors.ts';

/** What an export needs of an open file; handed in by tests that play a disk that fails. */
export type WritableFile = Pick<FileHandle, 'write' | 'writev' | 'datasync' | 'truncate' | 'close'>;
export type OpenFile = (path: string) => Promise<WritableFile>;

/** A file that is written beside its place and moved there when it is good. Disposing one that was not kept removes it. */
export type PartFile = AsyncDisposable & {
  readonly path: string;
  write(buffers: readonly Uint8Array[], position: number): Promise<void>;
  /** Waits until everything is on the disk. */
  sync(): Promise<void>;
  clear(): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
  /** Gives it its name, which nothing has: `export/target-exists` otherwise. */
  keep(): Promise<void>;
};

/**
 * Of one call to the operating system. From 2 MB on Linux looks for memory in pieces of 2 MB to keep what is written, and that takes it three
 * to four times as long as the copying (6.18, ext4).
 */
const MAX_CALL_BYTES = 1024 * 1024;

/** What `link` says where there are no hard links. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV', 'EMLINK', 'EINVAL', 'EACCES']);

export function partPath(target: string, id: string): string {
  return `${target}.${id.slice(0, 8)}.part`;
}

export async function openPartFile(options: {
  readonly target: string;
  readonly part: string;
  readonly openFile?: OpenFile | undefined;
}): Promise<PartFile> {
  const { target, part, openFile = async (path: string) => await open(path, 'wx') } = options;
  let file: WritableFile | undefined;
  try {
    file = await openFile(part);
  } catch (error) {
    throw fileError(target, error);
  }

  async function attempt<T>(step: (file: WritableFile) => Promise<T>): Promise<T> {
    try {
      if (file === undefined) {
        throw new Error('the file is closed');
      }
      return await step(file);
    } catch (error) {
      throw fileError(target, error);
    }
  }

  async function close(): Promise<void> {
    const open = file;
    file = undefined;
    await open?.close();
  }

  return {
    path: part,
    write: async (buffers, position) => await attempt(async (open) => await writeFully(open, buffers, position)),
    sync: async () => await attempt(async (open) => await open.datasync()),
    clear: async () => await attempt(async (open) => await open.truncate(0)),
    close,
    async keep() {
      await attempt(async (open) => await open.datasync());
      try {
        await close();
        await moveWithoutOverwriting(part, target);
        await syncFolder(dirname(target));
      } catch (error) {
        throw fileError(target, error);
      }
    },
    async [Symbol.asyncDispose]() {
      try {
        await close();
      } finally {
        // Gone already when it was kept.
        await rm(part, { force: true });
      }
    },
  };
}

/** A rename would replace what came to that place meanwhile; a second name does not. */
async function moveWithoutOverwriting(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!NO_LINKS.has(errorCode(error))) {
      throw error;
    }
    if (await exists(to)) {
      throw targetExists(to);
    }
    await rename(from, to);
    return;
  }
  await unlink(from);
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') {
      return false;
    }
    throw error;
  }
}

async function writeFully(file: WritableFile, buffers: readonly Uint8Array[], position: number): Promise<void> {
  let at = position;
  for (let first = 0; first < buffers.length; ) {
    let end = first + 1;
    let bytes = buffers[first]?.length ?? 0;
    while (end < buffers.length && bytes + (buffers[end]?.length ?? 0) <= MAX_CALL_BYTES) {
      bytes += buffers[end]?.length ?? 0;
      end += 1;
    }
    await writeCall(file, buffers.slice(first, end), bytes, at);
    at += bytes;
    first = end;
  }
}

async function writeCall(
  file: WritableFile,
  buffers: Uint8Array[],
  bytes: number,
  position: number,
): Promise<void> {
  let { bytesWritten } = await file.writev(buffers, position);
  // A short write is how a nearly full disk shows first; the next one says why.
  while (bytesWritten < bytes) {
    const rest = Buffer.concat(buffers).subarray(bytesWritten);
    bytesWritten += (await file.write(rest, 0, rest.length, position + bytesWritten)).bytesWritten;
  }
}

/** So that the new name lasts too. Windows cannot open a folder; there the rename is as durable as it gets. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') {
    return;
  }
  await using folder = await open(path, 'r');
  await folder.sync();
}
