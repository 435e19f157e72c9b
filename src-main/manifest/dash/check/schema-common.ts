import type { ValueKind } from './schema-values.ts';

/** One element of the schema: its children, attributes and text. */
export type ElementRule = {
  /** In their order: `Name`, `Name?`, `Name*` or `Name+`; `other` is where elements of other namespaces may stand. */
  readonly children: readonly string[];
  /** Names that end with `!` have to be there. */
  readonly attributes: Readonly<Record<string, ValueKind>>;
  /** What the text is; without one there is none but white space. */
  readonly content?: ValueKind;
  /** Attributes of other namespaces have no place. */
  readonly isClosed?: true;
};

/** What several elements have in common. */

export const OTHER = 'other';

export const BASE_CHILDREN = [
  'FramePacking*',
  'AudioChannelConfiguration*',
  'ContentProtection*',
  'OutputProtection?',
  'EssentialProperty*',
  'SupplementalProperty*',
  'InbandEventStream*',
  'Switching*',
  'RandomAccess*',
  'GroupLabel*',
  'Label*',
  'ProducerReferenceTime*',
  'ContentPopularityRate*',
  'Resync*',
  OTHER,
] as const;

export const BASE_ATTRIBUTES = {
  profiles: 'profiles',
  width: 'unsignedInt',
  height: 'unsignedInt',
  sar: 'ratio',
  frameRate: 'frameRate',
  audioSamplingRate: 'samplingRates',
  mimeType: 'text',
  segmentProfiles: 'words',
  containerProfiles: 'words',
  codecs: 'codecs',
  maximumSAPPeriod: 'double',
  startWithSAP: 'sap',
  maxPlayoutRate: 'double',
  codingDependency: 'boolean',
  scanType: 'scanType',
  selectionPriority: 'unsignedInt',
  tag: 'text',
} as const;

const XLINK = '{http://www.w3.org/1999/xlink}';
const CENC = '{urn:mpeg:cenc:2013}';
/** What may be fetched from elsewhere (§5.5): always as a simple link whose target takes its place. */
export const FETCHED = {
  [`${XLINK}href`]: 'uri',
  [`${XLINK}actuate`]: 'linkActuate',
  [`${XLINK}type`]: 'simpleLink',
} as const;
export const LINK = { ...FETCHED, [`${XLINK}show`]: 'embeddedLink' } as const;
/** Attributes of other namespaces whose schemas the one of the MPD brings along: what they are wherever they stand. */
export const FOREIGN_ATTRIBUTES: ReadonlyMap<string, ValueKind> = new Map<string, ValueKind>([
  [`${XLINK}href`, 'uri'],
  [`${XLINK}actuate`, 'linkActuate'],
  [`${XLINK}type`, 'linkType'],
  [`${XLINK}show`, 'linkShow'],
  [`${CENC}default_KID`, 'keyIds'],
]);
export const PSSH = `${CENC}pssh`;

export const ROLES = ['Accessibility*', 'Role*', 'Rating*', 'Viewpoint*'] as const;
export const SEGMENT_CHILDREN = ['Initialization?', 'RepresentationIndex?', 'FailoverContent?', OTHER] as const;
export const SEGMENT_ATTRIBUTES = {
  timescale: 'unsignedInt',
  eptDelta: 'integer',
  pdDelta: 'integer',
  presentationTimeOffset: 'unsignedLong',
  presentationDuration: 'unsignedLong',
  timeShiftBufferDepth: 'duration',
  indexRange: 'range',
  indexRangeExact: 'boolean',
  availabilityTimeOffset: 'double',
  availabilityTimeComplete: 'boolean',
} as const;
export const MULTIPLE_CHILDREN = [...SEGMENT_CHILDREN, 'SegmentTimeline?', 'BitstreamSwitching?'] as const;
export const MULTIPLE_ATTRIBUTES = {
  ...SEGMENT_ATTRIBUTES,
  duration: 'unsignedInt',
  startNumber: 'unsignedInt',
  endNumber: 'unsignedInt',
} as const;
export const EVENT_STREAM: ElementRule = {
  children: ['Event*', OTHER],
  attributes: {
    ...LINK,
    'schemeIdUri!': 'uri',
    value: 'text',
    timescale: 'unsignedInt',
    presentationTimeOffset: 'unsignedLong',
  },
  isClosed: true,
};
export const DESCRIPTOR: ElementRule = {
  children: [OTHER],
  attributes: { 'schemeIdUri!': 'uri', value: 'text', id: 'text' },
};
export const URL_ELEMENT: ElementRule = { children: [OTHER], attributes: { sourceURL: 'uri', range: 'range' } };
export const TEXT: ElementRule = { children: [], attributes: {}, content: 'text', isClosed: true };
export const LABEL: ElementRule = {
  children: [],
  attributes: { id: 'unsignedInt', lang: 'language' },
  content: 'text',
};
export const PACKED_UINTS: ElementRule = {
  children: [],
  attributes: { 'id!': 'unsignedInt', profiles: 'profiles', contentType: 'contentType' },
  content: 'numbers',
};
