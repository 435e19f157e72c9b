import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { Logger } from '../ports/logger.ts';

const names = z.array(z.string());

/** What the listings of one binary came to. */
const capabilities = z.object({
  /** All of `-version`: with shared libraries the same file can do other things after an upgrade of theirs, and says so here. */
  banner: z.string(),
  encoders: names,
  decoders: names,
  filters: names,
  devices: names,
  inputProtocols: names,
  outputProtocols: names,
  muxers: names,
});
export type Capabilities = z.infer<typeof capabilities>;

const cacheFile = z.object({
  version: z.literal(1),
  /** By path: a file of the same size and time is the same file, so that 80 MB need not be read at each start. */
  files: z.record(z.string(), z.object({ size: z.number(), mtimeMs: z.number(), hash: z.string() })),
  /** By SHA-256 of the file. */
  binaries: z.record(z.string(), capabilities),
});
type CacheFile = z.infer<typeof cacheFile>;

export type ProbeCache = {
  /** SHA-256 of the file, hex. Throws Node's error when it cannot be read. */
  readonly hashOf: (path: string) => Promise<string>;
  readonly find: (hash: string) => Capabilities | undefined;
  readonly keep: (hash: string, found: Capabilities) => void;
  /** Writes what is new. A cache that cannot be written costs time at the next start, nothing else. */
  readonly save: () => Promise<void>;
};

/** More binaries than anybody switches between; the oldest are forgotten. */
const MAX_ENTRIES = 16;

/** A cache that is missing, damaged or of another version is an empty one. */
export async function openProbeCache(path: string, logger: Logger): Promise<ProbeCache> {
  const content = await load(path, logger);
  const files = new Map(Object.entries(content.files));
  const binaries = new Map(Object.entries(content.binaries));
  let isNew = false;

  return {
    async hashOf(file) {
      const { size, mtimeMs } = await stat(file);
      const known = files.get(file);
      if (known?.size === size && known.mtimeMs === mtimeMs) {
        return known.hash;
      }
      const hash = await sha256(file);
      files.delete(file);
      files.set(file, { size, mtimeMs, hash });
      isNew = true;
      return hash;
    },
    find: (hash) => binaries.get(hash),
    keep(hash, found) {
      binaries.delete(hash);
      binaries.set(hash, found);
      isNew = true;
    },
    async save() {
      if (isNew) {
        await store(path, { version: 1, files: newest(files), binaries: newest(binaries) }, logger);
        isNew = false;
      }
    },
  };
}

async function load(path: string, logger: Logger): Promise<CacheFile> {
  const empty: CacheFile = { version: 1, files: {}, binaries: {} };
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return empty;
  }
  try {
    return cacheFile.parse(JSON.parse(text));
  } catch (error) {
    logger.info({ path, error }, 'the cache of ffmpeg probes is not usable and is made anew');
    return empty;
  }
}

/** Written beside and renamed, so that a reader never sees half of it. */
async function store(path: string, content: CacheFile, logger: Logger): Promise<void> {
  const beside = `${path}.${randomUUID()}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(beside, JSON.stringify(content));
    await rename(beside, path);
  } catch (error) {
    logger.warn({ path, error }, 'the cache of ffmpeg probes cannot be written');
    await removeQuietly(beside);
  }
}

async function removeQuietly(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch {
    // Its folder is no folder: it was never there.
  }
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest('hex');
}

function newest<T>(entries: ReadonlyMap<string, T>): Record<string, T> {
  return Object.fromEntries([...entries].slice(-MAX_ENTRIES));
}
