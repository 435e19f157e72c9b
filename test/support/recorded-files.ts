import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fieldsOf } from './fields.ts';
import type { Lectern } from './lectern-process.ts';
import { textOf } from './service-stage.ts';

export type RecordedSpan = { readonly track: string; readonly kind: 'video' | 'audio'; readonly seconds: number };

/** How many seconds of each track stand in the media files of an asset, as an ffprobe finds them: from the first packet to the end of the last. */
export async function recordedSeconds(lectern: Lectern, asset: string): Promise<readonly RecordedSpan[]> {
  return await Promise.all(
    (await recordedFiles(lectern, asset)).map(async ({ track, kind, files }) => {
      const first = await firstThatIsThere(files);
      const last = (await packetsOf(files.at(-1) ?? '')).at(-1);
      return { track, kind, seconds: last === undefined ? 0 : last.at + last.duration - (first?.at ?? 0) };
    }),
  );
}

/** A window that moves takes files away while one looks at them. */
async function firstThatIsThere(files: readonly string[]): Promise<Packet | undefined> {
  for (const file of files) {
    try {
      return (await packetsOf(file))[0];
    } catch (error) {
      if (existsSync(file)) {
        throw error;
      }
    }
  }
  return undefined;
}

/** The time of the first packet of each track, in seconds of media time. */
export async function firstRecordedSeconds(lectern: Lectern, asset: string): Promise<readonly RecordedSpan[]> {
  return await Promise.all(
    (await recordedFiles(lectern, asset)).map(async ({ track, kind, files }) => {
      const [first] = await packetsOf(files[0] ?? '');
      return { track, kind, seconds: first?.at ?? Number.NaN };
    }),
  );
}

async function recordedFiles(
  { dataDir }: Lectern,
  asset: string,
): Promise<
  readonly { readonly track: string; readonly kind: RecordedSpan['kind']; readonly files: readonly string[] }[]
> {
  const folder = await assetFolder(dataDir, asset);
  const tracks = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  return await Promise.all(
    tracks.map(async ({ name }) => ({
      track: name,
      kind: name.startsWith('audio') ? ('audio' as const) : ('video' as const),
      files: (await readdir(join(folder, name)))
        .filter((file) => /\.cmf[av]$/.test(file))
        .sort()
        .map((file) => join(folder, name, file)),
    })),
  );
}

/** Where the files of an asset are. */
export async function assetFolder(dataDir: string, asset: string): Promise<string> {
  const assets = join(dataDir, 'assets');
  for (const entry of await readdir(assets)) {
    const json: unknown = JSON.parse(
      await readFile(join(assets, entry, 'recording.json'), 'utf8').catch(() => '{}'),
    );
    if (fieldsOf(json)['name'] === asset) {
      return join(assets, entry);
    }
  }
  throw new Error(`No folder of the asset ${asset}`);
}

type Packet = { readonly at: number; readonly duration: number };

async function packetsOf(path: string): Promise<readonly Packet[]> {
  const { stdout } = await promisify(execFile)(
    'ffprobe',
    ['-v', 'error', '-show_entries', 'packet=dts_time,duration_time', '-of', 'csv=p=0', path],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [at = 0, duration = 0] = line.split(',').map(Number);
      return { at, duration };
    });
}

/** What a media playlist lists. */
export async function playlistSpan(
  url: string,
): Promise<{ readonly seconds: number; readonly segments: readonly string[] }> {
  const text = (await textOf(url)) ?? '';
  const seconds = [...text.matchAll(/#EXTINF:([\d.]+)/g)].reduce((sum, match) => sum + Number(match[1]), 0);
  const segments = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return { seconds, segments: segments.map((path) => new URL(path, url).href) };
}
