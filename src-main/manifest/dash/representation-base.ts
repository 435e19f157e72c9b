import { compact } from '../compact.ts';
import { type ContentProtection, parseContentProtection, writeContentProtection } from './content-protection.ts';
import { type Descriptor, parseDescriptor, writeDescriptors } from './descriptor.ts';
import {
  boolean,
  commaSeparated,
  double,
  type ElementReader,
  oneOf,
  text,
  unsigned,
  type ValueReader,
  words,
} from './element-reader.ts';
import { type InbandEventStream, parseInbandEventStream, writeInbandEventStream } from './events.ts';
import { type Label, parseLabel, writeLabel } from './label.ts';
import {
  type ProducerReferenceTime,
  parseProducerReferenceTime,
  writeProducerReferenceTime,
} from './producer-reference-time.ts';
import { parseResync, type Resync, writeResync } from './resync.ts';
import {
  type FrameRate,
  formatDouble,
  formatFrameRate,
  formatRatio,
  frameRate,
  type Ratio,
  ratio,
} from './values.ts';
import { type XmlAttributes, xmlEach } from './xml.ts';

/** What can be said of an adaptation set as a whole or of each representation, ISO/IEC 23009-1 §5.3.7. */
export type RepresentationBase = {
  readonly profiles?: readonly string[] | undefined;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /** Of a pixel. */
  readonly sar?: Ratio | undefined;
  readonly frameRate?: FrameRate | undefined;
  /** In hertz. The higher one when an MPD gives two. */
  readonly audioSamplingRate?: number | undefined;
  readonly mimeType?: string | undefined;
  /** CMAF brands, e.g. `cmfc`. */
  readonly segmentProfiles?: readonly string[] | undefined;
  /** RFC 6381. */
  readonly codecs?: string | undefined;
  readonly maximumSapPeriodSeconds?: number | undefined;
  /** 1 or 2: every segment begins with a stream access point of that type at most. */
  readonly startWithSap?: number | undefined;
  readonly maxPlayoutRate?: number | undefined;
  readonly codingDependency?: boolean | undefined;
  readonly scanType?: (typeof SCAN_TYPES)[number] | undefined;
  readonly selectionPriority?: number | undefined;
  readonly audioChannelConfigurations?: readonly Descriptor[] | undefined;
  readonly contentProtections?: readonly ContentProtection[] | undefined;
  readonly essentialProperties?: readonly Descriptor[] | undefined;
  readonly supplementalProperties?: readonly Descriptor[] | undefined;
  readonly inbandEventStreams?: readonly InbandEventStream[] | undefined;
  readonly labels?: readonly Label[] | undefined;
  readonly producerReferenceTimes?: readonly ProducerReferenceTime[] | undefined;
  readonly resyncs?: readonly Resync[] | undefined;
};

const SCAN_TYPES = ['progressive', 'interlaced', 'unknown'] as const;

export function baseAttributes(base: RepresentationBase): XmlAttributes {
  return {
    profiles: base.profiles?.join(','),
    mimeType: base.mimeType,
    segmentProfiles: base.segmentProfiles?.join(' '),
    codecs: base.codecs,
    width: base.width,
    height: base.height,
    sar: formatRatio(base.sar),
    frameRate: formatFrameRate(base.frameRate),
    scanType: base.scanType,
    audioSamplingRate: base.audioSamplingRate,
    startWithSAP: base.startWithSap,
    maximumSAPPeriod: formatDouble(base.maximumSapPeriodSeconds),
    maxPlayoutRate: formatDouble(base.maxPlayoutRate),
    codingDependency: base.codingDependency,
    selectionPriority: base.selectionPriority,
  };
}

/** In the order of the schema. */
export function baseElements(base: RepresentationBase): string {
  return [
    writeDescriptors('AudioChannelConfiguration', base.audioChannelConfigurations),
    xmlEach(base.contentProtections, writeContentProtection),
    writeDescriptors('EssentialProperty', base.essentialProperties),
    writeDescriptors('SupplementalProperty', base.supplementalProperties),
    xmlEach(base.inbandEventStreams, writeInbandEventStream),
    xmlEach(base.labels, writeLabel),
    xmlEach(base.producerReferenceTimes, writeProducerReferenceTime),
    xmlEach(base.resyncs, writeResync),
  ].join('');
}

export function readBase(reader: ElementReader): RepresentationBase {
  const { optional, all } = reader;
  return compact({
    profiles: optional('profiles', commaSeparated),
    width: optional('width', unsigned),
    height: optional('height', unsigned),
    sar: optional('sar', ratio),
    frameRate: optional('frameRate', frameRate),
    audioSamplingRate: optional('audioSamplingRate', highest),
    mimeType: optional('mimeType', text),
    segmentProfiles: optional('segmentProfiles', words),
    codecs: optional('codecs', text),
    maximumSapPeriodSeconds: optional('maximumSAPPeriod', double),
    startWithSap: optional('startWithSAP', unsigned),
    maxPlayoutRate: optional('maxPlayoutRate', double),
    codingDependency: optional('codingDependency', boolean),
    scanType: optional('scanType', oneOf(...SCAN_TYPES)),
    selectionPriority: optional('selectionPriority', unsigned),
    audioChannelConfigurations: all('AudioChannelConfiguration', parseDescriptor),
    contentProtections: all('ContentProtection', parseContentProtection),
    essentialProperties: all('EssentialProperty', parseDescriptor),
    supplementalProperties: all('SupplementalProperty', parseDescriptor),
    inbandEventStreams: all('InbandEventStream', parseInbandEventStream),
    labels: all('Label', parseLabel),
    producerReferenceTimes: all('ProducerReferenceTime', parseProducerReferenceTime),
    resyncs: all('Resync', parseResync),
  });
}

const highest: ValueReader<number> = (value) => {
  const rates = words(value)?.map(unsigned) ?? [];
  const known = rates.filter((rate) => rate !== undefined);
  return known.length === rates.length && rates.length >= 1 && rates.length <= 2 ? Math.max(...known) : undefined;
};
