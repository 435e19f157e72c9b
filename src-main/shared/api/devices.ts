import { z } from 'zod';
import { sourceSpec } from './studio.ts';

/** A source to be tried out: a device, a file or an address. It need not be one of the studio's, and does not become one. */
export const sourceTest = z.strictObject({ source: sourceSpec });

const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/);
const dbfs = z.number().min(-120).max(0);

export const sourceTestResult = z.strictObject({
  /** A name people know. */
  label: z.string(),
  /** The studio has it open already: the picture is what it gives there. */
  inUse: z.boolean(),
  picture: z
    .strictObject({
      /** JPEG. */
      jpeg: base64,
      /** Of the JPEG, in pixels. */
      width: z.number().int(),
      height: z.number().int(),
      /** Pictures a second that came; undefined when too few came to say. */
      frameRate: z.number().min(0).optional(),
      /** All of it: a lens that is covered, a screen that hides itself. */
      isBlack: z.boolean(),
    })
    .optional(),
  sound: z
    .strictObject({
      /** 200 ms as WAV, 48 kHz, stereo. */
      wav: base64,
      peakDb: dbfs,
      rmsDb: dbfs,
      /** Not even the noise of a microphone. */
      isSilent: z.boolean(),
    })
    .optional(),
  /** How long it took until both had come. */
  tookMs: z.number().min(0),
});
export type SourceTestResult = z.infer<typeof sourceTestResult>;
