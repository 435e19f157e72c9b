import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSerial } from '../../base/serial.ts';
import type { Logger } from '../ports/logger.ts';
import { createBound } from './bound.ts';

/** Pictures that have been made, by a name that says all of what is in them. What cannot be kept is made again: none of it ever fails. */
export type PictureStore = {
  get(name: string): Promise<Uint8Array | undefined>;
  put(name: string, picture: Uint8Array): Promise<void>;
  /** Forgets all of them, on the disk too. */
  clear(): Promise<void>;
  /** How often it has been cleared: what was begun before is not to be kept. */
  timesCleared(): number;
};

const NAME = /^([0-9a-f]{64})\.jpg$/;

/**
 * Those asked for last are in memory, more of them on the disk, and both never hold more than they are told to. What a crash has cut off is told
 * by its end.
 */
export function createPictureStore(options: {
  readonly folder: string;
  readonly maxDiskBytes: number;
  readonly maxMemoryBytes: number;
  /** Whether there is room on the disk for what can be made again. */
  readonly mayWrite: () => boolean;
  readonly logger: Logger;
}): PictureStore {
  const { folder, logger } = options;
  const changes = createSerial();
  const memory = createBound<Uint8Array>(options.maxMemoryBytes, ({ length }) => length);
  const files = createBound<number>(options.maxDiskBytes, (size) => size);
  let found: Promise<void> | undefined;
  let timesCleared = 0;

  const pathOf = (name: string): string => join(folder, `${name}.jpg`);

  /** What earlier runs have left, the oldest first. */
  async function findFiles(): Promise<void> {
    try {
      await mkdir(folder, { recursive: true });
      const entries = await Promise.all(
        (await readdir(folder)).map(async (entry) => ({ entry, about: await stat(join(folder, entry)) })),
      );
      for (const { entry, about } of entries.toSorted((a, b) => a.about.mtimeMs - b.about.mtimeMs)) {
        const name = NAME.exec(entry)?.[1];
        if (name === undefined) {
          await rm(join(folder, entry), { force: true });
        } else {
          await removeFiles(files.add(name, about.size));
        }
      }
    } catch (error) {
      logger.warn({ error, folder }, 'pictures made earlier cannot be looked for');
    }
  }

  async function removeFiles(names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => rm(pathOf(name), { force: true })));
  }

  async function read(name: string): Promise<Uint8Array | undefined> {
    try {
      const picture = await readFile(pathOf(name));
      if (isWhole(picture)) {
        return picture;
      }
    } catch {
      // Somebody else has removed it.
    }
    files.remove(name);
    return undefined;
  }

  return {
    async get(name) {
      const kept = memory.use(name);
      if (kept !== undefined) {
        return kept;
      }
      found ??= findFiles();
      await found;
      if (files.use(name) === undefined) {
        return undefined;
      }
      const picture = await read(name);
      if (picture !== undefined) {
        memory.add(name, picture);
      }
      return picture;
    },
    async put(name, picture) {
      memory.add(name, picture);
      if (!options.mayWrite()) {
        return;
      }
      found ??= findFiles();
      await found;
      await changes.run(async () => {
        try {
          const beside = `${pathOf(name)}.new`;
          await writeFile(beside, picture);
          await rename(beside, pathOf(name));
          await removeFiles(files.add(name, picture.length));
        } catch (error) {
          logger.warn({ error, folder }, 'a picture for viewers cannot be kept on the disk');
        }
      });
    },
    timesCleared: () => timesCleared,
    async clear() {
      timesCleared += 1;
      memory.clear();
      found ??= findFiles();
      await found;
      await changes.run(async () => {
        files.clear();
        try {
          await rm(folder, { recursive: true, force: true });
          await mkdir(folder, { recursive: true });
        } catch (error) {
          logger.warn({ error, folder }, 'pictures made earlier cannot be removed');
        }
      });
    },
  };
}

/** From its first marker to its last (ITU-T T.81 table B.1). */
function isWhole(picture: Uint8Array): boolean {
  const [first, second] = picture;
  return first === 0xff && second === 0xd8 && picture.at(-2) === 0xff && picture.at(-1) === 0xd9;
}
