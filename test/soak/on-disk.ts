import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFragmentReader } from '../../src-main/media/cmaf/fragment-reader.ts';
import type { Lectern } from '../support/lectern-process.ts';
import { assetFolder } from '../support/recorded-files.ts';

/** Files are cut off at the old end while they are looked at. */
const TRIES = 50;

/** Seconds of media in the files of an asset, of the track that has the most. */
export async function secondsOnDisk({ dataDir }: Lectern, asset: string): Promise<number> {
  const folder = await assetFolder(dataDir, asset);
  const entries = await readdir(folder, { withFileTypes: true });
  const tracks = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  return Math.max(0, ...(await Promise.all(tracks.map(secondsOfTrack))));
}

async function secondsOfTrack(folder: string): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    try {
      const files = (await readdir(folder)).filter((name) => /\.cmf[av]$/.test(name));
      let seconds = 0;
      for (const file of files) {
        seconds += await secondsIn(join(folder, file));
      }
      return seconds;
    } catch (error) {
      if (tries === TRIES) {
        throw error;
      }
    }
  }
}

async function secondsIn(path: string): Promise<number> {
  const reader = createFragmentReader();
  let timescale = 1;
  let durations = 0;
  for (const event of [...reader.push(await readFile(path)), ...reader.push(new Uint8Array())]) {
    if (event.kind === 'header') {
      timescale = event.tracks[0]?.description.timescale ?? 1;
    } else {
      durations += event.samples.reduce((sum, { duration }) => sum + duration, 0);
    }
  }
  return durations / timescale;
}
