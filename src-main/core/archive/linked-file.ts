import { type FileHandle, link, open, unlink } from 'node:fs/promises';

/**
 * A file that is written once and stands in several folders: hard links where the volume has them, else a copy that is written along.
 * All calls must come one after the other; the writer's queue sees to that.
 */
export type LinkedFile = {
  /** Appends. Throws what the operating system says; the file may then end in half a write. */
  append(buffers: readonly Uint8Array[]): Promise<void>;
  /** Makes it stand at `path` too, with all it holds. */
  linkTo(path: string): Promise<void>;
  /** Waits until what was appended is on the disk. */
  sync(): Promise<void>;
  /** Closes it; the first place it was opened at goes, the others stay. */
  closeAndUnlink(): Promise<void>;
};

/** What `link` says on volumes or file systems without hard links. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV', 'EMLINK', 'EINVAL']);

export async function openLinkedFile(path: string): Promise<LinkedFile> {
  // Exclusive: a recording is never written over.
  const main = await open(path, 'wx+');
  const copies: FileHandle[] = [];
  let size = 0;

  async function copyTo(target: string): Promise<void> {
    const copy = await open(target, 'wx');
    copies.push(copy);
    const block = Buffer.alloc(1024 * 1024);
    for (let at = 0; at < size; ) {
      const { bytesRead } = await main.read(block, 0, Math.min(block.length, size - at), at);
      await writeFully(copy, [block.subarray(0, bytesRead)], at);
      at += bytesRead;
    }
  }

  return {
    async append(buffers) {
      for (const handle of [main, ...copies]) {
        await writeFully(handle, buffers, size);
      }
      size += buffers.reduce((sum, buffer) => sum + buffer.length, 0);
    },
    async linkTo(target) {
      try {
        await link(path, target);
      } catch (error) {
        if (!isNoLinks(error)) {
          throw error;
        }
        await copyTo(target);
      }
    },
    async sync() {
      for (const handle of [main, ...copies]) {
        await handle.datasync();
      }
    },
    async closeAndUnlink() {
      try {
        for (const handle of [main, ...copies]) {
          await handle.close();
        }
      } finally {
        await removeFile(path);
      }
    },
  };
}

/** Whether it is there or not. (`rm` with `force` looks at it twice before it does that.) */
export async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') {
      throw error;
    }
  }
}

async function writeFully(handle: FileHandle, buffers: readonly Uint8Array[], at: number): Promise<void> {
  const total = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
  let { bytesWritten } = await handle.writev([...buffers], at);
  // A short write is how a nearly full disk shows first.
  while (bytesWritten < total) {
    const rest = Buffer.concat(buffers).subarray(bytesWritten);
    const more = await handle.write(rest, 0, rest.length, at + bytesWritten);
    bytesWritten += more.bytesWritten;
  }
}

function isNoLinks(error: unknown): boolean {
  return NO_LINKS.has(codeOf(error) ?? '');
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
