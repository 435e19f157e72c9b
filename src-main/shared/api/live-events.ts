import { z } from 'zod';
import {
  crossSiteAccessPolicies,
  guid,
  ipAccessControl,
  isoDuration,
  isoDurationBetween,
  isoTime,
  liveEventName,
  liveOutputName,
  manifestName,
  resourceName,
  tags,
} from './common.ts';
import { languageCode, trackName } from './tracks.ts';

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

/**
 * What an event is fed by: AMS's two, and ours: the encoder of this computer, and an MPEG-2 transport stream over SRT, TCP or UDP.
 */
export const INPUT_PROTOCOLS = ['Studio', 'RTMP', 'FragmentedMP4', 'TransportStream'] as const;
export type InputProtocol = (typeof INPUT_PROTOCOLS)[number];
export const ENCODING_TYPES = ['PassthroughBasic', 'PassthroughStandard', 'Standard', 'Premium1080p'] as const;
export type EncodingType = (typeof ENCODING_TYPES)[number];
export const STREAM_OPTIONS = ['Default', 'LowLatency', 'LowLatencyV2'] as const;
export const STRETCH_MODES = ['None', 'AutoSize', 'AutoFit'] as const;

const keyFrameInterval = isoDurationBetween('PT0.5S', 'PT20S');

/** Bitrates (kbit/s) an encoding event can give its sound (spec 2.2). */
export const AAC_KBPS = [96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512] as const;

/** A ladder of one's own for an encoding event (spec 2.2): AMS had it from support only. */
export const customPreset = z.strictObject({
  layers: z
    .array(
      z.strictObject({
        width: z.number().int().min(16).max(1920).multipleOf(2),
        height: z.number().int().min(16).max(1088).multipleOf(2),
        /** Bits per second. */
        bitrate: z.number().int().min(50_000).max(20_000_000),
      }),
    )
    .min(1)
    .max(6),
  /** kbit/s, one track each. */
  audioBitrates: z.array(z.literal(AAC_KBPS)).min(1).max(4),
});
export type CustomPreset = z.infer<typeof customPreset>;

const encoding = z.strictObject({
  encodingType: z.enum(ENCODING_TYPES),
  /** `Default720p`, `Default1080p`, `720p-3-Layer`, `1080p-4-Layer`; of an encoding event only. */
  presetName: z.string().min(1).max(64).optional(),
  customPreset: customPreset.optional(),
  keyFrameInterval: keyFrameInterval.optional(),
  stretchMode: z.enum(STRETCH_MODES).optional(),
  /** What viewers see while no picture comes in, and during breaks: the asset of one JPEG; the stock picture when left out (v2, spec 2.11). */
  slate: z
    .strictObject({ insertSlateOnAdMarker: z.boolean(), defaultSlateAssetName: resourceName.optional() })
    .optional(),
});

/** What calls have put over and into the programme, for as long as it is there (spec 2.11). Times by the clock of the service. */
const onAir = z.strictObject({
  slate: z.strictObject({ until: isoTime }).optional(),
  /** The break that was begun last. */
  advertisement: z.strictObject({ cueId: z.number().int(), until: isoTime }).optional(),
});

/** Which track of sound is heard: one that meets all of them. AMS kept the last two fields of a transcription for later and looked at neither. */
const inputTrackSelection = z
  .array(
    z.strictObject({
      property: z.enum(['trackName', 'language']),
      operation: z.literal('Equal').optional(),
      value: z.string().min(1).max(256),
    }),
  )
  .max(4);

/** Text that is made of the sound while it is live (spec 2.14), by the program of `service.transcription` in the settings. */
const transcription = z.strictObject({
  /** Spoken in it; BCP 47. */
  language: languageCode,
  /** The first track of sound when left out. */
  inputTrackSelection: inputTrackSelection.optional(),
  /** Name of the track in addresses; `transcript_` and the language when left out. */
  outputTranscriptionTrack: z.strictObject({ trackName }).optional(),
});
export type LiveTranscription = z.infer<typeof transcription>;

const transcriptions = z.array(transcription).max(4);

/** Name of its track in addresses. */
export function transcriptionName({ language, outputTranscriptionTrack }: LiveTranscription): string {
  return outputTranscriptionTrack?.trackName ?? `transcript_${language}`;
}

/**
 * A live event in the shape of the AMS v3 API, properties flattened as its JavaScript SDK showed them.
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
    streamingProtocol: z.enum(INPUT_PROTOCOLS),
    accessToken: guid,
    keyFrameIntervalDuration: isoDuration,
    /** Who may send; nobody when empty (spec 2.6). */
    accessControl: ipAccessControl.optional(),
    endpoints: z.array(endpoint),
    /** Where JSON can be posted to that viewers' players then get in time with the picture (spec 2.13). */
    timedMetadataEndpoints: z.array(z.strictObject({ url: z.string() })).optional(),
  }),
  preview: z.strictObject({
    previewLocator: guid,
    streamingPolicyName: resourceName.optional(),
    alternativeMediaId: z.string().max(256).optional(),
    /** Who may look; everybody when left out. */
    accessControl: ipAccessControl.optional(),
    endpoints: z.array(endpoint),
  }),
  encoding,
  /** Left out while there is nothing. */
  onAir: onAir.optional(),
  useStaticHostname: z.boolean().optional(),
  hostnamePrefix: z.string().optional(),
  crossSiteAccessPolicies: crossSiteAccessPolicies.optional(),
  streamOptions: z.array(z.enum(STREAM_OPTIONS)),
  transcriptions: transcriptions.optional(),
});
export type LiveEvent = z.infer<typeof liveEvent>;

const hostnamePrefix = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i, 'must be letters and digits, with hyphens inside');

/** What may be given to create a live event; the rest has defaults. */
export const liveEventCreate = z.strictObject({
  description: z.string().max(4096).optional(),
  tags: tags.optional(),
  input: z.strictObject({
    streamingProtocol: z.enum(INPUT_PROTOCOLS),
    accessToken: guid.optional(),
    keyFrameIntervalDuration: keyFrameInterval.optional(),
    accessControl: ipAccessControl.optional(),
  }),
  preview: z
    .strictObject({
      previewLocator: guid.optional(),
      streamingPolicyName: resourceName.optional(),
      alternativeMediaId: z.string().max(256).optional(),
      accessControl: ipAccessControl.optional(),
    })
    .optional(),
  encoding: encoding.partial({ encodingType: true }).optional(),
  useStaticHostname: z.boolean().optional(),
  hostnamePrefix: hostnamePrefix.optional(),
  crossSiteAccessPolicies: crossSiteAccessPolicies.optional(),
  streamOptions: z.array(z.enum(STREAM_OPTIONS)).max(1).optional(),
  transcriptions: transcriptions.optional(),
});
export type LiveEventCreate = z.infer<typeof liveEventCreate>;

/**
 * What may be changed, each in the states of spec 2.3. What is decided at creation may be repeated, as one does who sends back what was read;
 * another value is `resource/immutable`.
 */
export const liveEventPatch = z.strictObject({
  description: z.string().max(4096).optional(),
  tags: tags.optional(),
  input: z
    .strictObject({
      streamingProtocol: z.enum(INPUT_PROTOCOLS).optional(),
      accessToken: guid.optional(),
      keyFrameIntervalDuration: keyFrameInterval.optional(),
      accessControl: ipAccessControl.optional(),
    })
    .optional(),
  preview: z
    .strictObject({
      previewLocator: guid.optional(),
      streamingPolicyName: resourceName.optional(),
      alternativeMediaId: z.string().max(256).optional(),
      /** `null`: everybody. */
      accessControl: z.union([ipAccessControl, z.null()]).optional(),
    })
    .optional(),
  encoding: encoding.partial({ encodingType: true }).optional(),
  useStaticHostname: z.boolean().optional(),
  hostnamePrefix: hostnamePrefix.optional(),
  crossSiteAccessPolicies: crossSiteAccessPolicies.optional(),
  streamOptions: z.array(z.enum(STREAM_OPTIONS)).max(1).optional(),
  transcriptions: transcriptions.optional(),
});
export type LiveEventPatch = z.infer<typeof liveEventPatch>;

const LIVE_OUTPUT_STATES = ['Creating', 'Running', 'Deleting'] as const;

/** Fragments in one transport-stream segment (spec 3): of HLS in `m3u8-aapl` only. */
const hls = z.strictObject({ fragmentsPerTsSegment: z.number().int().min(1).max(10) });

export const liveOutput = z.strictObject({
  name: liveOutputName,
  description: z.string(),
  assetName: resourceName,
  archiveWindowLength: isoDuration,
  rewindWindowLength: isoDuration.optional(),
  manifestName,
  hls: hls.optional(),
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
  hls: hls.optional(),
  outputSnapTime: z.union([z.string().regex(/^\d+$/), z.number().int().min(0)]).optional(),
});
export type LiveOutputCreate = z.infer<typeof liveOutputCreate>;

/** v2's slate and advertisement calls (spec 2.11); durations in seconds. */
export const showSlate = z.strictObject({
  /** 0 ends the one that shows. */
  duration: z.number().min(0).max(86_400),
  assetName: resourceName.optional(),
});
export type ShowSlate = z.infer<typeof showSlate>;

export const startAdvertisement = z.strictObject({
  /** 0 with the id of a break cancels it. */
  duration: z.number().min(0).max(86_400),
  cueId: z.number().int().min(1).max(0xffff_ffff),
  showSlate: z.boolean().optional(),
});
export type StartAdvertisement = z.infer<typeof startAdvertisement>;

export const endAdvertisement = z.strictObject({ cueId: z.number().int().min(1).max(0xffff_ffff) });
export type EndAdvertisement = z.infer<typeof endAdvertisement>;
