import { z } from 'zod';
import {
  guid,
  isoDuration,
  isoDurationBetween,
  isoTime,
  liveEventName,
  liveOutputName,
  manifestName,
  resourceName,
  tags,
} from './common.ts';

/** Live event states (spec 2.4). */
export const LIVE_EVENT_STATES = [
  'Stopped',
  'Allocating',
  'StandBy',
  'Starting',
  'Running',
  'Stopping',
  'Deleting',
] as const;
export type LiveEventState = (typeof LIVE_EVENT_STATES)[number];

const endpoint = z.strictObject({ protocol: z.string(), url: z.string() });

const ENCODING_TYPES = ['PassthroughBasic', 'PassthroughStandard', 'Standard', 'Premium1080p'] as const;
const STREAM_OPTIONS = ['Default', 'LowLatency', 'LowLatencyV2'] as const;

/**
 * A live event in the shape of the AMS v3 API, properties flattened as its JavaScript SDK showed them.
 * `input.streamingProtocol` has one value more than AMS had: `Studio`, the encoder of this computer.
 */
export const liveEvent = z.strictObject({
  name: liveEventName,
  description: z.string(),
  tags,
  created: isoTime,
  lastModified: isoTime,
  provisioningState: z.enum(['Succeeded', 'InProgress', 'Failed']),
  resourceState: z.enum(LIVE_EVENT_STATES),
  input: z.strictObject({
    streamingProtocol: z.enum(['Studio', 'RTMP', 'FragmentedMP4']),
    accessToken: guid,
    keyFrameIntervalDuration: isoDuration,
    endpoints: z.array(endpoint),
  }),
  preview: z.strictObject({ previewLocator: guid, endpoints: z.array(endpoint) }),
  encoding: z.strictObject({ encodingType: z.enum(ENCODING_TYPES) }),
  streamOptions: z.array(z.enum(STREAM_OPTIONS)),
});
export type LiveEvent = z.infer<typeof liveEvent>;

/** What may be given to create a live event; the rest has defaults. */
export const liveEventCreate = z.strictObject({
  description: z.string().max(4096).optional(),
  tags: tags.optional(),
  input: z.strictObject({
    streamingProtocol: z.enum(['Studio']),
    accessToken: guid.optional(),
    keyFrameIntervalDuration: isoDurationBetween('PT0.5S', 'PT20S').optional(),
  }),
  preview: z.strictObject({ previewLocator: guid.optional() }).optional(),
  streamOptions: z.array(z.enum(STREAM_OPTIONS)).max(1).optional(),
});
export type LiveEventCreate = z.infer<typeof liveEventCreate>;

export const liveEventPatch = z.strictObject({
  description: z.string().max(4096).optional(),
  tags: tags.optional(),
});

const LIVE_OUTPUT_STATES = ['Creating', 'Running', 'Deleting'] as const;

export const liveOutput = z.strictObject({
  name: liveOutputName,
  description: z.string(),
  assetName: resourceName,
  archiveWindowLength: isoDuration,
  rewindWindowLength: isoDuration.optional(),
  manifestName,
  /** Media timestamp in ticks of 10 MHz; nothing earlier is archived. A string, because it passes 2^53. */
  outputSnapTime: z.string().regex(/^\d+$/).optional(),
  created: isoTime,
  lastModified: isoTime,
  provisioningState: z.enum(['Succeeded', 'InProgress', 'Failed']),
  resourceState: z.enum(LIVE_OUTPUT_STATES),
});
export type LiveOutput = z.infer<typeof liveOutput>;

export const liveOutputCreate = z.strictObject({
  description: z.string().max(4096).optional(),
  assetName: resourceName,
  archiveWindowLength: isoDurationBetween('PT1M', 'PT25H'),
  rewindWindowLength: isoDurationBetween('PT1M', 'PT25H').optional(),
  manifestName: manifestName.optional(),
  outputSnapTime: z.union([z.string().regex(/^\d+$/), z.number().int().min(0)]).optional(),
});
export type LiveOutputCreate = z.infer<typeof liveOutputCreate>;
