import { z } from 'zod';
import { isoTime } from './common.ts';
import type { Route } from './route.ts';

/** Pictures of a recording at equal distances, many in one JPEG. */
const thumbnails = z.strictObject({
  /** UTC of the second 0, as that of markers. */
  recordedAt: isoTime,
  /** Seconds from picture to picture. */
  interval: z.number().int(),
  /** Of each picture, in pixels. */
  width: z.number().int(),
  height: z.number().int(),
  /** Of pictures in a sheet: line by line, black where the recording has none. */
  columns: z.number().int(),
  rows: z.number().int(),
  sheets: z.array(
    z.strictObject({
      /** Seconds at which its first picture stands; that of a broadcast may lie before 0. */
      start: z.number(),
      end: z.number(),
      /** Path of the JPEG, to be asked for with the token. */
      url: z.string(),
    }),
  ),
});
export type Thumbnails = z.infer<typeof thumbnails>;

/** Seconds from the start of the recording. */
export const thumbnailQuery = z.strictObject({ time: z.coerce.number().min(0).max(1e9).optional() });

export const THUMBNAIL_ROUTES = {
  getThumbnails: {
    method: 'GET',
    path: '/assets/{name}/thumbnails',
    summary: 'Pictures of the whole recording: where each stands in which sheet.',
    response: thumbnails,
  },
  getThumbnailSheet: {
    method: 'GET',
    path: '/assets/{name}/thumbnails/{sheet}',
    summary: 'A JPEG of many pictures, by an address that `thumbnails` gives.',
    kind: 'stream',
  },
  getAssetThumbnail: {
    method: 'GET',
    path: '/assets/{name}/thumbnail',
    summary:
      'A JPEG of one picture, that of `time`; without it the newest of a recording in progress, else one near its beginning.',
    query: thumbnailQuery,
    kind: 'stream',
  },
} as const satisfies Record<string, Route>;
