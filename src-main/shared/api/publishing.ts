import { z } from 'zod';
import { base64, base64Size, guid, isoDurationBetween, isoTime, problem, resourceName } from './common.ts';
import { filterName } from './filters.ts';

/** What AMS had ready made (spec 4.3); the first three need no key. */
export const PREDEFINED_POLICIES = [
  'Predefined_DownloadOnly',
  'Predefined_ClearStreamingOnly',
  'Predefined_DownloadAndClearStreaming',
  'Predefined_ClearKey',
  'Predefined_MultiDrmCencStreaming',
  'Predefined_MultiDrmStreaming',
] as const;

const ENCRYPTION_SCHEMES = [
  'NoEncryption',
  'EnvelopeEncryption',
  'CommonEncryptionCenc',
  'CommonEncryptionCbcs',
] as const;

const enabledProtocols = z.strictObject({
  download: z.boolean().default(false),
  dash: z.boolean().default(false),
  hls: z.boolean().default(false),
  smoothStreaming: z.boolean().default(false),
});

/** The one condition that AMS had: the sample entry type, as `mp4a` or `hev1`. */
const trackCondition = z.strictObject({
  property: z.literal('FourCC').default('FourCC'),
  operation: z.literal('Equal').default('Equal'),
  value: z.string().regex(/^[\x20-\x7e]{4}$/, 'must be four characters such as mp4a'),
});

/** A track is meant when all conditions of one selection are true for it. */
const trackSelections = z
  .array(z.strictObject({ trackSelections: z.array(trackCondition).min(1).max(10) }))
  .max(20);
export type TrackSelections = z.infer<typeof trackSelections>;

const keyLabel = z.string().min(1).max(128);

const policyKeys = z.strictObject({
  /** Of every track that no mapping is about. */
  defaultKey: z.strictObject({ label: keyLabel.optional(), policyName: resourceName.optional() }).optional(),
  keyToTrackMappings: z
    .array(
      z.strictObject({
        label: keyLabel.optional(),
        policyName: resourceName.optional(),
        tracks: trackSelections.min(1),
      }),
    )
    .max(20)
    .optional(),
});

/** What the service puts in. AMS wrote `{AssetAlternativeId}` in its samples for what it called `{AlternativeMediaId}` elsewhere. */
const TEMPLATE_TOKENS = ['ContentKeyId', 'AlternativeMediaId', 'AssetAlternativeId'] as const;

/** Where players are sent for keys: an address with tokens in it. Goes into manifests, so nothing that could end an attribute. */
const urlTemplate = z
  .string()
  .max(2048)
  .regex(/^(?:https?|skd):\/\/[^\s"'<>\\^`|\x00-\x1f\x7f]+$/i, 'must be an https://, http:// or skd:// address')
  .refine(
    (text) => !/[{}]/.test(TEMPLATE_TOKENS.reduce((rest, token) => rest.replaceAll(`{${token}}`, ''), text)),
    'may have {ContentKeyId} and {AlternativeMediaId} in it and no other braces',
  );

const clearKeyConfiguration = z.strictObject({
  /** Of a licence server for Clear Key; the service's own when left out. */
  customKeysAcquisitionUrlTemplate: urlTemplate.optional(),
});
const playReady = z.strictObject({
  customLicenseAcquisitionUrlTemplate: urlTemplate.optional(),
  playReadyCustomAttributes: z.string().max(4096).optional(),
});
const widevine = z.strictObject({ customLicenseAcquisitionUrlTemplate: urlTemplate.optional() });
const fairPlay = z.strictObject({
  customLicenseAcquisitionUrlTemplate: urlTemplate.optional(),
  allowPersistentLicense: z.boolean().default(false),
});

/** Not in AMS: a new key for each crypto period, counted from 1970 and begun with the next segment. For keys that this service gives out. */
const keyRotation = z.strictObject({ interval: isoDurationBetween('PT10S', 'P30D') });

const encryption = {
  enabledProtocols,
  /** Of these tracks nothing is encrypted. */
  clearTracks: trackSelections.optional(),
  contentKeys: policyKeys.optional(),
  keyRotation: keyRotation.optional(),
};
const commonEncryption = {
  ...encryption,
  /** DRM-free: the key itself from a licence server that speaks W3C Clear Key. */
  clearKeyEncryptionConfiguration: clearKeyConfiguration.optional(),
};

const policyContent = {
  /** For keys whose policy neither the locator nor a key of this policy names. */
  defaultContentKeyPolicyName: resourceName.optional(),
  noEncryption: z.strictObject({ enabledProtocols }).optional(),
  envelopeEncryption: z
    .strictObject({ ...encryption, customKeyAcquisitionUrlTemplate: urlTemplate.optional() })
    .optional(),
  commonEncryptionCenc: z
    .strictObject({
      ...commonEncryption,
      drm: z.strictObject({ playReady: playReady.optional(), widevine: widevine.optional() }).optional(),
    })
    .optional(),
  commonEncryptionCbcs: z
    .strictObject({
      ...commonEncryption,
      drm: z
        .strictObject({
          fairPlay: fairPlay.optional(),
          playReady: playReady.optional(),
          widevine: widevine.optional(),
        })
        .optional(),
    })
    .optional(),
};

export const streamingPolicy = z.strictObject({
  name: resourceName,
  /** Of those that were made here. */
  created: isoTime.optional(),
  ...policyContent,
});
export type StreamingPolicy = z.infer<typeof streamingPolicy>;

export const streamingPolicyCreate = z.strictObject(policyContent);
export type StreamingPolicyCreate = z.infer<typeof streamingPolicyCreate>;

const locatorContent = {
  assetName: resourceName,
  streamingPolicyName: resourceName,
  startTime: isoTime.optional(),
  endTime: isoTime.optional(),
  /** Who gets its keys, unless the streaming policy says it for a key. */
  defaultContentKeyPolicyName: resourceName.optional(),
  /** What `{AlternativeMediaId}` of address templates stands for. Goes into addresses. */
  alternativeMediaId: z
    .string()
    .min(1)
    .max(256)
    .regex(/^[\w.~:-]+$/, 'must be letters, digits and . _ ~ : -')
    .optional(),
  /** Filters that are always applied, account's and asset's. */
  filters: z.array(filterName).max(10).optional(),
};

export const streamingLocator = z.strictObject({
  name: resourceName,
  streamingLocatorId: guid,
  ...locatorContent,
  created: isoTime,
});
export type StreamingLocator = z.infer<typeof streamingLocator>;

export const streamingLocatorCreate = z.strictObject({
  ...locatorContent,
  streamingLocatorId: guid.optional(),
  /** Keys to use in the place of generated ones: for two sites that serve the same. Write-only. */
  contentKeys: z
    .array(
      z.strictObject({
        id: guid,
        /** 16 bytes. Left out: made by the service. */
        value: base64.refine((text) => base64Size(text) === 16, 'must be 16 bytes in base64').optional(),
        /** May be left out where the policy has one key only. */
        labelReferenceInStreamingPolicy: keyLabel.optional(),
      }),
    )
    .max(20)
    .optional(),
});
export type StreamingLocatorCreate = z.infer<typeof streamingLocatorCreate>;

/** A content key as it may be seen: its value is not given out (decision 13). */
export const locatorContentKey = z.strictObject({
  id: guid,
  type: z.enum(['EnvelopeEncryption', 'CommonEncryptionCenc', 'CommonEncryptionCbcs']),
  labelReferenceInStreamingPolicy: z.string(),
  /** Undefined when nobody gets it from here. */
  policyName: resourceName.optional(),
  tracks: trackSelections,
  /** Then it is the one that the keys of the crypto periods are made from. */
  keyRotation: keyRotation.optional(),
});
export type LocatorContentKey = z.infer<typeof locatorContentKey>;
export const locatorContentKeys = z.strictObject({ contentKeys: z.array(locatorContentKey) });

/** What a player of the control API's holder shows for keys, in the place of a viewer's token. */
export const playToken = z.strictObject({ token: z.string(), expiresAt: isoTime });
export type PlayToken = z.infer<typeof playToken>;

export const locatorPaths = z.strictObject({
  streamingPaths: z.array(
    z.strictObject({
      streamingProtocol: z.enum(['Hls', 'Dash', 'SmoothStreaming', 'Download']),
      encryptionScheme: z.enum(ENCRYPTION_SCHEMES),
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
 * `failed`: it needs a person (refused key, impossible address), `error` says what to do; tried again seldom, at `retryAt`, in case it was the server.
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
  /** Where its viewers play it, HLS or DASH: watched from outside while it is live. */
  playbackUrl: z.string().optional(),
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
  /** The picture that goes there, while it is live. `isReduced`: less than `quality` allows, because the network takes no more. */
  sending: z
    .strictObject({ height: z.number().int(), bitrate: z.number().int(), isReduced: z.boolean() })
    .optional(),
});
export type Destination = z.infer<typeof destination>;

const pushUrl = z
  .string()
  .max(2048)
  .regex(
    /^(?:rtmps?:\/\/[^\s/]+(?:\/\S*)?|srt:\/\/[^\s/?]+\/?(?:\?\S*)?)$/i,
    'must be an rtmp://, rtmps:// or srt:// address',
  );

const playbackUrl = z
  .url({
    protocol: /^https?$/,
    error: 'must be the http:// or https:// address of an HLS playlist or a DASH manifest',
  })
  .max(2048);

export const destinationCreate = z.strictObject({
  url: pushUrl,
  backupUrl: pushUrl.optional(),
  /** Write-only. Of an srt:// address the stream id; a passphrase stands in the address and goes to the key store with it. */
  streamKey: z.string().max(1024).optional(),
  enabled: z.boolean().default(true),
  quality: z.union([z.literal('top'), z.number().int().min(1)]).default('top'),
  playbackUrl: playbackUrl.optional(),
});
export type DestinationCreate = z.infer<typeof destinationCreate>;

export const destinationPatch = z.strictObject({
  url: pushUrl.optional(),
  backupUrl: z.union([pushUrl, z.null()]).optional(),
  streamKey: z.union([z.string().max(1024), z.null()]).optional(),
  enabled: z.boolean().optional(),
  quality: z.union([z.literal('top'), z.number().int().min(1)]).optional(),
  playbackUrl: z.union([playbackUrl, z.null()]).optional(),
});
export type DestinationPatch = z.infer<typeof destinationPatch>;
