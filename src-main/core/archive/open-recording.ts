import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createSegmentTable, type SegmentTable } from '../../media/cmaf/segment-table.ts';
import { secondsToTicks, ticks } from '../../media/time.ts';
import type { Presentation, Track } from '../ports/presentation.ts';
import type { SegmentReader } from '../ports/store.ts';
import { parseMediaFileName } from './file-names.ts';
import type { IndexRecord } from './index-record.ts';
import { type MediaFile, readMediaFile } from './media-file.ts';
import { type RecordingJson, readRecordingJson, writeRecordingJson } from './recording-json.ts';
import { createRecordingPresentation, type RecordedTrack } from './recording-presentation.ts';

/** Shorter differences are closed when the timeline is made; see `core/live/segmenter.ts`. */
const GAP_SECONDS = 0.1;

export type OpenedRecording = {
  readonly presentation: Presentation;
  /** What is missing, in sentences; empty when it is whole. */
  readonly damage: readonly string[];
};

/**
 * Opens the recording in an asset's folder. With `repair`, for one that may have been cut off: a torn last chunk is cut away, a lost or torn
 * index is written again, and where it ends is noted in `recording.json`. Undefined when there is no media.
 */
export async function openRecording(options: {
  readonly id: string;
  readonly folder: string;
  readonly reader: SegmentReader;
  readonly repair: boolean;
}): Promise<OpenedRecording | undefined> {
  const { folder } = options;
  const json = await readRecordingJson(folder);
  if (json === undefined) {
    return undefined;
  }
  const damage: string[] = [];
  const tracks: RecordedTrack[] = [];
  for (const described of json.tracks) {
    const files = await readTrackFiles(folder, described, options.repair);
    const track = trackOf(described, files);
    if (track === undefined) {
      damage.push(`The track ${described.id} has no media.`);
      continue;
    }
    damage.push(...files.flatMap((file) => file.damage));
    tracks.push({ track, table: tableOf(files, json, track.timescale) });
  }
  const leader = tracks[0];
  if (leader === undefined || leader.table.length === 0) {
    return undefined;
  }
  if (json.lastSequence === undefined) {
    trimToWindow(tracks, json);
    if (options.repair) {
      const last = leader.table.firstSequence + leader.table.length - 1;
      await writeRecordingJson(folder, { ...json, firstSequence: leader.table.firstSequence, lastSequence: last });
    }
  }
  return {
    presentation: createRecordingPresentation({
      id: options.id,
      folder,
      reader: options.reader,
      tracks,
      segmentSeconds: json.segmentSeconds,
      epochOffsetMs: json.epochOffsetMs,
    }),
    damage,
  };
}

async function readTrackFiles(
  folder: string,
  track: { readonly id: string; readonly kind: 'video' | 'audio' },
  repair: boolean,
): Promise<readonly MediaFile[]> {
  const names = await listFolder(join(folder, track.id));
  const numbers = names
    .flatMap((name) => parseMediaFileName(name) ?? [])
    .filter(({ kind }) => kind === track.kind)
    .map(({ file }) => file)
    .toSorted((a, b) => a - b);
  const files: MediaFile[] = [];
  for (const number of numbers) {
    files.push(await readMediaFile({ folder, track, number, repair }));
  }
  return files;
}

async function listFolder(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch {
    // The track never got a file.
    return [];
  }
}

function trackOf(described: RecordingJson['tracks'][number], files: readonly MediaFile[]): Track | undefined {
  const header = files.find((file) => file.header !== undefined)?.header;
  if (header === undefined) {
    return undefined;
  }
  const { id, name, bitrate, language } = described;
  return { ...header.description, id, name, bitrate, language, init: header.bytes };
}

/** Chunks in a row become rows of segments; a sequence number that no chunk bears becomes a row without bytes. */
function tableOf(files: readonly MediaFile[], json: RecordingJson, timescale: number): SegmentTable {
  const table = createSegmentTable();
  let open: { readonly first: IndexRecord; readonly file: number; size: number; end: bigint } | undefined;

  const close = (): void => {
    if (open === undefined) {
      return;
    }
    const { first, file, size, end } = open;
    for (
      let missing = table.firstSequence + table.length;
      table.length > 0 && missing < first.sequence;
      missing += 1
    ) {
      const last = table.at(table.length - 1);
      const time = ticks(last.time + BigInt(last.duration));
      const isLast = missing === first.sequence - 1;
      const duration = isLast ? Number(first.decodeTime - time) : 0;
      table.append(
        { sequence: missing, time, duration: Math.max(0, duration), size: 0, discontinuity: false },
        { file: 0, offset: 0 },
      );
    }
    table.append(
      {
        sequence: first.sequence,
        time: first.decodeTime,
        duration: Number(end - first.decodeTime),
        size,
        discontinuity: first.discontinuity || leavesGap(table, first, timescale),
      },
      { file, offset: first.offset },
    );
  };

  for (const { number, records } of files) {
    for (const record of records) {
      if (record.sequence < json.firstSequence || record.sequence > (json.lastSequence ?? Infinity)) {
        continue;
      }
      const end = record.decodeTime + BigInt(record.duration);
      if (record.sequence === open?.first.sequence && number === open.file) {
        open.size += record.size;
        open.end = end;
      } else if (record.sequence > (open?.first.sequence ?? -1)) {
        close();
        open = { first: record, file: number, size: record.size, end };
      }
    }
  }
  close();
  return table;
}

/** An index that was made again from the media cannot tell a break between two files; the times can. */
function leavesGap(table: SegmentTable, first: IndexRecord, timescale: number): boolean {
  if (table.length === 0) {
    return false;
  }
  const last = table.at(table.length - 1);
  return Number(first.decodeTime - last.time) - last.duration > GAP_SECONDS * timescale;
}

/** One that was cut off has no noted end: all tracks end where the first one does, and its window counts back from there. */
function trimToWindow(tracks: readonly RecordedTrack[], json: RecordingJson): void {
  const leader = tracks[0];
  if (leader === undefined || leader.table.length === 0) {
    return;
  }
  const { table, track } = leader;
  const last = table.at(table.length - 1);
  const start = ticks(last.time + BigInt(last.duration) - secondsToTicks(json.archiveSeconds, track.timescale));
  const first = table.firstSequence + Math.max(0, table.indexBefore(start));
  for (const { table: each } of tracks) {
    each.dropFirst(Math.max(0, first - each.firstSequence));
  }
}
