import { z } from 'zod';
import { guid, isoTime, problem, resourceName } from './common.ts';

/** The predefined streaming policies that need no key (spec 4.3). */
export const STREAMING_POLICIES = [
  'Predefined_DownloadOnly',
  'Predefined_ClearStreamingOnly',
  'Predefined_DownloadAndClearStreaming',
] as const;
export type StreamingPolicyName = (typeof STREAMING_POLICIES)[number];

export const streamingPolicy = z.strictObject({
  name: z.enum(STREAMING_POLICIES),
  noEncryption: z.strictObject({
    enabledProtocols: z.strictObject({
      download: z.boolean(),
      dash: z.boolean(),
      hls: z.boolean(),
      smoothStreaming: z.boolean(),
    }),
  }),
});
export type StreamingPolicy = z.infer<typeof streamingPolicy>;

export const streamingLocator = z.strictObject({
  name: resourceName,
  assetName: resourceName,
  streamingLocatorId: guid,
  streamingPolicyName: z.enum(STREAMING_POLICIES),
  startTime: isoTime.optional(),
  endTime: isoTime.optional(),
  created: isoTime,
});
export type StreamingLocator = z.infer<typeof streamingLocator>;

export const streamingLocatorCreate = z.strictObject({
  assetName: resourceName,
  streamingPolicyName: z.enum(STREAMING_POLICIES),
  streamingLocatorId: guid.optional(),
  startTime: isoTime.optional(),
  endTime: isoTime.optional(),
});
export type StreamingLocatorCreate = z.infer<typeof streamingLocatorCreate>;

export const locatorPaths = z.strictObject({
  streamingPaths: z.array(
    z.strictObject({
      streamingProtocol: z.enum(['Hls', 'Dash', 'SmoothStreaming', 'Download']),
      encryptionScheme: z.enum(['NoEncryption']),
      paths: z.array(z.string()),
    }),
  ),
  downloadPaths: z.array(z.string()),
  /** Not in AMS: complete URLs for people. */
  watchUrl: z.string(),
});
export type LocatorPaths = z.infer<typeof locatorPaths>;

/**
 * `off`: not wanted now. `waiting`: wanted, nothing is live. `connecting`, `live`. `reconnecting`: lost, being tried again at `retryAt`.
 * `failed`: trying again would not help (refused key, impossible address); `error` says what to do.
 */
const DESTINATION_STATES = ['off', 'waiting', 'connecting', 'live', 'reconnecting', 'failed'] as const;
export type DestinationState = (typeof DESTINATION_STATES)[number];

export const destination = z.strictObject({
  name: resourceName,
  /** Server part of the address; a key that was given inside it has been moved to the key store. */
  url: z.string(),
  backupUrl: z.string().optional(),
  /** The key itself is never given back. */
  hasStreamKey: z.boolean(),
  /** Start together with the broadcast. */
  enabled: z.boolean(),
  /** `top`, or the video bitrate of a quality in kbit/s; what the ladder lacks falls back to the next below. */
  quality: z.union([z.literal('top'), z.number().int()]),
  state: z.enum(DESTINATION_STATES),
  /** Bits per second over the last seconds. */
  sentBitrate: z.number().min(0),
  /** Seconds of media waiting to be sent. */
  queueSeconds: z.number().min(0),
  /** Seconds of media that were never sent, since the broadcast began. */
  droppedSeconds: z.number().min(0),
  retries: z.number().int().min(0),
  retryAt: isoTime.optional(),
  connectedAt: isoTime.optional(),
  error: problem.optional(),
});
export type Destination = z.infer<typeof destination>;

const pushUrl = z
  .string()
  .max(2048)
  .regex(/^rtmps?:\/\/[^\s/]+(?:\/\S*)?$/i, 'must be an rtmp:// or rtmps:// address');

export const destinationCreate = z.strictObject({
  url: pushUrl,
  backupUrl: pushUrl.optional(),
  /** Write-only. */
  streamKey: z.string().max(1024).optional(),
  enabled: z.boolean().default(true),
  quality: z.union([z.literal('top'), z.number().int().min(1)]).default('top'),
});
export type DestinationCreate = z.infer<typeof destinationCreate>;

export const destinationPatch = z.strictObject({
  url: pushUrl.optional(),
  backupUrl: z.union([pushUrl, z.null()]).optional(),
  streamKey: z.union([z.string().max(1024), z.null()]).optional(),
  enabled: z.boolean().optional(),
  quality: z.union([z.literal('top'), z.number().int().min(1)]).optional(),
});
export type DestinationPatch = z.infer<typeof destinationPatch>;

const STREAMING_ENDPOINT_STATES = ['Stopped', 'Starting', 'Running', 'Stopping'] as const;

export const streamingEndpoint = z.strictObject({
  name: z.string(),
  hostName: z.string(),
  resourceState: z.enum(STREAMING_ENDPOINT_STATES),
  /** Viewers that asked for media in the last 30 s, counted by connection address and player session. */
  viewers: z.number().int().min(0),
  egressBitrate: z.number().min(0),
});
export type StreamingEndpoint = z.infer<typeof streamingEndpoint>;
