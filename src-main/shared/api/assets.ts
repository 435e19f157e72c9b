import { z } from 'zod';
import { guid, isoTime, manifestName, problem, resourceName } from './common.ts';

/**
 * `empty`: created, nothing recorded yet. `recording`: a live output writes it. `finalising`: being checked after the end.
 * `ready`: whole and checked. `damaged`: something is missing or does not decode; `damage` says what.
 */
const ASSET_STATES = ['empty', 'recording', 'finalising', 'ready', 'damaged'] as const;
export type AssetState = (typeof ASSET_STATES)[number];

export const assetTrack = z.strictObject({
  /** `video_2500000`, `audio_128000`: the name used by exports and file names. */
  id: z.string(),
  kind: z.enum(['video', 'audio']),
  codec: z.string(),
  bitrate: z.number().int(),
  width: z.number().int().optional(),
  height: z.number().int().optional(),
  frameRate: z.number().optional(),
  sampleRate: z.number().int().optional(),
  channels: z.number().int().optional(),
  language: z.string(),
});
export type AssetTrack = z.infer<typeof assetTrack>;

const span = z.strictObject({ start: z.number(), duration: z.number() });

/** A sound input that was recorded by itself: for exports, never for viewers. */
const separateTrack = z.strictObject({
  /** `separate_1`: what an export names it by. */
  id: z.string(),
  /** What the input was called. */
  label: z.string(),
  codec: z.string(),
  bitrate: z.number().int(),
  sampleRate: z.number().int(),
  channels: z.number().int(),
  /** Seconds from the start of the recording. */
  start: z.number(),
  end: z.number(),
  /** Bytes on disk; they are part of the size of the asset. */
  size: z.number().int().min(0),
  /** Where it has nothing, as while its encoder was away. While its source was away it is silent. */
  gaps: z.array(span),
});
export type SeparateTrack = z.infer<typeof separateTrack>;

export const asset = z.strictObject({
  name: resourceName,
  assetId: guid,
  /** What the presenter called it. */
  title: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  state: z.enum(ASSET_STATES),
  damage: z.string().optional(),
  created: isoTime,
  lastModified: isoTime,
  /** UTC of the first picture. */
  recordedAt: isoTime.optional(),
  /** Seconds of media in the archive window, gaps not counted. */
  duration: z.number().min(0),
  /** Bytes on disk, all qualities. */
  size: z.number().int().min(0),
  tracks: z.array(assetTrack),
  /** Times in seconds from the start of the recording in which nothing was recorded. */
  gaps: z.array(span),
  /** Left out when there are none. */
  separateTracks: z.array(separateTrack).optional(),
  manifestName: manifestName.optional(),
  /** The asset that it is a clip of. */
  clipOf: resourceName.optional(),
  /** The streaming locators that publish it. */
  locators: z.array(z.string()),
});
export type Asset = z.infer<typeof asset>;

export const assetCreate = z.strictObject({
  title: z.string().max(200).optional(),
  description: z.string().max(4096).optional(),
  tags: z.array(z.string().min(1).max(50)).max(20).optional(),
});
export type AssetCreate = z.infer<typeof assetCreate>;

export const marker = z.strictObject({
  id: z.string(),
  /** Seconds from the start of the recording. */
  time: z.number().min(0),
  label: z.string().max(200),
});
export type Marker = z.infer<typeof marker>;

/** Files, and `hls`: a folder of playlists and segments that any web server can serve. */
export const EXPORT_FORMATS = ['mp4', 'mkv', 'm4a', 'hls'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/**
 * A time in a recording: seconds from its start, or `[[hh:]mm:]ss[.fff]`. Ranges are widened to the key frames around them unless they are to be
 * exact; nothing is encoded again either way.
 */
export const mediaTime = z.union([
  z.number().min(0),
  z.string().regex(/^(?:(?:\d+:)?[0-5]?\d:)?\d+(?:\.\d+)?$/, 'must be seconds or [[hh:]mm:]ss[.fff]'),
]);

export const exportCreate = z.strictObject({
  format: z.enum(EXPORT_FORMATS).default('mp4'),
  /** `top`, the video bitrate of a quality in kbit/s, or `all`: every quality as a track of its own, those behind the best switched off. */
  quality: z.union([z.enum(['top', 'all']), z.number().int().min(1)]).default('top'),
  /**
   * `programme`, or left out: what viewers heard. `all`: of an MP4, and behind it, switched off, the sound inputs that were recorded by themselves. The id of one
   * of those: of an M4A, that alone, from the beginning of the recording or of the range on.
   */
  sound: z
    .union([
      z.enum(['programme', 'all']),
      z.string().regex(/^separate_\d+$/, 'must be the id of a separate track'),
    ])
    .optional(),
  start: mediaTime.optional(),
  end: mediaTime.optional(),
  /**
   * Begins and ends with the very pictures of the range, not with the key frames around it. Nothing is encoded again: what has to be decoded before
   * the first picture is in the file and hidden by its edit list (ISO/IEC 14496-12 §8.6.6), so MP4 and M4A only.
   */
  exact: z.boolean().optional(),
  /** A file path to write to. Without it the service keeps the file for `exports/{id}/file`. */
  out: z.string().min(1).max(4096).optional(),
});
export type ExportCreate = z.infer<typeof exportCreate>;

const EXPORT_STATES = ['queued', 'writing', 'checking', 'done', 'failed', 'cancelled'] as const;

export const exportJob = z.strictObject({
  id: z.string(),
  asset: z.string(),
  format: z.enum(EXPORT_FORMATS),
  quality: z.string(),
  /** Left out: what viewers heard. */
  sound: z.string().optional(),
  state: z.enum(EXPORT_STATES),
  /** 0..1, the check included. */
  progress: z.number().min(0).max(1),
  /** Seconds left, when there is a basis for saying so. */
  eta: z.number().min(0).optional(),
  created: isoTime,
  /** What the range became after it was widened to key frames, in seconds. */
  start: z.number().optional(),
  end: z.number().optional(),
  size: z.number().int().optional(),
  fileName: z.string(),
  path: z.string().optional(),
  error: problem.optional(),
});
export type ExportJob = z.infer<typeof exportJob>;
