import { z } from 'zod';
import { storedScenes } from '../../shared/api/scenes.ts';
import { loudnessTarget } from '../../shared/api/sound.ts';
import { audioInput, scene, sourceSpec } from '../../shared/api/studio.ts';
import { UNTREATED } from '../../shared/sound-limits.ts';

const { id, gainDb, muted, delayMs, channels, highPass, noiseSuppression, separateTrack } = audioInput.shape;

/** What the studio remembers from one start to the next. */
export const storedStudio = z.object({
  title: z.string(),
  record: z.boolean(),
  sources: z.array(sourceSpec),
  scene,
  /** Left out by those who stored before there were any. */
  scenes: storedScenes.optional(),
  // What is left out was stored before it could be set.
  audio: z.array(
    z.object({
      id,
      gainDb,
      muted,
      delayMs: delayMs.default(UNTREATED.delayMs),
      channels: channels.default(UNTREATED.channels),
      highPass: highPass.default(UNTREATED.highPass),
      noiseSuppression: noiseSuppression.default(UNTREATED.noiseSuppression),
      separateTrack: separateTrack.default('off'),
    }),
  ),
  loudnessTarget: loudnessTarget.default('off'),
});
export type StoredStudio = z.infer<typeof storedStudio>;
