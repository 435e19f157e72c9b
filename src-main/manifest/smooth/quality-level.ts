import { fromHex, toHex } from '../binary-text.ts';
import { compact } from '../compact.ts';
import { text, unsigned } from '../dash/element-reader.ts';
import { xml, xmlEach } from '../dash/xml.ts';
import type { SmoothReader } from './smooth-reader.ts';

/** One quality of a stream, MS-SSTR §2.2.2.5. */
export type QualityLevel = {
  /** Counted from 0 in its stream. */
  readonly index: number;
  /** Bits per second: what stands for `{bitrate}` in addresses. */
  readonly bitrate: number;
  readonly fourCc: string;
  /** Empty: there is none. */
  readonly codecPrivateData: Uint8Array;
  /** Pictures. */
  readonly maxWidth?: number | undefined;
  readonly maxHeight?: number | undefined;
  /** Sound: what WAVEFORMATEX has. */
  readonly samplingRate?: number | undefined;
  readonly channels?: number | undefined;
  readonly bitsPerSample?: number | undefined;
  readonly packetSize?: number | undefined;
  readonly audioTag?: number | undefined;
  /** By name. */
  readonly customAttributes?: ReadonlyMap<string, string> | undefined;
};

export function writeQualityLevel(level: QualityLevel): string {
  const { customAttributes } = level;
  return xml(
    'QualityLevel',
    {
      Index: level.index,
      Bitrate: level.bitrate,
      FourCC: level.fourCc,
      MaxWidth: level.maxWidth,
      MaxHeight: level.maxHeight,
      SamplingRate: level.samplingRate,
      Channels: level.channels,
      BitsPerSample: level.bitsPerSample,
      PacketSize: level.packetSize,
      AudioTag: level.audioTag,
      CodecPrivateData: toHex(level.codecPrivateData),
    },
    customAttributes === undefined
      ? ''
      : xml(
          'CustomAttributes',
          {},
          xmlEach([...customAttributes], ([name, value]) => xml('Attribute', { Name: name, Value: value })),
        ),
  );
}

export function parseQualityLevel(reader: SmoothReader): QualityLevel {
  const { optional, required } = reader;
  return compact({
    index: required('Index', unsigned),
    bitrate: required('Bitrate', unsigned),
    fourCc: optional('FourCC', text) ?? '',
    codecPrivateData: optional('CodecPrivateData', fromHex) ?? new Uint8Array(),
    maxWidth: optional('MaxWidth', unsigned),
    maxHeight: optional('MaxHeight', unsigned),
    samplingRate: optional('SamplingRate', unsigned),
    channels: optional('Channels', unsigned),
    bitsPerSample: optional('BitsPerSample', unsigned),
    packetSize: optional('PacketSize', unsigned),
    audioTag: optional('AudioTag', unsigned),
    customAttributes: customAttributesOf(reader),
  });
}

function customAttributesOf(reader: SmoothReader): ReadonlyMap<string, string> | undefined {
  const attributes = reader.all('CustomAttributes')?.flatMap((group) => group.all('Attribute') ?? []);
  return (
    attributes &&
    new Map(attributes.map(({ required }) => [required('Name', text), required('Value', text)] as const))
  );
}
