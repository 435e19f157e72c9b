import { z } from 'zod';
import { isoTime } from './common.ts';

const bitrate = z.number().int().min(0);

/**
 * Somebody who asked for media in the last 30 s, and what the player said of how it fares (CTA-5004, CMCD). What it never said is left out; most
 * players say nothing unless they are told to.
 */
export const viewerSession = z.strictObject({
  /** Unique as long as the service runs. */
  id: z.number().int().min(1),
  /** Of the streaming locator or the preview that is watched. */
  streamingLocatorId: z.string(),
  /** As the player calls it. */
  sessionId: z.string().optional(),
  firstSeen: isoTime,
  lastSeen: isoTime,
  streamType: z.enum(['live', 'vod']).optional(),
  /** 1 is real time, 0 while it stands. */
  playbackRate: z.number().min(0).optional(),
  /** Media that the player has before it, of the pictures when there are any. */
  bufferSeconds: z.number().min(0).optional(),
  /** What the player measured, in bits per second. */
  measuredBitrate: bitrate.optional(),
  /** Of the quality it asked for last, and of the best that it could, in bits per second. */
  requestedBitrate: bitrate.optional(),
  topBitrate: bitrate.optional(),
  /** It was not playing yet when it asked last, or not again. */
  startingUp: z.boolean(),
  /** How often it ran dry. */
  starvations: z.number().int().min(0),
  lastStarved: isoTime.optional(),
  /** It ran dry in the last 30 s. */
  waiting: z.boolean(),
});
export type ViewerSession = z.infer<typeof viewerSession>;
