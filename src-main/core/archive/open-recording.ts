import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { secondsToTicks, ticks, ticksToSeconds } from '../../media/time.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Presentation, Track } from '../ports/presentation.ts';
import type { SegmentReader } from '../ports/store.ts';
import { isMissing } from './asset-folder.ts';
import { readCueFile } from './cue-file.ts';
import { indexPath, mediaPath, parseMediaFileName } from './file-names.ts';
import { type MediaFile, readMediaFile } from './media-file.ts';
import { type RecordingJson, readRecordingJson, writeRecordingJson } from './recording-json.ts';
import { createRecordingPresentation, type RecordedTrack } from './recording-presentation.ts';
import { readRemovals } from './removal-note.ts';
import { createSegmentRows } from './segment-rows.ts';

export type OpenedRecording = {
  readonly presentation: Presentation;
  /** What is missing, in sentences; empty when it is whole. */
  readonly damage: readonly string[];
};

/**
 * Opens the recording in an asset's folder. With `repair`, for one that was cut off and that nobody writes any more: a torn last chunk is cut
 * away, a lost or torn index is written again, and where it ends is noted in `recording.json`.
 *
 * Undefined when there is no media. Throws `archive/damaged` when there is, and none of it can be read.
 */
export async function openRecording(options: {
  readonly id: string;
  readonly folder: string;
  readonly reader: SegmentReader;
  readonly repair: boolean;
  /** Instead of what `recording.json` says. */
  readonly json?: RecordingJson;
}): Promise<OpenedRecording | undefined> {
  const { folder, repair } = options;
  const json = options.json ?? (await readRecordingJson(folder));
  if (json === undefined) {
    return undefined;
  }
  const damage: string[] = [];
  let tracks: RecordedTrack[] = [];
  for (const described of json.tracks) {
    const found = await readTrack(folder, described, json, repair);
    damage.push(...found.damage);
    if (found.recorded === undefined && described.separate !== undefined) {
      // It had begun when the recording ended: nothing of the programme is missing.
      continue;
    }
    if (found.recorded === undefined) {
      damage.push(`The track ${described.id} has no media.`);
    } else {
      tracks.push(found.recorded);
    }
  }
  if (tracks.every(({ track }) => track.separate !== undefined)) {
    if (damage.length > json.tracks.length) {
      throw new AppError('archive/damaged', `Nothing of the recording can be read. ${damage.join(' ')}`, {
        details: { folder },
      });
    }
    return undefined;
  }
  if (json.lastSequence === undefined) {
    const range = trimToWindow(tracks, json.archiveSeconds);
    tracks = tracks.filter(({ table }) => table.length > 0);
    if (repair) {
      await noteRange(folder, { ...json, ...range });
    }
  }
  // A recording is played without its cues rather than not at all.
  const cues = await readCueFile(folder);
  if (cues === undefined) {
    damage.push('Its cues cannot be read.');
  }
  return {
    presentation: createRecordingPresentation({
      id: options.id,
      folder,
      reader: options.reader,
      tracks,
      cues,
      removed: await readRemovals(folder),
      segmentSeconds: json.segmentSeconds,
      fragmentsPerTsSegment: json.fragmentsPerTsSegment,
      epochOffsetMs: json.epochOffsetMs,
    }),
    damage,
  };
}

/** File by file, because the chunks of 25 hours are a few hundred thousand. */
async function readTrack(
  folder: string,
  described: RecordingJson['tracks'][number],
  json: RecordingJson,
  repair: boolean,
): Promise<{ readonly recorded: RecordedTrack | undefined; readonly damage: readonly string[] }> {
  const damage: string[] = [];
  const read = async (number: number, mayRepair: boolean): Promise<MediaFile> =>
    await readMediaFile({ folder, track: described, number, repair: mayRepair });
  const numbers = await fileNumbers(folder, described);
  let header: MediaFile['header'];
  for (const number of numbers) {
    header = (await read(number, false)).header;
    if (header !== undefined) {
      break;
    }
  }
  if (header === undefined) {
    for (const number of numbers) {
      damage.push(...(await read(number, false)).damage);
    }
    return { recorded: undefined, damage };
  }
  const { kind, timescale } = header.description;
  const range = { first: json.firstSequence, last: json.lastSequence ?? Infinity };
  const rows = createSegmentRows({ kind, timescale, range });
  for (const number of numbers) {
    const file = await read(number, repair);
    damage.push(...file.damage);
    if (repair && file.records.length === 0 && file.damage.length === 0) {
      await removeEmpty(folder, described, number);
    }
    rows.add(number, file.records);
  }
  const table = rows.finish();
  const { id, name, bitrate, language, captions, separate, gaps } = described;
  const track: Track = { ...header.description, id, name, bitrate, language, separate, init: header.bytes };
  return { recorded: table.length === 0 ? undefined : { track, table, captions, gaps }, damage };
}

/** One that was begun and cut off before its first chunk: no player opens a header alone. */
async function removeEmpty(
  folder: string,
  track: { readonly id: string; readonly kind: 'video' | 'audio' },
  number: number,
): Promise<void> {
  try {
    await rm(mediaPath(folder, track, number), { force: true });
    await rm(indexPath(folder, track, number), { force: true });
  } catch {
    // A folder that may not be written is read all the same, and nothing is shown of this file.
  }
}

/** Of the media files of a track, in order. */
export async function fileNumbers(
  folder: string,
  track: { readonly id: string; readonly kind: 'video' | 'audio' },
): Promise<readonly number[]> {
  return (await listFolder(join(folder, track.id)))
    .flatMap((name) => parseMediaFileName(name) ?? [])
    .filter(({ kind }) => kind === track.kind)
    .map(({ file }) => file)
    .toSorted((a, b) => a - b);
}

/** Empty when there is no such folder: the track never got a file. Whatever else keeps it from being read is an error. */
async function listFolder(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (isMissing(error)) {
      return [];
    }
    throw error;
  }
}

/** One that was cut off has no noted end: it ends with the last segment of any track, and its window counts back from there. */
function trimToWindow(
  tracks: readonly RecordedTrack[],
  archiveSeconds: number,
): { readonly firstSequence: number; readonly lastSequence: number } {
  const programme = tracks.filter(({ track }) => track.separate === undefined);
  const newest = programme.toSorted((a, b) => endSeconds(b) - endSeconds(a))[0];
  const lastSequence = Math.max(...programme.map(({ table }) => table.firstSequence + table.length - 1));
  let firstSequence = Math.min(...programme.map(({ table }) => table.firstSequence));
  if (newest !== undefined) {
    const { table, track } = newest;
    const last = table.at(table.length - 1);
    const start = ticks(last.time + BigInt(last.duration) - secondsToTicks(archiveSeconds, track.timescale));
    firstSequence = Math.max(firstSequence, table.firstSequence + Math.max(-1, table.indexBefore(start)));
  }
  for (const { table } of tracks) {
    table.dropFirst(Math.max(0, firstSequence - table.firstSequence));
  }
  return { firstSequence, lastSequence };
}

function endSeconds({ table, track }: RecordedTrack): number {
  const last = table.at(table.length - 1);
  return ticksToSeconds(last.time, track.timescale) + last.duration / track.timescale;
}

/** A full or read-only disk is no reason not to open it: the same is found again the next time. */
async function noteRange(folder: string, json: RecordingJson): Promise<void> {
  try {
    await writeRecordingJson(folder, json);
  } catch {
    // Nothing depends on it.
  }
}
