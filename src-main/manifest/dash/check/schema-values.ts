import { fromBase64 } from '../../binary-text.ts';
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

/** Readers let a `+` pass, as later editions of XML Schema do. */
const hasSign = (text: string): boolean => text.includes('+');

const between =
  (least: number, most: number): SchemaValue =>
  (text) => {
    const value = hasSign(text) ? undefined : unsigned(text);
    return value !== undefined && value >= least && value <= most;
  };

const within =
  (least: number, most: number): SchemaValue =>
  (text) => {
    const value = integer(text);
    return value !== undefined && value >= least && value <= most;
  };

const oneOf =
  (...words: readonly string[]): SchemaValue =>
  (text) =>
    words.includes(text);

const unsignedInt = between(0, 0xffff_ffff);
const MANY = 10_000;

/** RFC 3986 with what xs:anyURI lets stand unescaped. Each character has one way through, so that long texts cost no more than their length. */
const CHAR = '(?:[^\\s%#?/:@[\\]]|%[0-9A-Fa-f]{2})';
const AUTHORITY = `//(?:(?:${CHAR}|:)*@)?(?:\\[[0-9A-Fa-f:.]+\\]|${CHAR}*)(?::\\d*)?`;
const PATH = `(?:${CHAR}|[:@/])*`;
const START = [
  `(?:[a-zA-Z][a-zA-Z0-9+.\\-]*:)?${AUTHORITY}(?:/${PATH})?`,
  `[a-zA-Z][a-zA-Z0-9+.\\-]*:(?!//)${PATH}`,
  `(?!//)(?:${CHAR}|@)*(?:/${PATH})?`,
].join('|');
const URI = new RegExp(`^(?:${START})(?:\\?(?:${CHAR}|[:@/?])*)?(?:#(?:${CHAR}|[:@/?])*)?$`);

/** URNs, and URLs without empty segments. */
const PROFILE_CHAR = '[!"$%&()*+\\-.0-9:;=@A-Z_a-z~]';
const PROFILE = [
  `urn:[a-zA-Z0-9][a-zA-Z0-9\\-]{1,31}:[!#$%'()*+\\-./0-9:;=?@A-Z_a-z]+`,
  `(?:[a-zA-Z][a-zA-Z0-9+.\\-]*://)?/?${PROFILE_CHAR}+(?:/${PROFILE_CHAR}+)*/?(?:\\?(?:${PROFILE_CHAR}|[/?])*)?(?:#(?:${PROFILE_CHAR}|[/?])*)?`,
].join('|');
const IS_PROFILE = new RegExp(`^(?:${PROFILE})$`);

/** RFC 6381: names with commas between, or with the character set and language of RFC 2231 before them; no white space. */
const CODEC = "[!#$%&'*+\\-.0-9A-Z\\\\^_`a-z|~]+";
const ENCODED_CODEC = '(?:%[0-9A-Fa-f]{2}|[!#$&+\\-.0-9A-Z\\\\^_`a-z{|}~])+';
const LANGUAGE = '[a-zA-Z]{1,8}(?:-[a-zA-Z]{1,8})*';

const DURATION = /^P(?=.)(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:(?!60)\d{2}(?:\.\d+)?(?:Z|[+-](?:0\d|1[0-3]):\d{2}|[+-]14:00)?$/;
const KEY_ID = matches(/^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/);

export const VALUES = {
  text: () => true,
  uri: (text) => URI.test(text.trim()),
  unsignedInt,
  unsignedLong: (text) => !hasSign(text) && unsignedTicks(text) !== undefined,
  integer: (text) => integer(text) !== undefined,
  double: (text) => double(text) !== undefined || text.trim() === 'NaN',
  boolean: (text) => boolean(text) !== undefined,
  /** Less than ISO 8601 has: no comma, no zone without its minutes, no leap second. */
  dateTime: (text) => DATE_TIME.test(text.trim()) && dateTime(text) !== undefined,
  /** Fractions of seconds only. Without years and months, which DASH-IF IOP 3.2.7.4 forbids. */
  duration: (text) => DURATION.test(text.trim()) && duration(text) !== undefined,
  language: matches(/^[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*$/),
  /** With commas between. One by one: some fit both, and a text of many would be tried in all ways there are. */
  profiles: (text) => text.split(/,[ \t]*/).every((one) => IS_PROFILE.test(one)),
  ratio: matches(/^\d*:\d*$/),
  frameRate: matches(/^\d+(?:\/[1-9]\d*)?$/),
  withoutSpace: matches(/^[^\s\p{Z}]*$/u),
  words: () => true,
  numbers: each(unsignedInt, 0, MANY),
  samplingRates: each(unsignedInt, 1, 2),
  sap: between(0, 6),
  codecs: matches(
    new RegExp(`^(?:${CODEC}(?:,${CODEC})*|[a-zA-Z\\-]+'${LANGUAGE}'${ENCODED_CODEC}(?:,${ENCODED_CODEC})*)$`),
  ),
  range: matches(/^\d*(?:-\d*)?$/),
  presentationType: oneOf('static', 'dynamic'),
  contentType: oneOf('text', 'image', 'audio', 'video', 'application', 'font'),
  scanType: oneOf('progressive', 'interlaced', 'unknown'),
  switchingType: oneOf('media', 'bitstream'),
  randomAccessType: oneOf('closed', 'open', 'gradual'),
  referenceType: oneOf('encoder', 'captured', 'application'),
  contentEncoding: oneOf('base64'),
  qualityMedia: oneOf('video', 'audio', 'any'),
  bandwidthMedia: oneOf('video', 'audio', 'any', 'all'),
  order: oneOf('undefined', 'time-ordered', 'fully-ordered'),
  popularitySource: oneOf('content', 'statistics', 'other'),
  popularity: between(1, 100),
  int: within(-0x8000_0000, 0x7fff_ffff),
  /** xs:ID and xs:IDREF: a name without colon. */
  name: matches(/^[\p{L}_][\p{L}\p{N}\p{M}_.\-]*$/u),
  keyIds: each(KEY_ID, 0, MANY),
  base64: (text) => fromBase64(text) !== undefined,
  linkActuate: oneOf('onLoad', 'onRequest', 'other', 'none'),
  linkType: oneOf('simple', 'extended', 'title', 'resource', 'locator', 'arc'),
  linkShow: oneOf('new', 'replace', 'embed', 'other', 'none'),
  simpleLink: oneOf('simple'),
  embeddedLink: oneOf('embed'),
} as const satisfies Record<string, SchemaValue>;

export type ValueKind = keyof typeof VALUES;
