import { compact } from '../compact.ts';
import { type BaseUrl, parseBaseUrl, writeBaseUrl } from './base-url.ts';
import { type Descriptor, parseDescriptor, writeDescriptors } from './descriptor.ts';
import { boolean, type ElementReader, oneOf, text, unsigned, type ValueReader } from './element-reader.ts';
import { baseAttributes, baseElements, type RepresentationBase, readBase } from './representation-base.ts';
import { parseSegmentTemplate, type SegmentTemplate, writeSegmentTemplate } from './segment-template.ts';
import { type FrameRate, formatFrameRate, formatRatio, frameRate, type Ratio, ratio } from './values.ts';
import { xml, xmlEach } from './xml.ts';

/** AdaptationSet, ISO/IEC 23009-1 §5.3.3: representations that a player switches between. */
export type AdaptationSet = RepresentationBase & {
  /** Unique in its Period and the same in all updates; a DASH-IF service always has it. */
  readonly id?: number | undefined;
  readonly group?: number | undefined;
  /** BCP 47. */
  readonly lang?: string | undefined;
  readonly contentType?: (typeof CONTENT_TYPES)[number] | undefined;
  /** Of the picture. */
  readonly par?: Ratio | undefined;
  readonly minBandwidth?: number | undefined;
  readonly maxBandwidth?: number | undefined;
  readonly minWidth?: number | undefined;
  readonly maxWidth?: number | undefined;
  readonly minHeight?: number | undefined;
  readonly maxHeight?: number | undefined;
  readonly minFrameRate?: FrameRate | undefined;
  readonly maxFrameRate?: FrameRate | undefined;
  /** Segments of all representations begin together; a number: with those of other sets of the same number too. */
  readonly segmentAlignment?: boolean | number | undefined;
  readonly bitstreamSwitching?: boolean | undefined;
  readonly accessibilities?: readonly Descriptor[] | undefined;
  readonly roles?: readonly Descriptor[] | undefined;
  readonly ratings?: readonly Descriptor[] | undefined;
  readonly viewpoints?: readonly Descriptor[] | undefined;
  readonly baseUrls?: readonly BaseUrl[] | undefined;
  readonly segmentTemplate?: SegmentTemplate | undefined;
  readonly representations: readonly Representation[];
};

const CONTENT_TYPES = ['video', 'audio', 'text', 'image', 'application', 'font'] as const;

/** Representation, ISO/IEC 23009-1 §5.3.5. */
export type Representation = RepresentationBase & {
  /** Without white space; unique in its Period and the same in all updates. */
  readonly id: string;
  /** Bits per second. */
  readonly bandwidth: number;
  readonly qualityRanking?: number | undefined;
  readonly baseUrls?: readonly BaseUrl[] | undefined;
  readonly segmentTemplate?: SegmentTemplate | undefined;
};

export function writeAdaptationSet(set: AdaptationSet): string {
  const attributes = {
    id: set.id,
    group: set.group,
    contentType: set.contentType,
    lang: set.lang,
    par: formatRatio(set.par),
    minBandwidth: set.minBandwidth,
    maxBandwidth: set.maxBandwidth,
    minWidth: set.minWidth,
    maxWidth: set.maxWidth,
    minHeight: set.minHeight,
    maxHeight: set.maxHeight,
    minFrameRate: formatFrameRate(set.minFrameRate),
    maxFrameRate: formatFrameRate(set.maxFrameRate),
    segmentAlignment: set.segmentAlignment,
    bitstreamSwitching: set.bitstreamSwitching,
    ...baseAttributes(set),
  };
  const content = [
    baseElements(set),
    writeDescriptors('Accessibility', set.accessibilities),
    writeDescriptors('Role', set.roles),
    writeDescriptors('Rating', set.ratings),
    writeDescriptors('Viewpoint', set.viewpoints),
    xmlEach(set.baseUrls, writeBaseUrl),
    set.segmentTemplate === undefined ? '' : writeSegmentTemplate(set.segmentTemplate),
    xmlEach(set.representations, writeRepresentation),
  ];
  return xml('AdaptationSet', attributes, content.join(''));
}

function writeRepresentation(representation: Representation): string {
  const { id, bandwidth, qualityRanking, baseUrls, segmentTemplate } = representation;
  const content = [
    baseElements(representation),
    xmlEach(baseUrls, writeBaseUrl),
    segmentTemplate === undefined ? '' : writeSegmentTemplate(segmentTemplate),
  ];
  return xml(
    'Representation',
    { id, bandwidth, qualityRanking, ...baseAttributes(representation) },
    content.join(''),
  );
}

export function parseAdaptationSet(reader: ElementReader): AdaptationSet {
  const { optional, all } = reader;
  return compact({
    ...readBase(reader),
    id: optional('id', unsigned),
    group: optional('group', unsigned),
    lang: optional('lang', text),
    contentType: optional('contentType', oneOf(...CONTENT_TYPES)),
    par: optional('par', ratio),
    minBandwidth: optional('minBandwidth', unsigned),
    maxBandwidth: optional('maxBandwidth', unsigned),
    minWidth: optional('minWidth', unsigned),
    maxWidth: optional('maxWidth', unsigned),
    minHeight: optional('minHeight', unsigned),
    maxHeight: optional('maxHeight', unsigned),
    minFrameRate: optional('minFrameRate', frameRate),
    maxFrameRate: optional('maxFrameRate', frameRate),
    segmentAlignment: optional('segmentAlignment', conditionalUnsigned),
    bitstreamSwitching: optional('bitstreamSwitching', boolean),
    accessibilities: all('Accessibility', parseDescriptor),
    roles: all('Role', parseDescriptor),
    ratings: all('Rating', parseDescriptor),
    viewpoints: all('Viewpoint', parseDescriptor),
    baseUrls: all('BaseURL', parseBaseUrl),
    segmentTemplate: reader.one('SegmentTemplate', parseSegmentTemplate),
    representations: all('Representation', parseRepresentation) ?? [],
  });
}

function parseRepresentation(reader: ElementReader): Representation {
  return compact({
    ...readBase(reader),
    id: reader.required('id', text),
    bandwidth: reader.required('bandwidth', unsigned),
    qualityRanking: reader.optional('qualityRanking', unsigned),
    baseUrls: reader.all('BaseURL', parseBaseUrl),
    segmentTemplate: reader.one('SegmentTemplate', parseSegmentTemplate),
  });
}

/** The numbers 0 and 1 are numbers here, not truth values: the schema tries them first. */
const conditionalUnsigned: ValueReader<boolean | number> = (value) => unsigned(value) ?? boolean(value);
