import { isDeepStrictEqual } from 'node:util';
import { checkPolicyFiles } from '../../manifest/cross-site/policy-file.ts';
import type { IpAccessControl } from '../../shared/api/common.ts';
import {
  type CustomPreset,
  type EncodingType,
  type LiveEvent,
  type LiveEventCreate,
  type LiveEventPatch,
  type LiveEventState,
  type LiveTranscription,
  transcriptionName,
} from '../../shared/api/live-events.ts';
import { AppError, toAppError } from '../../shared/app-error.ts';
import { parseIsoDuration } from '../../shared/iso-duration.ts';

/** What the rules of a live event's fields need to know beside them. */
export type ResourceRules = {
  /** Throws `ingest/address-list-invalid` for a list that means nothing. */
  readonly checkAccessControl: (list: IpAccessControl) => void;
  /** Throws `request/invalid` or `encode/ladder-invalid` for a ladder that cannot be made. */
  readonly checkEncoding: (encoding: LiveEvent['encoding']) => void;
  /** Throws for a streaming policy that is not there, or that a preview has not what it takes for. */
  readonly checkPreviewPolicy: (liveEvent: string, policy: string, alternativeMediaId: string | undefined) => void;
  /** Whether there is a program that makes text of speech. */
  readonly hasRecogniser: () => boolean;
  /** Whether an event's addresses may have a name of their own. */
  readonly hasOwnNames: () => boolean;
  readonly newGuid: () => string;
  /** ISO 8601. */
  readonly now: () => string;
};

/** AMS's default (spec 2.3), of the intervals of both kinds of events. */
const DEFAULT_INTERVAL = 'PT2S';
const DEFAULT_INTERVAL_SECONDS = 2;

/** Which preset of each encoding is meant when none is named, and the largest picture that it makes (spec 2.1, 2.2). */
const PRESETS: Readonly<
  Record<
    'Standard' | 'Premium1080p',
    {
      readonly usual: string;
      readonly lowLatency: string;
      readonly largest: readonly [width: number, height: number];
    }
  >
> = {
  Standard: {
    usual: 'Default720p',
    lowLatency: '720p-3-Layer',
    largest: [1280, 720],
  },
  Premium1080p: {
    usual: 'Default1080p',
    lowLatency: '1080p-4-Layer',
    largest: [1920, 1088],
  },
};

/** This computer, and the addresses that no router of the internet carries (RFC 1918, 3927, 4193, 4291). */
const DEFAULT_ALLOW: readonly (readonly [name: string, address: string, prefix: number])[] = [
  ['This computer', '127.0.0.0', 8],
  ['This computer (IPv6)', '::1', 128],
  ['Private network A', '10.0.0.0', 8],
  ['Private network B', '172.16.0.0', 12],
  ['Private network C', '192.168.0.0', 16],
  ['Link-local', '169.254.0.0', 16],
  ['Private network (IPv6)', 'fc00::', 7],
  ['Link-local (IPv6)', 'fe80::', 10],
];

/** Who may send to an event that says nothing of it: this computer and the local network (spec section 7). */
function defaultIngestAccess(): IpAccessControl {
  return {
    ip: {
      allow: DEFAULT_ALLOW.map(([name, address, subnetPrefixLength]) => ({ name, address, subnetPrefixLength })),
    },
  };
}

type Encoding = LiveEvent['encoding'];

export function isEncoding(encodingType: EncodingType): encodingType is 'Standard' | 'Premium1080p' {
  return encodingType === 'Standard' || encodingType === 'Premium1080p';
}

/** Length of the event's segments: that of the encoder's GOP when it passes through, else of the one that is made here. */
export function segmentSecondsOf({ encoding, input }: LiveEvent): number {
  const interval = isEncoding(encoding.encodingType) ? encoding.keyFrameInterval : input.keyFrameIntervalDuration;
  return parseIsoDuration(interval ?? DEFAULT_INTERVAL) ?? DEFAULT_INTERVAL_SECONDS;
}

/** GUIDs may be given without hyphens and in capitals (spec 2.3); this is what two of them are compared by. */
export function guidKey(guid: string): string {
  return guid.replaceAll('-', '').toLowerCase();
}

/**
 * A new event, Stopped. Throws `request/invalid`, `encode/ladder-invalid` or `ingest/address-list-invalid` naming the field that does not fit
 * with the others.
 */
export function createdEvent(name: string, request: LiveEventCreate, rules: ResourceRules): LiveEvent {
  const { input, preview } = request;
  const streamOptions =
    request.streamOptions === undefined || request.streamOptions.length === 0 ? undefined : request.streamOptions;
  const isLowLatency2 = streamOptions?.includes('LowLatencyV2') === true;
  const encoding = createdEncoding(request, isLowLatency2, rules);
  checkProtocol(input.streamingProtocol, encoding.encodingType, isLowLatency2);
  if (isEncoding(encoding.encodingType) && input.keyFrameIntervalDuration !== undefined) {
    throw invalid(
      'input.keyFrameIntervalDuration',
      `is of pass-through events only, and this one is ${encoding.encodingType}; give encoding.keyFrameInterval`,
    );
  }
  const isStudio = input.streamingProtocol === 'Studio';
  const accessControl = input.accessControl ?? (isStudio ? undefined : defaultIngestAccess());
  checkLists(rules, input.accessControl, preview?.accessControl);
  checkPreview(rules, name, preview);
  checkPolicyFiles(request.crossSiteAccessPolicies ?? {});
  checkTranscriptions(rules, encoding.encodingType, request.transcriptions);
  checkHostname(rules, request);
  const created = rules.now();
  return {
    name,
    description: request.description ?? '',
    tags: request.tags ?? {},
    created,
    lastModified: created,
    provisioningState: 'Succeeded',
    resourceState: 'Stopped',
    input: {
      streamingProtocol: input.streamingProtocol,
      accessToken: input.accessToken ?? rules.newGuid(),
      keyFrameIntervalDuration: encoding.keyFrameInterval ?? input.keyFrameIntervalDuration ?? DEFAULT_INTERVAL,
      ...given({ accessControl }),
      endpoints: [],
    },
    preview: {
      previewLocator: (preview?.previewLocator ?? rules.newGuid()).toLowerCase(),
      ...given({
        streamingPolicyName: preview?.streamingPolicyName,
        alternativeMediaId: preview?.alternativeMediaId,
        accessControl: preview?.accessControl,
      }),
      endpoints: [],
    },
    encoding,
    ...given({
      useStaticHostname: request.useStaticHostname,
      hostnamePrefix: request.hostnamePrefix,
      crossSiteAccessPolicies: request.crossSiteAccessPolicies,
      transcriptions: request.transcriptions,
    }),
    streamOptions: streamOptions ?? ['Default'],
  };
}

function createdEncoding(
  { encoding = {} }: LiveEventCreate,
  isLowLatency2: boolean,
  { checkEncoding }: ResourceRules,
): Encoding {
  const encodingType = encoding.encodingType ?? 'PassthroughStandard';
  if (!isEncoding(encodingType)) {
    const { encodingType: _type, ...rest } = encoding;
    const [field] = Object.entries(rest).find(([, value]) => value !== undefined) ?? [];
    if (field !== undefined) {
      throw invalid(`encoding.${field}`, `is of encoding events only, and this one is ${encodingType}`);
    }
    return { encodingType };
  }
  const preset = PRESETS[encodingType];
  const { presetName, customPreset } = encoding;
  checkEncoding({ ...encoding, encodingType });
  checkCustomPreset(customPreset, preset.largest, encodingType);
  const usual = isLowLatency2 ? preset.lowLatency : preset.usual;
  return {
    encodingType,
    ...(customPreset === undefined ? { presetName: presetName ?? usual } : { customPreset }),
    keyFrameInterval: encoding.keyFrameInterval ?? DEFAULT_INTERVAL,
    stretchMode: encoding.stretchMode ?? 'None',
    ...given({ slate: encoding.slate }),
  };
}

function checkCustomPreset(
  preset: CustomPreset | undefined,
  [width, height]: readonly [number, number],
  encodingType: EncodingType,
): void {
  const index = preset?.layers.findIndex((layer) => layer.width > width || layer.height > height) ?? -1;
  if (index >= 0) {
    throw invalid(
      `encoding.customPreset.layers[${index}]`,
      `must not be larger than ${width}x${height} for ${encodingType}`,
    );
  }
}

function checkProtocol(
  protocol: LiveEvent['input']['streamingProtocol'],
  encodingType: EncodingType,
  isLowLatency2: boolean,
): void {
  if (protocol === 'Studio' && encodingType !== 'PassthroughStandard') {
    throw invalid(
      'encoding.encodingType',
      'must be PassthroughStandard for an event that the encoder of this computer feeds: its ladder is that of the studio',
    );
  }
  if (isLowLatency2 && !(isEncoding(encodingType) && protocol === 'RTMP')) {
    throw invalid('streamOptions', 'can be LowLatencyV2 only for encoding events with RTMP');
  }
}

function checkLists(
  rules: ResourceRules,
  ingest: IpAccessControl | undefined,
  preview: IpAccessControl | null | undefined,
): void {
  for (const [field, list] of [
    ['input.accessControl', ingest],
    ['preview.accessControl', preview ?? undefined],
  ] as const) {
    try {
      if (list !== undefined) {
        rules.checkAccessControl(list);
      }
    } catch (error) {
      const { code, message, details } = toAppError(error);
      throw new AppError(code, `${field}: ${message}`, { details: { ...details, field }, cause: error });
    }
  }
}

function checkPreview(rules: ResourceRules, liveEvent: string, preview: LiveEventCreate['preview']): void {
  if (preview?.streamingPolicyName === undefined) {
    return;
  }
  try {
    rules.checkPreviewPolicy(liveEvent, preview.streamingPolicyName, preview.alternativeMediaId);
  } catch (error) {
    const field = 'preview.streamingPolicyName';
    throw new AppError('request/invalid', `${field}: ${toAppError(error).message} Nothing was changed.`, {
      details: { field },
      cause: error,
    });
  }
}

/** Throws `request/invalid` for a name that nobody could find. A prefix without `useStaticHostname` says nothing (spec 2.3). */
function checkHostname(
  rules: ResourceRules,
  { useStaticHostname, hostnamePrefix }: Pick<LiveEvent, 'useStaticHostname' | 'hostnamePrefix'>,
): void {
  if (useStaticHostname === true && hostnamePrefix !== undefined && !rules.hasOwnNames()) {
    throw invalid(
      'hostnamePrefix',
      'stands before a DNS name of this computer, and it has none. Give one as network.publicHost in the settings, say example.org, for which *.example.org leads here too, and set network.shareIngest; or leave the prefix out, as addresses stay what they are without it',
    );
  }
}

function checkTranscriptions(
  rules: ResourceRules,
  encodingType: EncodingType,
  transcriptions: readonly LiveTranscription[] = [],
): void {
  if (transcriptions.length === 0) {
    return;
  }
  if (encodingType === 'PassthroughBasic') {
    throw invalid('transcriptions', 'cannot be had with PassthroughBasic; PassthroughStandard events have them');
  }
  if (!rules.hasRecogniser()) {
    throw invalid(
      'transcriptions',
      'cannot be made: Lectern has no speech recogniser of its own, and none is set. Give the command line of one as service.transcription.command in the settings, program and arguments as a list, for example {"service":{"transcription":{"command":["/path/to/recogniser","--language","{language}"]}}}; the help page Service says what such a program is given and writes',
    );
  }
  const names = transcriptions.map((one) => transcriptionName(one).toLowerCase());
  const languages = transcriptions.map(({ language }) => language.toLowerCase());
  for (const [what, values] of [
    ['outputTranscriptionTrack.trackName', names],
    ['language', languages],
  ] as const) {
    const index = values.findIndex((value, at) => values.indexOf(value) !== at);
    if (index >= 0) {
      throw invalid(`transcriptions[${index}].${what}`, 'is that of another one of them');
    }
  }
}

/** Fields of a patch that can be changed only while nothing runs (spec 2.3, and its section 7 for the token). */
const AT_REST = [
  'input.accessToken',
  'input.keyFrameIntervalDuration',
  'input.accessControl',
  'preview.accessControl',
  'encoding.keyFrameInterval',
  'encoding.stretchMode',
  'encoding.slate',
  'useStaticHostname',
  'hostnamePrefix',
  'crossSiteAccessPolicies',
] as const;

/** Fields that a patch may repeat, as one does who sends back what was read, but not change (spec 2.3). */
const FIXED = [
  'input.streamingProtocol',
  'preview.previewLocator',
  'preview.streamingPolicyName',
  'preview.alternativeMediaId',
  'encoding.encodingType',
  'encoding.presetName',
  'encoding.customPreset',
  'streamOptions',
] as const;

/**
 * The event with the fields of a patch. Throws `resource/immutable` for one that cannot be changed in the event's state, or ever;
 * `request/invalid` or `ingest/address-list-invalid` for one that does not fit with the others.
 */
export function patchedEvent(event: LiveEvent, patch: LiveEventPatch, rules: ResourceRules): LiveEvent {
  checkMutable(event, patch);
  checkLists(rules, patch.input?.accessControl, patch.preview?.accessControl);
  checkPolicyFiles(patch.crossSiteAccessPolicies ?? {});
  const { encodingType } = event.encoding;
  if (changes(event, patch, 'useStaticHostname') || changes(event, patch, 'hostnamePrefix')) {
    checkHostname(rules, { ...event, ...given(patch) });
  }
  if (changes(event, patch, 'transcriptions')) {
    checkTranscriptions(rules, encodingType, patch.transcriptions);
  }
  if (isEncoding(encodingType)) {
    refuseGiven(
      patch,
      event,
      ['input.keyFrameIntervalDuration'],
      `is of pass-through events only, and this one is ${encodingType}`,
    );
  } else {
    const ofEncoding = ['encoding.keyFrameInterval', 'encoding.stretchMode', 'encoding.slate'];
    refuseGiven(patch, event, ofEncoding, `is of encoding events only, and this one is ${encodingType}`);
  }
  const { accessControl: _before, ...preview } = event.preview;
  const previewAccess =
    patch.preview?.accessControl === undefined
      ? event.preview.accessControl
      : (patch.preview.accessControl ?? undefined);
  const keyFrameIntervalDuration = patch.encoding?.keyFrameInterval ?? patch.input?.keyFrameIntervalDuration;
  return {
    ...event,
    lastModified: rules.now(),
    ...given({
      description: patch.description,
      tags: patch.tags,
      useStaticHostname: patch.useStaticHostname,
      hostnamePrefix: patch.hostnamePrefix,
      crossSiteAccessPolicies: patch.crossSiteAccessPolicies,
      transcriptions: patch.transcriptions,
    }),
    input: {
      ...event.input,
      ...given({
        accessToken: patch.input?.accessToken,
        accessControl: patch.input?.accessControl,
        keyFrameIntervalDuration,
      }),
    },
    preview: { ...preview, ...given({ accessControl: previewAccess }) },
    encoding: {
      ...event.encoding,
      ...given({
        keyFrameInterval: patch.encoding?.keyFrameInterval,
        stretchMode: patch.encoding?.stretchMode,
        slate: patch.encoding?.slate,
      }),
    },
  };
}

function checkMutable(event: LiveEvent, patch: LiveEventPatch): void {
  const fixed = FIXED.find((field) => changes(event, patch, field));
  if (fixed !== undefined) {
    throw immutable(event, fixed, 'is decided when the event is created');
  }
  const states: readonly LiveEventState[] = ['Stopped', 'StandBy'];
  const atRest = states.includes(event.resourceState)
    ? undefined
    : AT_REST.find((field) => changes(event, patch, field));
  if (atRest !== undefined) {
    throw immutable(event, atRest, `can be changed only while it is ${states.join(' or ')}`);
  }
}

function refuseGiven(patch: LiveEventPatch, event: LiveEvent, fields: readonly string[], why: string): void {
  const field = fields.find((candidate) => changes(event, patch, candidate));
  if (field !== undefined) {
    throw invalid(field, why);
  }
}

function changes(event: LiveEvent, patch: LiveEventPatch, field: string): boolean {
  const wanted = valueAt(patch, field);
  return wanted !== undefined && !isDeepStrictEqual(wanted ?? undefined, valueAt(event, field));
}

function valueAt(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
      value,
    );
}

/** Without the fields that are undefined: `exactOptionalPropertyTypes` keeps the two apart, and so does the catalogue. */
export function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  // What is left of each field is its own value.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

export function invalid(field: string, why: string): AppError {
  return new AppError('request/invalid', `${field} ${why}. Nothing was changed.`, { details: { field } });
}

export function immutable({ name, resourceState }: LiveEvent, field: string, why: string): AppError {
  return new AppError(
    'resource/immutable',
    `${field} of the live event ${name} ${why}; it is ${resourceState}. Nothing was changed.`,
    { details: { liveEvent: name, field, state: resourceState } },
  );
}
