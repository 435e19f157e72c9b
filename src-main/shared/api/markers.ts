import { z } from 'zod';

export const markerAdd = z.strictObject({
  /** Seconds from the start of the recording; now, when left out, of one that is being recorded. */
  time: z.number().min(0).optional(),
  label: z.string().max(200).default(''),
});

export const markerPatch = z.strictObject({
  time: z.number().min(0).optional(),
  label: z.string().max(200).optional(),
});
export type MarkerPatch = z.infer<typeof markerPatch>;
