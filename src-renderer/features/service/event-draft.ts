import { guid, liveEventName } from '../../../src-main/shared/api/common.ts';
import type {
  EncodingType,
  InputProtocol,
  LiveEventCreate,
  STREAM_OPTIONS,
} from '../../../src-main/shared/api/live-events.ts';
import {
  type EventFields,
  FIRST_FIELDS,
  type FieldFault,
  faultsOfFields,
  ingestListOf,
  intervalOf,
  policiesOf,
  previewListOf,
  slateOf,
  tagsOf,
} from './event-fields.ts';
import {
  draftFrom,
  isEncodingKind,
  isSendable,
  type PresetDraft,
  presetFaults,
  presetOf,
  presetsOf,
} from './preset-draft.ts';

type StreamOption = (typeof STREAM_OPTIONS)[number];

/** No preset is called so: the ladder is one's own. */
export const OWN_PRESET = 'own';

/** A live event as it is being typed. */
export type EventDraft = EventFields & {
  readonly name: string;
  readonly protocol: InputProtocol;
  readonly encodingType: EncodingType;
  /** Of `presetsOf` the type, or `OWN_PRESET`; empty where nothing is encoded. */
  readonly presetName: string;
  readonly own: PresetDraft;
  readonly streamOption: StreamOption;
  /** GUID; empty: the service makes one. */
  readonly previewLocator: string;
  readonly autoStart: boolean;
};

export const FIRST_EVENT: EventDraft = {
  ...FIRST_FIELDS,
  name: '',
  protocol: 'RTMP',
  encodingType: 'PassthroughStandard',
  presetName: '',
  own: { layers: [], audio: [] },
  streamOption: 'Default',
  previewLocator: '',
  autoStart: true,
};

/** What can be chosen with the rest of the draft: the studio is an encoder itself, and the fastest option is of encoding RTMP events only. */
export function streamOptionsOf({ protocol, encodingType }: EventDraft): readonly StreamOption[] {
  return protocol === 'RTMP' && isEncodingKind(encodingType)
    ? ['Default', 'LowLatency', 'LowLatencyV2']
    : ['Default', 'LowLatency'];
}

/** A draft after a change, without what the change has made impossible. An own ladder begins as the preset that was chosen before it. */
export function changed(draft: EventDraft, patch: Partial<EventDraft>): EventDraft {
  const next = { ...draft, ...patch };
  const encodingType = next.protocol === 'Studio' ? 'PassthroughStandard' : next.encodingType;
  const presets = presetsOf(encodingType);
  const usual = presets[0] ?? '';
  const isOwn =
    next.presetName === OWN_PRESET && isEncodingKind(encodingType) && encodingType === draft.encodingType;
  const presetName = isOwn || presets.includes(next.presetName) ? next.presetName : usual;
  const own =
    isOwn && draft.presetName !== OWN_PRESET && patch.own === undefined
      ? draftFrom(encodingType, draft.presetName)
      : next.own;
  const options = streamOptionsOf({ ...next, encodingType });
  const streamOption = options.includes(next.streamOption) ? next.streamOption : 'Default';
  return { ...next, encodingType, presetName, own, streamOption };
}

export type DraftFault = 'name' | 'preset' | 'previewLocator' | FieldFault;

/** What cannot even be sent; the service says the rest. */
export function faultsOf(draft: EventDraft): ReadonlySet<DraftFault> {
  const { encodingType, own, previewLocator } = draft;
  const isNamed = liveEventName.safeParse(draft.name).success;
  const faults = new Set<DraftFault>([...(isNamed ? [] : ['name' as const]), ...faultsOfFields(draft)]);
  if (
    draft.presetName === OWN_PRESET &&
    isEncodingKind(encodingType) &&
    !isSendable(presetFaults(own, encodingType))
  ) {
    faults.add('preset');
  }
  if (previewLocator !== '' && !guid.safeParse(previewLocator).success) {
    faults.add('previewLocator');
  }
  return faults;
}

export function requestOf(draft: EventDraft): LiveEventCreate {
  const { protocol, encodingType, streamOption, accessToken, previewLocator } = draft;
  const isEncoding = isEncodingKind(encodingType);
  const ingest = protocol === 'Studio' ? undefined : ingestListOf(draft);
  const previewAccess = previewListOf(draft);
  const preview = {
    ...(previewLocator === '' ? {} : { previewLocator }),
    ...(previewAccess === undefined ? {} : { accessControl: previewAccess }),
  };
  const tags = tagsOf(draft);
  const policies = policiesOf(draft);
  return {
    description: draft.description.trim(),
    ...(isFilled(tags) ? { tags } : {}),
    input: {
      streamingProtocol: protocol,
      ...(accessToken === '' ? {} : { accessToken }),
      ...(isEncoding ? {} : { keyFrameIntervalDuration: intervalOf(draft) }),
      ...(ingest === undefined ? {} : { accessControl: ingest }),
    },
    ...(isFilled(preview) ? { preview } : {}),
    encoding: isEncoding ? encodingOf(draft) : { encodingType },
    ...(draft.useStaticHostname ? { useStaticHostname: true } : {}),
    ...(draft.hostnamePrefix === '' ? {} : { hostnamePrefix: draft.hostnamePrefix }),
    ...(isFilled(policies) ? { crossSiteAccessPolicies: policies } : {}),
    streamOptions: [streamOption],
  };
}

function encodingOf(draft: EventDraft): LiveEventCreate['encoding'] {
  const { encodingType, presetName, own, stretchMode, slateOnBreaks, slateAsset } = draft;
  return {
    encodingType,
    ...(presetName === OWN_PRESET ? { customPreset: presetOf(own) } : { presetName }),
    keyFrameInterval: intervalOf(draft),
    ...(stretchMode === 'None' ? {} : { stretchMode }),
    ...(slateOnBreaks || slateAsset !== '' ? { slate: slateOf(draft) } : {}),
  };
}

function isFilled(value: object): boolean {
  return Object.keys(value).length > 0;
}

/** The longest archive of an event (spec 2.1), in hours. */
export function longestArchiveHours(event: {
  readonly encoding: { readonly encodingType: EncodingType };
  readonly streamOptions: readonly StreamOption[];
}): number {
  if (event.streamOptions.includes('LowLatencyV2') && isEncodingKind(event.encoding.encodingType)) {
    return 6;
  }
  return event.encoding.encodingType === 'PassthroughBasic' ? 8 : 25;
}
