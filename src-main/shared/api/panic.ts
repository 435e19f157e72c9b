import { z } from 'zod';
import { isoTime, problem } from './common.ts';

/** How much is taken back at most by one press: ten minutes. */
export const MOST_PANIC_SECONDS = 600;

export const panicCreate = z.strictObject({
  /** How much of what was shown is taken back; what the settings say when left out. 0: only the picture and the sound are cut. */
  seconds: z.number().min(0).max(MOST_PANIC_SECONDS).optional(),
});

/** What has it and cannot be made to forget it. */
const panicRemains = z.discriminatedUnion('kind', [
  /** A push destination: what was sent to it is in its hands. */
  z.strictObject({ kind: z.literal('destination'), name: z.string() }),
  /** Players keep what they have loaded until they have played it. */
  z.strictObject({ kind: z.literal('viewers'), count: z.number().int().min(1) }),
  /** Object storage: its own versions, and caches in front of it. */
  z.strictObject({ kind: z.literal('storage'), name: z.string() }),
  /** An export that was written to a place of one's own. */
  z.strictObject({ kind: z.literal('file'), path: z.string() }),
]);
export type PanicRemains = z.infer<typeof panicRemains>;

/** There while the slate covers everything, until the presenter says `back`. */
export const panicState = z.strictObject({
  since: isoTime,
  seconds: z.number(),
  /** UTC of the first moment that was taken back: the key frame before what was asked for. */
  removedFrom: isoTime,
  /**
   * `removing`: nobody is shown it any more, and its bytes are being overwritten. `removed`: they are. `incomplete`: some could not be; `error` says
   * why, and the next start of the service tries again.
   */
  removal: z.enum(['removing', 'removed', 'incomplete']),
  error: problem.optional(),
  remains: z.array(panicRemains),
});
export type PanicState = z.infer<typeof panicState>;
