import type { IpAccessControl } from '../../../shared/api/common.ts';
import type {
  EncodingType,
  InputProtocol,
  LiveEvent,
  LiveEventCreate,
  LiveEventPatch,
} from '../../../shared/api/live-events.ts';
import type { Channel, ChannelCreate, ChannelPatch, V2AccessControl } from '../../../shared/api/v2.ts';

/** v2 knew no StandBy: what is held ready there takes nothing in, and so it is Stopped. */
const STATES: Readonly<Record<LiveEvent['resourceState'], Channel['State']>> = {
  Stopped: 'Stopped',
  Allocating: 'Stopped',
  StandBy: 'Stopped',
  Starting: 'Starting',
  Running: 'Running',
  Stopping: 'Stopping',
  Deleting: 'Deleting',
};

const ENCODINGS: Readonly<Record<EncodingType, Channel['EncodingType']>> = {
  PassthroughBasic: 'None',
  PassthroughStandard: 'None',
  Standard: 'Standard',
  Premium1080p: 'Premium',
};

const ENCODING_TYPES: Readonly<Record<Channel['EncodingType'], EncodingType>> = {
  None: 'PassthroughStandard',
  Standard: 'Standard',
  Premium: 'Premium1080p',
};

const PROTOCOLS: Readonly<Record<InputProtocol, Channel['Input']['StreamingProtocol']>> = {
  RTMP: 'RTMP',
  FragmentedMP4: 'FragmentedMP4',
  TransportStream: 'RTPMPEG2TS',
  Studio: 'Studio',
};

const INPUT_PROTOCOLS: Readonly<Record<ChannelCreate['Input']['StreamingProtocol'], InputProtocol>> = {
  RTMP: 'RTMP',
  FragmentedMP4: 'FragmentedMP4',
  RTPMPEG2TS: 'TransportStream',
};

/** A live event as v2 showed a channel. */
export function channelOf(event: LiveEvent): Channel {
  const { input, preview, encoding } = event;
  return {
    Id: event.name,
    Name: event.name,
    Description: event.description,
    Created: event.created,
    LastModified: event.lastModified,
    State: STATES[event.resourceState],
    Input: {
      StreamingProtocol: PROTOCOLS[input.streamingProtocol],
      KeyFrameInterval: input.keyFrameIntervalDuration,
      ...listTo(input.accessControl),
      Endpoints: input.endpoints.map(({ protocol, url }) => ({ Protocol: protocol, Url: url })),
    },
    Preview: {
      ...listTo(preview.accessControl),
      Endpoints: preview.endpoints.map(({ protocol, url }) => ({ Protocol: protocol, Url: url })),
    },
    EncodingType: ENCODINGS[encoding.encodingType],
    ...(encoding.presetName === undefined
      ? {}
      : { Encoding: { SystemPreset: encoding.presetName, AdMarkerSource: 'Api' as const } }),
    ...(encoding.slate === undefined
      ? {}
      : {
          Slate: {
            InsertSlateOnAdMarker: encoding.slate.insertSlateOnAdMarker,
            ...(encoding.slate.defaultSlateAssetName === undefined
              ? {}
              : { DefaultSlateAssetId: encoding.slate.defaultSlateAssetName }),
          },
        }),
  };
}

export function eventToCreate(request: ChannelCreate): LiveEventCreate {
  const encodingType = ENCODING_TYPES[request.EncodingType ?? 'None'];
  const isEncoding = request.EncodingType !== undefined && request.EncodingType !== 'None';
  const interval = request.Input.KeyFrameInterval;
  return {
    description: request.Description,
    input: {
      streamingProtocol: INPUT_PROTOCOLS[request.Input.StreamingProtocol],
      // v2 had one interval for both kinds of channels.
      keyFrameIntervalDuration: isEncoding ? undefined : interval,
      accessControl: listFrom(request.Input.AccessControl),
    },
    preview: { accessControl: listFrom(request.Preview?.AccessControl) },
    encoding: {
      encodingType,
      presetName: request.Encoding?.SystemPreset,
      keyFrameInterval: isEncoding ? interval : undefined,
      slate: slateFrom(request.Slate),
    },
  };
}

export function eventPatchOf(patch: ChannelPatch): LiveEventPatch {
  return {
    description: patch.Description,
    input: { accessControl: listFrom(patch.Input?.AccessControl) },
    preview: { accessControl: listFrom(patch.Preview?.AccessControl) },
    encoding: { slate: slateFrom(patch.Slate) },
  };
}

function slateFrom(slate: ChannelCreate['Slate']): NonNullable<LiveEventCreate['encoding']>['slate'] {
  return slate === undefined
    ? undefined
    : { insertSlateOnAdMarker: slate.InsertSlateOnAdMarker, defaultSlateAssetName: slate.DefaultSlateAssetId };
}

function listTo(list: IpAccessControl | undefined): { readonly AccessControl?: V2AccessControl } {
  return list === undefined
    ? {}
    : {
        AccessControl: {
          IP: {
            Allow: list.ip.allow.map(({ name, address, subnetPrefixLength }) => ({
              ...(name === undefined ? {} : { Name: name }),
              Address: address,
              ...(subnetPrefixLength === undefined ? {} : { SubnetPrefixLength: subnetPrefixLength }),
            })),
          },
        },
      };
}

function listFrom(list: V2AccessControl | undefined): IpAccessControl | undefined {
  return list === undefined
    ? undefined
    : {
        ip: {
          allow: list.IP.Allow.map(({ Name, Address, SubnetPrefixLength }) => ({
            ...(Name === undefined ? {} : { name: Name }),
            address: Address,
            ...(SubnetPrefixLength === undefined ? {} : { subnetPrefixLength: SubnetPrefixLength }),
          })),
        },
      };
}
