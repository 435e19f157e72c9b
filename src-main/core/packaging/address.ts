import { AppError } from '../../shared/app-error.ts';
import {
  ENCRYPTION_TAGS,
  type EncryptionTag,
  STREAMING_FORMATS,
  type StreamingFormat,
} from '../ports/streaming-format.ts';

/** What stands in the parentheses behind every resource, besides its name. */
type AddressOptions = {
  readonly format: StreamingFormat;
  readonly encryption: EncryptionTag | undefined;
  /** `filter=a;b;c`, in their order. */
  readonly filters: readonly string[];
};

export type ParsedResource = AddressOptions &
  (
    | {
        readonly kind: 'manifest';
        readonly audioOnly: boolean;
        /** `type=bootstrap`: only the `abst` box; HDS. */
        readonly bootstrap?: true;
        readonly legacyCues?: true;
      }
    | {
        readonly kind: 'media-playlist';
        readonly bitrate: number;
        readonly track: string;
        readonly keyFrames: boolean;
        readonly legacyCues?: true;
      }
    | {
        readonly kind: 'fragment';
        readonly bitrate: number;
        readonly track: string;
        /** `init`: written `i`. */
        readonly time: bigint | 'init';
        /** Only one part of it, for low latency; an extension of ours. */
        readonly part: number | undefined;
        /** `period=` of an initialization segment whose key is that of a crypto period; an extension of ours. */
        readonly cryptoPeriod?: number;
        /** Asked for as `KeyFrames`: only its first picture. */
        readonly keyFrames: boolean;
        /** Asked for as `FragmentInfo`: only its `moof`; Smooth Streaming. */
        readonly headOnly?: true;
        /** `Seg1-Frag12` behind it, which HDS players put there: the number of the fragment. */
        readonly fragment?: number;
      }
  );

export type ParsedAddress = {
  readonly locatorId: string;
  readonly manifestName: string;
  readonly resource: ParsedResource;
};

/** An address this long names nothing of ours. */
const MAX_PATH = 2048;
const MAX_TIME = 2n ** 63n - 1n;
const MAX_PART = 9999;

const BASE = /^\/([0-9a-z-]{1,64})\/([^/]{1,256})\.ism\/(.+)$/is;
const MANIFEST = /^manifest(?:\(([^()]*)\))?$/is;
const SUB_RESOURCE =
  /^qualitylevels\((\d{1,10})\)\/(manifest|fragments|keyframes|fragmentinfo)\(([^()]*)\)(\.mp4|\.ts|\.vtt|seg1-frag\d{1,10})?$/is;

/**
 * Reads the path of a streaming address, the grammar of spec 5.3. Words and keys may be in any case, spaces may follow commas, and
 * characters may be percent-encoded. Throws `MPE_BAD_URL_SYNTAX`, which says what is wrong.
 */
export function parseAddress(path: string): ParsedAddress {
  const [, locatorId, manifestName, rest] = BASE.exec(decode(path)) ?? [];
  if (locatorId === undefined || manifestName === undefined || rest === undefined) {
    throw badSyntax('It does not have the form /{locator}/{name}.ism/manifest(format=…).');
  }
  return { locatorId, manifestName, resource: parseResource(rest) };
}

function decode(path: string): string {
  if (path.length > MAX_PATH) {
    throw badSyntax(`It is longer than ${MAX_PATH} characters.`);
  }
  if (!path.includes('%')) {
    return path;
  }
  try {
    return decodeURIComponent(path);
  } catch {
    throw badSyntax('Its percent-encoding is not right.');
  }
}

function parseResource(text: string): ParsedResource {
  const manifest = MANIFEST.exec(text);
  if (manifest !== null) {
    const options = readOptions(splitArguments(manifest[1] ?? ''), [
      'format',
      'encryption',
      'filter',
      'audio-only',
      'cue',
      'type',
    ]);
    const audioOnly = readBoolean(options, 'audio-only');
    const common = commonOptions(options);
    const bootstrap = readBootstrap(options.get('type'), common.format);
    return { kind: 'manifest', ...common, audioOnly, ...bootstrap, ...readCue(options.get('cue')) };
  }
  const [, bitrateText, word, argumentText, suffix] = SUB_RESOURCE.exec(text) ?? [];
  if (bitrateText === undefined || word === undefined || argumentText === undefined) {
    throw badSyntax(
      'Behind .ism/ stands neither manifest(…) nor QualityLevels(…)/Manifest(…) nor QualityLevels(…)/Fragments(…).',
    );
  }
  const bitrate = Number(bitrateText);
  const [subject = '', ...rest] = splitArguments(argumentText);
  if (word.toLowerCase() === 'manifest') {
    if (suffix !== undefined) {
      throw badSyntax(`Only addresses of fragments may end in ${suffix}.`);
    }
    const options = readOptions(rest, ['format', 'encryption', 'filter', 'type', 'cue']);
    const keyFrames = readType(options.get('type'));
    const cue = readCue(options.get('cue'));
    const track = trackName(subject);
    return { kind: 'media-playlist', ...commonOptions(options), bitrate, track, keyFrames, ...cue };
  }
  const options = readOptions(rest, ['format', 'encryption', 'filter', 'part', 'period']);
  const equals = subject.lastIndexOf('=');
  const part = options.get('part');
  return {
    kind: 'fragment',
    ...commonOptions(options),
    bitrate,
    track: trackName(subject.slice(0, Math.max(0, equals))),
    time: readTime(subject.slice(equals + 1)),
    part: part === undefined ? undefined : readPart(part),
    ...readPeriod(options.get('period'), subject.slice(equals + 1)),
    keyFrames: word.toLowerCase() === 'keyframes',
    ...readHead(word, readFormat(options.get('format'))),
    ...readNumber(suffix, readFormat(options.get('format'))),
  };
}

/** Players pause and go back with it (MS-SSTR §2.2.3). */
function readHead(word: string, format: StreamingFormat): { readonly headOnly?: true } {
  if (word.toLowerCase() !== 'fragmentinfo') {
    return {};
  }
  if (format !== 'smooth' && format !== 'fmp4-v20') {
    throw badSyntax('Only Smooth Streaming has FragmentInfo(…).');
  }
  return { headOnly: true };
}

function readBootstrap(type: string | undefined, format: StreamingFormat): { readonly bootstrap?: true } {
  if (type === undefined) {
    return {};
  }
  if (type.toLowerCase() !== 'bootstrap' || format !== 'f4m-f4f') {
    throw badSyntax('type= of a manifest can only be bootstrap, and only with format=f4m-f4f.');
  }
  return { bootstrap: true };
}

function readNumber(suffix: string | undefined, format: StreamingFormat): { readonly fragment?: number } {
  const number = /^seg1-frag(\d+)$/i.exec(suffix ?? '')?.[1];
  if ((number !== undefined) !== (format === 'f4m-f4f')) {
    throw badSyntax('Fragments of HDS, and only those, end in Seg1-Frag and a number.');
  }
  return number === undefined ? {} : { fragment: Number(number) };
}

function splitArguments(text: string): readonly string[] {
  return text.trim() === '' ? [] : text.split(',').map((argument) => argument.trim());
}

function readOptions(args: readonly string[], known: readonly string[]): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const argument of args) {
    const equals = argument.indexOf('=');
    const key = argument.slice(0, Math.max(0, equals)).trim().toLowerCase();
    const value = argument.slice(equals + 1).trim();
    if (!known.includes(key)) {
      throw badSyntax(`${shown(argument)} is none of ${known.map((name) => `${name}=…`).join(', ')}.`);
    }
    if (options.has(key)) {
      throw badSyntax(`${key}= is there twice.`);
    }
    if (value === '') {
      throw badSyntax(`${key}= has no value.`);
    }
    options.set(key, value);
  }
  return options;
}

function commonOptions(options: ReadonlyMap<string, string>): AddressOptions {
  return {
    format: readFormat(options.get('format')),
    encryption: readEncryption(options.get('encryption')),
    filters:
      options
        .get('filter')
        ?.split(';')
        .map((name) => name.trim()) ?? [],
  };
}

function readFormat(value: string | undefined): StreamingFormat {
  const wanted = value?.toLowerCase() ?? 'smooth';
  if (wanted === 'm3u8-aapl-v4') {
    return 'm3u8-aapl';
  }
  const format = STREAMING_FORMATS.find((name) => name === wanted);
  if (format === undefined || (format === 'smooth' && value !== undefined)) {
    const known = STREAMING_FORMATS.filter((name) => name !== 'smooth').join(', ');
    throw badSyntax(`There is no format ${shown(value ?? '')}; there are ${known}.`);
  }
  return format;
}

function readEncryption(value: string | undefined): EncryptionTag | undefined {
  const wanted = value?.toLowerCase();
  const encryption = ENCRYPTION_TAGS.find((name) => name === wanted);
  if (wanted !== undefined && encryption === undefined) {
    throw badSyntax(`There is no encryption ${shown(wanted)}; there are ${ENCRYPTION_TAGS.join(', ')}.`);
  }
  return encryption;
}

function readBoolean(options: ReadonlyMap<string, string>, key: string): boolean {
  const value = options.get(key)?.toLowerCase() ?? 'false';
  if (value !== 'true' && value !== 'false') {
    throw badSyntax(`${key}= is either true or false.`);
  }
  return value === 'true';
}

function readType(value: string | undefined): boolean {
  if (value !== undefined && value.toLowerCase() !== 'keyframes') {
    throw badSyntax('type= can only be keyframes.');
  }
  return value !== undefined;
}

/** An extension of ours: Azure Media Services never said how one asks for it. */
function readCue(value: string | undefined): { readonly legacyCues?: true } {
  const wanted = value?.toLowerCase() ?? 'daterange';
  if (wanted !== 'legacy' && wanted !== 'daterange') {
    throw badSyntax('cue= is either daterange or legacy.');
  }
  return wanted === 'legacy' ? { legacyCues: true } : {};
}

function readTime(text: string): bigint | 'init' {
  if (text.toLowerCase() === 'i') {
    return 'init';
  }
  const time = /^\d{1,19}$/.test(text) ? BigInt(text) : undefined;
  if (time === undefined || time > MAX_TIME) {
    throw badSyntax('The time of a fragment is a whole number of ticks, or i for the initialization segment.');
  }
  return time;
}

function readPart(text: string): number {
  const part = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (!(part <= MAX_PART)) {
    throw badSyntax(`part= is a whole number up to ${MAX_PART}.`);
  }
  return part;
}

function readPeriod(value: string | undefined, time: string): { readonly cryptoPeriod?: number } {
  if (value === undefined) {
    return {};
  }
  if (!/^\d{1,9}$/.test(value) || time.toLowerCase() !== 'i') {
    throw badSyntax('period= is a whole number, and only of the initialization segment i.');
  }
  return { cryptoPeriod: Number(value) };
}

function trackName(text: string): string {
  if (text === '' || text.includes('=')) {
    throw badSyntax('The name of the track is missing.');
  }
  return text;
}

/** A piece of the address for an error text: short, and nothing that could be taken for anything else. */
function shown(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}

function badSyntax(what: string): AppError {
  return new AppError('MPE_BAD_URL_SYNTAX', `This is not a streaming address. ${what}`);
}

// ---- writing: relative to `{name}.ism/`

/** Formats whose addresses are written here. */
export type WrittenFormat = Exclude<StreamingFormat, 'smooth'>;

/** `QualityLevels(2500000)/`: the folder of a track's playlist and fragments. */
export function qualityPath(bitrate: number | '$Bandwidth$'): string {
  return `QualityLevels(${bitrate})/`;
}

/** What all addresses in a manifest have of the one that it was asked for with, so that what they lead to is the same view. */
export type CarriedOptions = {
  readonly encryption?: EncryptionTag | undefined;
  readonly filters?: readonly string[] | undefined;
};

function carriedText({ encryption, filters = [] }: CarriedOptions): string {
  const names = filters.map((name) => encodeURIComponent(name)).join(';');
  return `${encryption === undefined ? '' : `,encryption=${encryption}`}${names === '' ? '' : `,filter=${names}`}`;
}

/** Relative to the folder of its quality. */
export function mediaPlaylistName(
  track: string,
  format: WrittenFormat,
  options: CarriedOptions & { readonly legacyCues?: boolean; readonly keyFrames?: boolean } = {},
): string {
  const cue = options.legacyCues === true ? ',cue=legacy' : '';
  const type = options.keyFrames === true ? ',type=keyframes' : '';
  return `Manifest(${encodeURIComponent(track)},format=${format}${carriedText(options)}${type}${cue})`;
}

/**
 * What stands behind the addresses of fragments in HLS playlists. Azure Media Services had nothing there, but ffmpeg and what is made with
 * it, since 2025, loads no HLS media whose address ends otherwise (`allowed_segment_extensions`). Both are read.
 */
const HLS_SUFFIXES: Readonly<Partial<Record<StreamingFormat, string>>> = {
  'm3u8-cmaf': '.mp4',
  'm3u8-aapl': '.ts',
  'm3u8-aapl-v3': '.ts',
};

/** Relative to the folder of its quality. */
export function fragmentName(
  track: string,
  time: bigint | 'i' | '$Time$',
  format: WrittenFormat,
  options: CarriedOptions & {
    readonly part?: number;
    readonly keyFrame?: boolean;
    /** Of an initialization segment, where keys rotate. */
    readonly cryptoPeriod?: number | undefined;
  } = {},
): string {
  const part = options.part === undefined ? '' : `,part=${options.part}`;
  const period = options.cryptoPeriod === undefined ? '' : `,period=${options.cryptoPeriod}`;
  const subject = `${encodeURIComponent(track)}=${time}`;
  const word = options.keyFrame === true ? 'KeyFrames' : 'Fragments';
  return `${word}(${subject},format=${format}${carriedText(options)}${part}${period})${HLS_SUFFIXES[format] ?? ''}`;
}

/** Relative to the folder of its quality. Text says what it is too, for the same players. */
export function textSegmentName(track: string, time: bigint, carried: CarriedOptions): string {
  return `Fragments(${encodeURIComponent(track)}=${time},format=m3u8-cmaf${carriedText(carried)}).vtt`;
}

/** The same of text that is made while it is live; in CMAF it is a fragment as any other. */
export function liveTextSegmentName(
  track: string,
  time: bigint,
  format: 'm3u8-cmaf' | 'm3u8-aapl',
  carried: CarriedOptions,
): string {
  return format === 'm3u8-cmaf'
    ? fragmentName(track, time, format, carried)
    : `Fragments(${encodeURIComponent(track)}=${time},format=${format}${carriedText(carried)}).vtt`;
}

export type SmoothFormat = 'smooth' | 'fmp4-v20';

/** The fragments of a track as a Smooth Streaming manifest gives them, relative to `{name}.ism/`: clients put in what stands in braces. */
export function smoothFragmentsUrl(track: string, format: SmoothFormat, carried: CarriedOptions): string {
  return `QualityLevels({bitrate})/${smoothName('Fragments', track, '{start time}', format, carried)}`;
}

/** Relative to the folder of its quality. */
export function smoothFragmentName(
  fragment: {
    readonly word: 'Fragments' | 'FragmentInfo' | 'KeyFrames';
    readonly track: string;
    readonly time: bigint;
  },
  format: SmoothFormat,
  carried: CarriedOptions,
): string {
  return smoothName(fragment.word, fragment.track, String(fragment.time), format, carried);
}

function smoothName(
  word: string,
  track: string,
  time: string,
  format: SmoothFormat,
  carried: CarriedOptions,
): string {
  const named = format === 'smooth' ? '' : `,format=${format}`;
  return `${word}(${encodeURIComponent(track)}=${time}${named}${carriedText(carried)})`;
}

/** What HDS players put `Seg1-Frag12` behind, relative to `{name}.ism/`; `base` is the sequence number of fragment 1. */
export function hdsFragmentsUrl(
  { name, bitrate }: { readonly name: string; readonly bitrate: number },
  base: number,
  carried: CarriedOptions,
): string {
  return `${qualityPath(bitrate)}Fragments(${encodeURIComponent(name)}=${base},format=f4m-f4f${carriedText(carried)})`;
}

export function hdsBootstrapName(carried: CarriedOptions): string {
  return `manifest(format=f4m-f4f,type=bootstrap${carriedText(carried)})`;
}
