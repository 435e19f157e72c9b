import { type IpAccessControl, liveEventName, type Problem } from '../../../src-main/shared/api/common.ts';
import {
  type EncodingType,
  type InputProtocol,
  type LiveEventCreate,
  type STREAM_OPTIONS,
} from '../../../src-main/shared/api/live-events.ts';
import { formatIsoDuration } from '../../../src-main/shared/iso-duration.ts';
import { fieldFaults, isWithin } from '../../api/problem.ts';
import { numberOf } from '../../i18n/units.ts';

type StreamOption = (typeof STREAM_OPTIONS)[number];

/** A live event as it is being typed. */
export type EventDraft = {
  readonly name: string;
  readonly description: string;
  readonly protocol: InputProtocol;
  readonly encodingType: EncodingType;
  readonly presetName: string;
  /** Seconds. */
  readonly keyFrameInterval: string;
  readonly streamOption: StreamOption;
  readonly ingestAccess: IngestAccess;
  /** One address a line; counts for `list`. */
  readonly ingestAllow: string;
  readonly previewAllow: string;
  readonly autoStart: boolean;
};

/** Who may send: what the service takes when nothing is said (this computer and the local network), whoever has the token, or a list. */
export const INGEST_ACCESSES = ['local', 'everybody', 'list'] as const;
type IngestAccess = (typeof INGEST_ACCESSES)[number];

/** Spec 2.6: the second one admits IPv6. */
const EVERYBODY = ['0.0.0.0/0', '::/0'];

export const FIRST_EVENT: EventDraft = {
  name: '',
  description: '',
  protocol: 'RTMP',
  encodingType: 'PassthroughStandard',
  presetName: '',
  keyFrameInterval: '2',
  streamOption: 'Default',
  ingestAccess: 'local',
  ingestAllow: '',
  previewAllow: '',
  autoStart: true,
};

/** Presets of each type, its own first; a pass-through event has none. */
const PRESETS: Readonly<Record<EncodingType, readonly string[]>> = {
  PassthroughBasic: [],
  PassthroughStandard: [],
  Standard: ['Default720p', '720p-3-Layer'],
  Premium1080p: ['Default1080p', '1080p-4-Layer'],
};

export function presetsOf(type: EncodingType): readonly string[] {
  return PRESETS[type];
}

/** What can be chosen with the rest of the draft: the studio is an encoder itself, and the fastest option is of encoding RTMP events only. */
export function streamOptionsOf({ protocol, encodingType }: EventDraft): readonly StreamOption[] {
  return protocol === 'RTMP' && PRESETS[encodingType].length > 0
    ? ['Default', 'LowLatency', 'LowLatencyV2']
    : ['Default', 'LowLatency'];
}

/** A draft after a change, without what the change has made impossible. */
export function changed(draft: EventDraft, patch: Partial<EventDraft>): EventDraft {
  const next = { ...draft, ...patch };
  const encodingType = next.protocol === 'Studio' ? 'PassthroughStandard' : next.encodingType;
  const presets = PRESETS[encodingType];
  const presetName = presets.includes(next.presetName) ? next.presetName : (presets[0] ?? '');
  const options = streamOptionsOf({ ...next, encodingType });
  const streamOption = options.includes(next.streamOption) ? next.streamOption : 'Default';
  return { ...next, encodingType, presetName, streamOption };
}

export type DraftFault = 'name' | 'keyFrameInterval';

/** What cannot even be sent; the service says the rest. */
export function faultsOf(draft: EventDraft): ReadonlySet<DraftFault> {
  const faults = new Set<DraftFault>();
  if (!liveEventName.safeParse(draft.name).success) {
    faults.add('name');
  }
  if (numberOf(draft.keyFrameInterval) === undefined) {
    faults.add('keyFrameInterval');
  }
  return faults;
}

export function requestOf(draft: EventDraft): LiveEventCreate {
  const { protocol, encodingType, presetName, streamOption } = draft;
  const interval = formatIsoDuration(numberOf(draft.keyFrameInterval) ?? 0);
  const isEncoding = presetName !== '';
  const preview = addressesOf(draft.previewAllow);
  return {
    description: draft.description.trim(),
    input: {
      streamingProtocol: protocol,
      ...(isEncoding ? {} : { keyFrameIntervalDuration: interval }),
      ...(protocol === 'Studio' || draft.ingestAccess === 'local'
        ? {}
        : {
            accessControl: accessOf(
              draft.ingestAccess === 'everybody' ? EVERYBODY : addressesOf(draft.ingestAllow),
            ),
          }),
    },
    ...(preview.length === 0 ? {} : { preview: { accessControl: accessOf(preview) } }),
    encoding: isEncoding ? { encodingType, presetName, keyFrameInterval: interval } : { encodingType },
    streamOptions: [streamOption],
  };
}

/** The addresses of a list, one a line. */
function addressesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function accessOf(addresses: readonly string[]): IpAccessControl {
  return { ip: { allow: addresses.map((address) => ({ address })) } };
}

/** What the service has against one line of a list, with the line, because the list has many. */
export function addressFault(problem: Problem | undefined, field: string, text: string): string | undefined {
  const fault = fieldFaults(problem).find(({ field: named }) => isWithin(named, field));
  const address = addressesOf(text)[Number(/\ballow[.[](\d+)/.exec(fault?.field ?? '')?.[1] ?? NaN)];
  return fault === undefined || address === undefined || fault.message.includes(address)
    ? fault?.message
    : `${address}: ${fault.message}`;
}

/** The longest archive of an event (spec 2.1), in hours. */
export function longestArchiveHours(event: {
  readonly encoding: { readonly encodingType: EncodingType };
  readonly streamOptions: readonly StreamOption[];
}): number {
  if (event.streamOptions.includes('LowLatencyV2') && PRESETS[event.encoding.encodingType].length > 0) {
    return 6;
  }
  return event.encoding.encodingType === 'PassthroughBasic' ? 8 : 25;
}
