import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../shared/app-error.ts';
import { isMissing } from './asset-folder.ts';
import { isSeparateTrack, parseMediaFileName } from './file-names.ts';
import { readMediaFile } from './media-file.ts';
import { fileNumbers } from './open-recording.ts';
import type { RecordingJson } from './recording-json.ts';
import { createSegmentRows } from './segment-rows.ts';

/** What a recording has that its media do not say. */
export type RecordingFacts = {
  readonly assetId: string;
  readonly name: string;
  readonly title: string;
  readonly created: string;
  readonly manifestName?: string | undefined;
};

type Described = RecordingJson['tracks'][number];

/** The longest archive window: none of what is found is left out. */
const WHOLE_ARCHIVE_SECONDS = 25 * 3600;
const USUAL_SEGMENT_SECONDS = 2;

/**
 * Makes anew from the media what `recording.json` said, when that is lost. Undefined when there are no media; throws `archive/damaged` when
 * there are, and none of a track can be read.
 */
export async function describeMedia(folder: string, facts: RecordingFacts): Promise<RecordingJson | undefined> {
  const tracks: Described[] = [];
  let segmentSeconds = 0;
  for (const id of await trackFolders(folder)) {
    const found = await describeTrack(folder, id);
    if (found !== undefined) {
      tracks.push(found.described);
      segmentSeconds = Math.max(segmentSeconds, found.segmentSeconds);
    }
  }
  if (tracks.every(({ separate }) => separate !== undefined)) {
    return undefined;
  }
  return {
    version: 1,
    assetId: facts.assetId,
    name: facts.name,
    title: facts.title,
    created: facts.created,
    manifestName: facts.manifestName ?? 'manifest',
    epochOffsetMs: 0,
    segmentSeconds: segmentSeconds === 0 ? USUAL_SEGMENT_SECONDS : segmentSeconds,
    archiveSeconds: WHOLE_ARCHIVE_SECONDS,
    firstSequence: 0,
    tracks: tracks.toSorted(
      (a, b) => Number(a.kind === 'audio') - Number(b.kind === 'audio') || b.bitrate - a.bitrate,
    ),
  };
}

async function trackFolders(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && /^[\w.-]+$/.test(entry.name)).map(({ name }) => name);
  } catch (error) {
    if (isMissing(error)) {
      return [];
    }
    throw error;
  }
}

async function describeTrack(
  folder: string,
  id: string,
): Promise<{ readonly described: Described; readonly segmentSeconds: number } | undefined> {
  const names = await readdir(join(folder, id));
  const kind = names.map(parseMediaFileName).find((parsed) => parsed !== undefined)?.kind;
  if (kind === undefined) {
    return undefined;
  }
  const damaged: string[] = [];
  for (const number of await fileNumbers(folder, { id, kind })) {
    const { header, records, damage } = await readMediaFile({
      folder,
      track: { id, kind },
      number,
      repair: false,
    });
    damaged.push(...damage);
    if (header !== undefined && records.some(({ removed }) => removed !== true)) {
      const { bitrate, language, timescale } = header.description;
      const rows = createSegmentRows({ kind, timescale, range: { first: 0, last: Infinity } });
      rows.add(number, records);
      const table = rows.finish();
      const longest = Array.from({ length: table.length }, (_, index) => table.at(index).duration);
      // The track's id carries the bit rate it was asked for, which is not always what the header says.
      const named = Number(/_(\d+)$/.exec(id)?.[1] ?? 0);
      return {
        described: isSeparateTrack(id)
          ? { id, name: kind, kind, bitrate, language, separate: { input: id, label: id } }
          : { id, name: kind, kind, bitrate: named || bitrate, language },
        segmentSeconds: Math.round(Math.max(0, ...longest) / timescale),
      };
    }
  }
  if (damaged.length > 0 && !isSeparateTrack(id)) {
    throw new AppError('archive/damaged', `Nothing of the track ${id} can be read. ${damaged.join(' ')}`, {
      details: { folder },
    });
  }
  return undefined;
}

/** When a folder was made, as far as the volume remembers. */
export async function createdAt(folder: string): Promise<string> {
  const { birthtimeMs, mtimeMs } = await stat(folder);
  return new Date(birthtimeMs > 0 ? birthtimeMs : mtimeMs).toISOString();
}
