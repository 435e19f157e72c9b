import { boolean, dateTime, double, duration, integer, unsigned, unsignedTicks } from '../element-reader.ts';

/** The simple types of the MPD schema: whether a text is of that kind. */
export type SchemaValue = (text: string) => boolean;

const matches =
  (pattern: RegExp): SchemaValue =>
  (text) =>
    pattern.test(text);

const each =
  (kind: SchemaValue, least: number, most: number): SchemaValue =>
  (text) => {
    const items = text.split(/[ \t\r\n]+/).filter((item) => item !== '');
    return items.length >= least && items.length <= most && items.every(kind);
  };

const between =
  (least: number, most: number): SchemaValue =>
  (text) => {
    const value = unsigned(text);
    return value !== undefined && value >= least && value <= most;
  };

const oneOf =
  (...words: readonly string[]): SchemaValue =>
  (text) =>
    words.includes(text);

const unsignedInt = between(0, 0xffff_ffff);
const MANY = 10_000;

export const VALUES = {
  text: () => true,
  /** Nearly any text is an xs:anyURI; what is none has white space in it or a broken escape. */
  uri: (text) => !/\s/.test(text.trim()) && !/%(?![0-9A-Fa-f]{2})/.test(text),
  unsignedInt,
  unsignedLong: (text) => unsignedTicks(text) !== undefined,
  integer: (text) => integer(text) !== undefined,
  double: (text) => double(text) !== undefined || text.trim() === 'NaN',
  boolean: (text) => boolean(text) !== undefined,
  dateTime: (text) => dateTime(text) !== undefined,
  /** Without years and months, which DASH-IF IOP 3.2.7.4 forbids. */
  duration: (text) => duration(text) !== undefined,
  language: matches(/^[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*$/),
  profiles: matches(/^[^\s,][^\s]*$/),
  ratio: matches(/^\d*:\d*$/),
  frameRate: matches(/^\d+(?:\/[1-9]\d*)?$/),
  withoutSpace: matches(/^[^\s\p{Z}]*$/u),
  words: () => true,
  numbers: each(unsignedInt, 0, MANY),
  samplingRates: each(unsignedInt, 1, 2),
  sap: between(0, 6),
  alignment: (text) => unsignedInt(text) || boolean(text) !== undefined,
  /** RFC 6381: names with commas between, and no white space. */
  codecs: matches(/^[a-zA-Z0-9!#\\$%^*_\-+{}|'.`~&=]+(?:,[a-zA-Z0-9!#\\$%^*_\-+{}|'.`~&=]+)*$/),
  range: matches(/^\d*(?:-\d*)?$/),
  presentationType: oneOf('static', 'dynamic'),
  contentType: oneOf('text', 'image', 'audio', 'video', 'application', 'font'),
  scanType: oneOf('progressive', 'interlaced', 'unknown'),
  switchingType: oneOf('media', 'bitstream'),
  randomAccessType: oneOf('closed', 'open', 'gradual'),
  referenceType: oneOf('encoder', 'captured', 'application'),
  contentEncoding: oneOf('base64'),
  mediaType: oneOf('video', 'audio', 'any', 'all'),
  order: oneOf('undefined', 'time-ordered', 'fully-ordered'),
  popularitySource: oneOf('content', 'statistics', 'other'),
} as const satisfies Record<string, SchemaValue>;

export type ValueKind = keyof typeof VALUES;
