import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sample } from '../../src-main/media/cmaf/types.ts';
import { type FramesOptions, frames, sounds } from './broadcast-media.ts';

/** Samples that can be found again in any file: each says its kind and its second. */
export function tellingSamples(kind: 'video' | 'audio', options: FramesOptions): readonly Sample[] {
  const made = kind === 'video' ? frames(options) : sounds(options);
  const timescale = kind === 'video' ? 90_000 : 48_000;
  return made.map((sample) => ({
    ...sample,
    data: Buffer.from(`<${kind} of second ${Math.floor(Number(sample.decodeTime) / timescale)}>`.repeat(3)),
  }));
}

/** Seconds of which any file below a folder, of whatever name, still has a sample. */
export async function secondsIn(folder: string): Promise<readonly number[]> {
  const found = new Set<number>();
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) {
      const text = (await readFile(join(entry.parentPath, entry.name))).toString('latin1');
      for (const [, second] of text.matchAll(/<(?:video|audio) of second (\d+)>/g)) {
        found.add(Number(second));
      }
    }
  }
  return [...found].toSorted((a, b) => a - b);
}
