import { z } from 'zod';
import { EXPORT_FORMATS, exportCreate } from './assets.ts';
import type { Route } from './route.ts';

/** What is about to be exported; where to is not asked. */
const exportPlanCreate = exportCreate.omit({ out: true });

/** What an export would be, if it began now. */
export const exportPlan = z.strictObject({
  format: z.enum(EXPORT_FORMATS),
  quality: z.string(),
  /** Left out: what viewers heard. */
  sound: z.string().optional(),
  /** Where it would begin and end, in seconds from the start of the recording: at key frames, a beginning or end in a gap moved out of it. */
  start: z.number().min(0),
  end: z.number().min(0),
  /** Bytes of media in it; the file comes out a little smaller. */
  size: z.number().int().min(0),
});
export type ExportPlan = z.infer<typeof exportPlan>;

const MOST_KEY_FRAMES = 50;

export const keyFramesQuery = z.strictObject({
  /** Seconds from the start of the recording. */
  time: z.coerce.number().min(0).default(0),
  /** How many before it, and how many behind it. */
  count: z.coerce.number().int().min(1).max(MOST_KEY_FRAMES).default(20),
  /** As of an export: encoders may set the key frames of each quality elsewhere. */
  quality: z.union([z.literal('top'), z.coerce.number().int().min(1)]).default('top'),
});
export type KeyFramesQuery = z.infer<typeof keyFramesQuery>;

/** Key frames that follow each other: none between two of them is left out. Those of sound alone are its frames. */
export const keyFrames = z.strictObject({
  quality: z.string(),
  /** Seconds from the start of the recording, oldest first. */
  times: z.array(z.number().min(0)),
  /** Whether the recording has none before these. */
  isFirst: z.boolean(),
  /** Whether it has none behind these, so far. */
  isLast: z.boolean(),
});
export type KeyFrames = z.infer<typeof keyFrames>;

/** What can be known of an export before it is made. */
export const EXPORT_PLAN_ROUTES = {
  planExport: {
    method: 'POST',
    path: '/assets/{name}/exports/plan',
    summary: 'What an export would be, with the range that it would really have. Nothing is written.',
    body: exportPlanCreate,
    response: exportPlan,
    reads: true,
  },
  listKeyFrames: {
    method: 'GET',
    path: '/assets/{name}/keyFrames',
    summary: 'The key frames around a time, as exports begin and end at them.',
    query: keyFramesQuery,
    response: keyFrames,
  },
} as const satisfies Record<string, Route>;
