import { z } from 'zod';
import {
  isoDurationBetween,
  isoTime,
  liveEventName,
  liveOutputName,
  manifestName,
  resourceName,
} from './common.ts';
import { ingestHeartbeat } from './telemetry.ts';

/**
 * The facade in the shape of Azure Media Services v2 (spec 1, 2.11, 2.16, 3): the same live events as channels, and their outputs as programs,
 * which are there before they start and after they stop. Names are written as v2 wrote them.
 */

/** A channel's id is the name of its live event. */
const channelId = liveEventName;

/** `{channel}.{program}`. */
export const programId = z
  .string()
  .max(300)
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9.-]*$/, 'must be the name of a channel, a full stop and the name of a program');

const ipAllow = z.strictObject({
  Name: z.string().optional(),
  Address: z.string(),
  SubnetPrefixLength: z.number().int().optional(),
});
const accessControl = z.strictObject({ IP: z.strictObject({ Allow: z.array(ipAllow).max(400) }) });
const endpoint = z.strictObject({ Protocol: z.string(), Url: z.string() });

const CHANNEL_STATES = ['Stopped', 'Starting', 'Running', 'Stopping', 'Deleting'] as const;
const ENCODING_TYPES = ['None', 'Standard', 'Premium'] as const;
const PROTOCOLS = ['FragmentedMP4', 'RTMP', 'RTPMPEG2TS'] as const;

const slate = z.strictObject({ InsertSlateOnAdMarker: z.boolean(), DefaultSlateAssetId: resourceName.optional() });

export const channel = z.strictObject({
  Id: channelId,
  Name: liveEventName,
  Description: z.string(),
  Created: isoTime,
  LastModified: isoTime,
  State: z.enum(CHANNEL_STATES),
  Input: z.strictObject({
    StreamingProtocol: z.enum([...PROTOCOLS, 'Studio']),
    KeyFrameInterval: z.string(),
    AccessControl: accessControl.optional(),
    Endpoints: z.array(endpoint),
  }),
  Preview: z.strictObject({ AccessControl: accessControl.optional(), Endpoints: z.array(endpoint) }),
  EncodingType: z.enum(ENCODING_TYPES),
  Encoding: z.strictObject({ SystemPreset: z.string(), AdMarkerSource: z.literal('Api') }).optional(),
  Slate: slate.optional(),
});
export type Channel = z.infer<typeof channel>;

export const channelCreate = z.strictObject({
  Name: liveEventName,
  Description: z.string().max(4096).optional(),
  Input: z.strictObject({
    StreamingProtocol: z.enum(PROTOCOLS),
    KeyFrameInterval: isoDurationBetween('PT0.5S', 'PT20S').optional(),
    AccessControl: accessControl.optional(),
  }),
  Preview: z.strictObject({ AccessControl: accessControl.optional() }).optional(),
  EncodingType: z.enum(ENCODING_TYPES).optional(),
  Encoding: z.strictObject({ SystemPreset: z.string().min(1).max(64).optional() }).optional(),
  Slate: slate.optional(),
});
export type ChannelCreate = z.infer<typeof channelCreate>;

export const channelPatch = z.strictObject({
  Description: z.string().max(4096).optional(),
  Input: z.strictObject({ AccessControl: accessControl.optional() }).optional(),
  Preview: z.strictObject({ AccessControl: accessControl.optional() }).optional(),
  Slate: slate.optional(),
});
export type ChannelPatch = z.infer<typeof channelPatch>;

const archiveWindowLength = isoDurationBetween('PT1M', 'PT25H');

/** A program as it is kept: whether it runs is for its live output to say. */
export const storedProgram = z.strictObject({
  id: programId,
  channel: liveEventName,
  name: liveOutputName,
  description: z.string(),
  assetName: resourceName,
  archiveWindowLength: z.string(),
  manifestName,
  created: isoTime,
  lastModified: isoTime,
});
export type StoredProgram = z.infer<typeof storedProgram>;

const PROGRAM_STATES = ['Stopped', 'Starting', 'Running', 'Stopping'] as const;

export const program = z.strictObject({
  Id: programId,
  Name: liveOutputName,
  Description: z.string(),
  Created: isoTime,
  LastModified: isoTime,
  ChannelId: channelId,
  AssetId: resourceName,
  ArchiveWindowLength: z.string(),
  ManifestName: manifestName,
  State: z.enum(PROGRAM_STATES),
});
export type Program = z.infer<typeof program>;

export const programCreate = z.strictObject({
  Name: liveOutputName,
  Description: z.string().max(4096).optional(),
  ChannelId: channelId,
  AssetId: resourceName,
  ArchiveWindowLength: archiveWindowLength,
  ManifestName: manifestName.optional(),
});
export type ProgramCreate = z.infer<typeof programCreate>;

export const programPatch = z.strictObject({
  Description: z.string().max(4096).optional(),
  AssetId: resourceName.optional(),
  ArchiveWindowLength: archiveWindowLength.optional(),
});
export type ProgramPatch = z.infer<typeof programPatch>;

/** v2 took durations as text (`PT45S`) and everything else as text too; numbers and booleans are understood as well. */
const duration = z.union([z.number().min(0).max(86_400), isoDurationBetween('PT0S', 'PT24H')]);
const cueId = z.union([
  z.number().int().min(1).max(0xffff_ffff),
  z.string().regex(/^[1-9]\d{0,8}$/, 'must be a positive whole number'),
]);

export const v2ShowSlate = z.strictObject({ duration, assetId: resourceName.optional() });
export const v2StartAdvertisement = z.strictObject({
  duration,
  cueId,
  showSlate: z.union([z.boolean(), z.enum(['true', 'false'])]).optional(),
});
export const v2EndAdvertisement = z.strictObject({ cueId });

/** One row of the v2 telemetry tables (spec 2.16), of one minute of one track. */
export const channelHeartbeat = z.strictObject({
  Type: z.literal('Channel'),
  Name: z.literal('ChannelHeartbeat'),
  ObservedTime: isoTime,
  ServiceID: z.string(),
  TrackType: ingestHeartbeat.shape.trackType,
  TrackName: z.string(),
  Bitrate: z.number(),
  IncomingBitrate: z.number(),
  OverlapCount: z.number().int(),
  DiscontinuityCount: z.number().int(),
  LastTimestamp: z.string(),
  NonincreasingCount: z.number().int(),
  UnalignedKeyFrames: z.boolean(),
  UnalignedPresentationTime: z.boolean(),
  UnexpectedBitrate: z.boolean(),
  Healthy: z.boolean(),
});
export type ChannelHeartbeat = z.infer<typeof channelHeartbeat>;

/** One minute of one track of a program. */
export const archiveHeartbeat = z.strictObject({
  Type: z.literal('Archive'),
  Name: z.literal('ArchiveHeartbeat'),
  ObservedTime: isoTime,
  /** Of the channel. */
  ServiceID: z.string(),
  /** `asset/manifest.ism`. */
  ManifestName: z.string(),
  TrackName: z.string(),
  TrackType: ingestHeartbeat.shape.trackType,
  Bitrate: z.number(),
  Healthy: z.boolean(),
  // Why it is not healthy. AMS has them in the event that its row is made of, and not in the row.
  FragmentDiscardedCount: z.number().int(),
  /** Nothing of the track was written. */
  ArchiveAcquisitionError: z.boolean(),
});
export type ArchiveHeartbeat = z.infer<typeof archiveHeartbeat>;

/** Half a minute of what was answered in one way. */
export const endpointRequestLog = z.strictObject({
  Type: z.literal('StreamingEndpoint'),
  Name: z.literal('StreamingEndpointRequestLog'),
  ObservedTime: isoTime,
  ServiceID: z.string(),
  HostName: z.string(),
  StatusCode: z.number().int(),
  ResultCode: z.string(),
  RequestCount: z.number().int(),
  BytesSent: z.number().int(),
  /** Mean, in ms. */
  ServerLatency: z.number(),
  /** Mean, in ms; as the server's, because what the viewer's network adds is not known here. */
  E2ELatency: z.number(),
});
export type EndpointRequestLog = z.infer<typeof endpointRequestLog>;

export type V2AccessControl = z.infer<typeof accessControl>;
