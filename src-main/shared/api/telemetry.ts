import { z } from 'zod';
import { isoTime } from './common.ts';

/** What the pull API answers (spec 2.16; AMS 2022-11), with the schema's own field names. */
const HEALTH = ['Excellent', 'Good', 'Poor'] as const;

export const liveEventStatus = z.strictObject({
  state: z.enum(['Running', 'Stopped']),
  /** Over the last 20 s; left out while nothing is connected and nothing was. */
  healthStatus: z.enum(HEALTH).optional(),
  healthDescriptions: z.array(z.string()),
  lastUpdatedTime: isoTime,
  ingestion: z
    .strictObject({
      streamName: z.string(),
      begin: isoTime,
      end: isoTime.optional(),
      endReason: z.string().optional(),
      ingestInterruptions: z.array(
        z.strictObject({ begin: isoTime, end: isoTime.optional(), duration: z.string(), reason: z.string() }),
      ),
    })
    .optional(),
  trackStatus: z.array(
    z.strictObject({
      trackId: z.string(),
      /** Bits per second. */
      expectedBitrate: z.number(),
      /** Bits per second, mean of the last 20 s. */
      incomingBitrate: z.number(),
      /** Seconds lost per minute; `n/a` without data. */
      ingestDrift: z.string(),
    }),
  ),
});
export type LiveEventStatus = z.infer<typeof liveEventStatus>;

const STREAM_EVENT_TYPES = [
  'StreamEvent/BeginIngest',
  'StreamEvent/EndIngest',
  'StreamEvent/FirstChunkReceived',
  'StreamEvent/ChunkDropped',
  'StreamEvent/UnalignedKeyFrames',
  'StreamEvent/UnalignedPresentation',
  'StreamEvent/Discontinuity',
  'StreamEvent/InvalidConnection',
] as const;

export const streamEvent = z.strictObject({
  eventType: z.enum(STREAM_EVENT_TYPES),
  eventTime: isoTime,
  eventLevel: z.enum(['Critical', 'Error', 'Warning', 'Information']),
  data: z.record(z.string(), z.unknown()),
});
export type StreamEvent = z.infer<typeof streamEvent>;

/** One track's last 20 s. Times are texts, because ticks pass 2^53. */
export const ingestHeartbeat = z.strictObject({
  trackType: z.enum(['video', 'audio']),
  /** `video_2025000`. */
  trackName: z.string(),
  /** Bits per second that the encoder declared, or that were measured at first. */
  bitrate: z.number(),
  /** Bits per second in the last 20 s. */
  incomingBitrate: z.number(),
  lastTimestamp: z.string(),
  timescale: z.string(),
  overlapCount: z.number().int(),
  discontinuityCount: z.number().int(),
  nonincreasingCount: z.number().int(),
  /** Incoming at least twice or at most half the declared, or 0. */
  unexpectedBitrate: z.boolean(),
  state: z.enum(['Running', 'Stopped']),
  /** No overlap, no discontinuity, nothing out of order, and the bitrate as expected. */
  healthy: z.boolean(),
  lastFragmentArrivalTime: isoTime.optional(),
  /** Seconds lost per minute; `n/a` without data. */
  ingestDriftValue: z.string(),
  transcriptionState: z.string(),
  transcriptionLanguage: z.string(),
});
export type IngestHeartbeat = z.infer<typeof ingestHeartbeat>;

export const trackIngestHeartbeat = z.strictObject({ eventTime: isoTime, heartbeat: ingestHeartbeat });
export type TrackIngestHeartbeat = z.infer<typeof trackIngestHeartbeat>;

/** Somebody's action through the control API, or the window, which is the same. */
export const auditEntry = z.strictObject({
  /** Goes up by one with every entry of a data folder. */
  id: z.number().int(),
  time: isoTime,
  /** As in the operations, for example `liveEvents/start`; else method and route. */
  action: z.string(),
  subject: z.string(),
  /** Address the call came from. */
  from: z.string(),
  /** Of the answer: 202 for an operation that was begun. */
  status: z.number().int(),
  /** Why it was refused. */
  code: z.string().optional(),
});
export type AuditEntry = z.infer<typeof auditEntry>;
