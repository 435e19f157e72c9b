import { z } from 'zod';

/** What the studio offers; the API takes any length. */
export const CLIP_SECONDS = [15, 30, 60, 120] as const;

export const clipCreate = z
  .strictObject({
    /** The last so many seconds; widened to the key frame before. */
    seconds: z.number().min(1).max(3600).optional(),
    /** Instead: from there to there, in seconds from the start of the recording. */
    start: z.number().min(0).optional(),
    end: z.number().min(0).optional(),
    title: z.string().max(200).optional(),
  })
  .refine(({ seconds, start, end }) => (seconds === undefined) !== (start === undefined && end === undefined), {
    message: 'must have either seconds, or start and end',
    path: ['seconds'],
  })
  .refine(({ start = 0, end = Infinity }) => start < end, { message: 'must be after start', path: ['end'] });
export type ClipCreate = z.infer<typeof clipCreate>;

export const studioClip = z.strictObject({
  seconds: z.number().min(1).max(3600).default(30),
  title: z.string().max(200).optional(),
});
