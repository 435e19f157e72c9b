import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DASH_ROLES } from '../../../shared/api/tracks.ts';
import { isMissing } from '../asset-folder.ts';
import { writeFileAtomic } from '../write-file-atomic.ts';

/**
 * `tracks.json` in an asset's folder: the tracks that were added to its recording. Each has a folder of its own, `tracks/{id}/`, with the file as
 * it was given and, for sound, the CMAF file that is played. A track is there from the moment this file names it, and gone from the moment it
 * does not; a folder that it does not name is what a crash left, and is removed at the next start.
 */
const storedTrack = z.object({
  /** Names its folder; never used again. */
  id: z.string().regex(/^[\w-]+$/),
  name: z.string(),
  kind: z.enum(['text', 'audio']),
  format: z.enum(['vtt', 'ttml', 'aac']),
  fileName: z.string(),
  /** The file lies in the asset's own folder: Lectern made it. */
  place: z.literal('root').optional(),
  displayName: z.string(),
  languageCode: z.string(),
  playerVisibility: z.enum(['Visible', 'Hidden']),
  hlsSettings: z.object({ default: z.boolean(), forced: z.boolean(), characteristics: z.string() }),
  dashSettings: z.object({ role: z.enum(DASH_ROLES).optional() }),
  bitrate: z.number().int().min(1),
  size: z.number().int(),
  remark: z.string().optional(),
  created: z.string(),
});
export type StoredTrack = z.infer<typeof storedTrack>;

const tracksJson = z.object({ version: z.literal(1), tracks: z.array(storedTrack) });

const FILE_NAME = 'tracks.json';
const FOLDER_NAME = 'tracks';

export function tracksFolder(assetFolder: string): string {
  return join(assetFolder, FOLDER_NAME);
}

export function trackFile(assetFolder: string, track: Pick<StoredTrack, 'id' | 'fileName' | 'place'>): string {
  return track.place === 'root'
    ? join(assetFolder, track.fileName)
    : join(assetFolder, FOLDER_NAME, track.id, track.fileName);
}

/** Empty when there is no such file. Throws when there is one that cannot be understood. */
export async function readTracks(assetFolder: string): Promise<readonly StoredTrack[]> {
  let text: string;
  try {
    text = await readFile(join(assetFolder, FILE_NAME), 'utf8');
  } catch (error) {
    if (isMissing(error)) {
      return [];
    }
    throw error;
  }
  return tracksJson.parse(JSON.parse(text)).tracks;
}

export async function writeTracks(assetFolder: string, tracks: readonly StoredTrack[]): Promise<void> {
  const content = { version: 1, tracks };
  await writeFileAtomic(join(assetFolder, FILE_NAME), `${JSON.stringify(content, undefined, 2)}\n`);
}

/** Removes the folders of tracks that were never finished, or deleted. Returns their names. */
export async function sweepTracks(
  assetFolder: string,
  tracks: readonly StoredTrack[],
): Promise<readonly string[]> {
  const folder = tracksFolder(assetFolder);
  let entries: readonly string[];
  try {
    entries = await readdir(folder);
  } catch (error) {
    if (isMissing(error)) {
      return [];
    }
    throw error;
  }
  const left = entries.filter((entry) => !tracks.some(({ id }) => id === entry));
  for (const entry of left) {
    await rm(join(folder, entry), { recursive: true, force: true });
  }
  return left;
}
