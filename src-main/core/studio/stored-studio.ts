import { z } from 'zod';
import { audioInput, scene, sourceSpec } from '../../shared/api/studio.ts';

/** What the studio remembers from one start to the next. */
export const storedStudio = z.object({
  title: z.string(),
  record: z.boolean(),
  sources: z.array(sourceSpec),
  scene,
  audio: z.array(audioInput.pick({ id: true, gainDb: true, muted: true })),
});
export type StoredStudio = z.infer<typeof storedStudio>;
