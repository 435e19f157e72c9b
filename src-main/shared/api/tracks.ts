import { z } from 'zod';
import { assetTrack } from './assets.ts';
import { isoTime } from './common.ts';

/** Tracks of an asset, after the Tracks API of Azure Media Services 2022. Those that were recorded cannot be changed. */
const TRACK_TYPES = [
  '#Microsoft.Media.VideoTrack',
  '#Microsoft.Media.AudioTrack',
  '#Microsoft.Media.TextTrack',
] as const;

/** Part of a URL. */
export const trackName = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, 'must be letters, digits, hyphens and underscores');

/** As it can be downloaded; its ending says what it is. */
const fileName = z
  .string()
  .max(128)
  .regex(
    /^[\p{L}\p{N}_][\p{L}\p{N} ._()-]*\.(?:vtt|ttml|xml|dfxp|mp4|m4a|aac)$/iu,
    'must be a plain file name that ends in .vtt, .ttml, .xml, .dfxp, .mp4, .m4a or .aac',
  );

const displayName = z
  .string()
  .trim()
  .min(1)
  .max(128)
  // It stands in quotes in HLS playlists, which cannot be written inside of them.
  .regex(/^[^"\p{Cc}]*$/u, 'must have no quotes and no control characters');

export const languageCode = z
  .string()
  .max(35)
  .regex(/^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/, 'must be a BCP 47 language tag such as en or pt-BR');

const playerVisibility = z.enum(['Visible', 'Hidden']);

/** Uniform Type Identifiers with commas between, e.g. `public.accessibility.describes-video`. */
const characteristics = z
  .string()
  .max(512)
  .regex(/^(?:[A-Za-z0-9._-]+(?:,[A-Za-z0-9._-]+)*)?$/, 'must be identifiers with commas between them');

/** The values of urn:mpeg:dash:role:2011 (ISO/IEC 23009-1 §5.8.5.5). */
export const DASH_ROLES = [
  'caption',
  'subtitle',
  'main',
  'alternate',
  'supplementary',
  'commentary',
  'dub',
  'description',
  'sign',
  'metadata',
  'enhanced-audio-intelligibility',
  'emergency',
  'forced-subtitle',
  'easyreader',
  'karaoke',
] as const;

const hlsSettings = z.strictObject({ default: z.boolean(), forced: z.boolean(), characteristics });
const dashSettings = z.strictObject({ role: z.enum(DASH_ROLES).optional() });

export const track = assetTrack
  .extend({
    /** The name of an added track, the id of a recorded one. */
    name: z.string(),
    '@odata.type': z.enum(TRACK_TYPES),
    kind: z.enum(['video', 'audio', 'text']),
    /** Of an added track, as everything below. */
    fileName: z.string().optional(),
    displayName: z.string().optional(),
    languageCode: z.string(),
    playerVisibility,
    hlsSettings: hlsSettings.optional(),
    dashSettings: dashSettings.optional(),
    /** `Failed`: its file cannot be read any more; `remark` says why, and players are not offered it. */
    provisioningState: z.enum(['Succeeded', 'Failed']),
    /** Bytes of the file. */
    size: z.number().int().optional(),
    /** What is worth knowing: that the sound is shorter than the recording, for example. */
    remark: z.string().optional(),
    created: isoTime.optional(),
  })
  .strict();
export type Track = z.infer<typeof track>;

const flag = z.enum(['true', 'false']);

/** What is said of a file that is the body. */
export const trackUpload = z.strictObject({
  /** The track's name with the usual ending when left out. */
  fileName: fileName.optional(),
  /** The track's name when left out. */
  displayName: displayName.optional(),
  /** What the file says when left out. */
  languageCode: languageCode.optional(),
  playerVisibility: playerVisibility.optional(),
  hlsDefault: flag.optional(),
  hlsForced: flag.optional(),
  hlsCharacteristics: characteristics.optional(),
  dashRole: z.enum(DASH_ROLES).optional(),
});
export type TrackUpload = z.infer<typeof trackUpload>;

export const trackPatch = z.strictObject({
  displayName: displayName.optional(),
  languageCode: languageCode.optional(),
  playerVisibility: playerVisibility.optional(),
  hlsSettings: hlsSettings.partial().optional(),
  dashSettings: z.strictObject({ role: z.union([z.enum(DASH_ROLES), z.null()]).optional() }).optional(),
});
export type TrackPatch = z.infer<typeof trackPatch>;
