import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { RecordingDescription } from '../ports/archive.ts';
import { CAPTION_CHANNELS } from '../ports/presentation.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

/** `recording.json` in an asset's folder: what the media files do not say themselves. */
const recordingJson = z.object({
  version: z.literal(1),
  assetId: z.string(),
  name: z.string(),
  title: z.string(),
  created: z.string(),
  manifestName: z.string(),
  epochOffsetMs: z.number(),
  segmentSeconds: z.number().positive(),
  fragmentsPerTsSegment: z.number().int().min(1).optional(),
  archiveSeconds: z.number().positive(),
  firstSequence: z.number().int(),
  /** Of the last segment that belongs to it; absent while it is being recorded. */
  lastSequence: z.number().int().optional(),
  tracks: z.array(
    z.object({
      id: z.string().regex(/^[\w.-]+$/),
      name: z.string(),
      kind: z.enum(['video', 'audio']),
      bitrate: z.number().int(),
      language: z.string(),
      captions: z.array(z.enum(CAPTION_CHANNELS)).optional(),
      /** Of a sound input that was recorded by itself. */
      separate: z.object({ input: z.string(), label: z.string() }).optional(),
      gaps: z.array(z.object({ from: z.number(), to: z.number() })).optional(),
    }),
  ),
});
export type RecordingJson = z.infer<typeof recordingJson>;

const FILE_NAME = 'recording.json';

/** Undefined when there is none or it cannot be understood. */
export async function readRecordingJson(folder: string): Promise<RecordingJson | undefined> {
  try {
    return recordingJson.parse(JSON.parse(await readFile(join(folder, FILE_NAME), 'utf8')));
  } catch {
    return undefined;
  }
}

export async function writeRecordingJson(folder: string, content: RecordingJson): Promise<void> {
  await writeFileAtomic(join(folder, FILE_NAME), `${JSON.stringify(content, undefined, 2)}\n`);
}

export function describeRecording(
  asset: { readonly assetId: string; readonly name: string; readonly title: string; readonly created: string },
  description: RecordingDescription,
): RecordingJson {
  return {
    version: 1,
    assetId: asset.assetId,
    name: asset.name,
    title: asset.title,
    created: asset.created,
    ...description,
    tracks: description.tracks.map(
      ({ id, name, kind, bitrate, language, captions = [], separate, gaps = [] }) => ({
        id,
        name,
        kind,
        bitrate,
        language,
        ...(captions.length === 0 ? {} : { captions: [...captions] }),
        ...(separate === undefined ? {} : { separate, gaps: [...gaps] }),
      }),
    ),
  };
}
