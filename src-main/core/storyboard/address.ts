import { AppError } from '../../shared/app-error.ts';
import {
  isStoryboardInterval,
  type PictureTime,
  type StoryboardAddress,
  type StoryboardResource,
} from '../ports/storyboard.ts';

/** An address this long names nothing of ours. */
const MAX_PATH = 2048;
const OURS = /\.ism\/(?:storyboard|thumbnail)(?=[.(]|%28|$)/i;
const ADDRESS =
  /^\/([0-9a-z-]{1,64})\/([^/]{1,256})\.ism\/(storyboard|thumbnail)(?:\(([^()]*)\))?(\.vtt|\.jpg)?$/is;

/** Media times are of UTC: those of the next ten thousand years. */
const MAX_MS = 3e14;
const MAX_SECONDS = 1e9;
const MAX_SPRITE = 9_999_999;

/**
 * Reads a path in the manner of streaming addresses (spec 5.3), whose words may be in any case: `Storyboard.vtt`, a sprite that it names, and
 * `Thumbnail(time=…).jpg`. Undefined when it is neither; throws `MPE_BAD_URL_SYNTAX`, which says what is wrong.
 */
export function parseStoryboardAddress(path: string): StoryboardAddress | undefined {
  if (!OURS.test(path)) {
    return undefined;
  }
  const [, locatorId, manifestName, word, options, suffix] = ADDRESS.exec(decode(path)) ?? [];
  if (locatorId === undefined || manifestName === undefined || word === undefined) {
    throw badSyntax('It is neither {name}.ism/Storyboard.vtt nor {name}.ism/Thumbnail(time=…).jpg.');
  }
  const resource =
    word.toLowerCase() === 'storyboard'
      ? readStoryboard(options ?? '', suffix?.toLowerCase())
      : readPicture(options ?? '', suffix?.toLowerCase());
  return { locatorId, manifestName, resource };
}

function decode(path: string): string {
  if (path.length > MAX_PATH) {
    throw badSyntax(`It is longer than ${MAX_PATH} characters.`);
  }
  try {
    return decodeURIComponent(path);
  } catch {
    throw badSyntax('Its percent-encoding is not right.');
  }
}

function readStoryboard(text: string, suffix: string | undefined): StoryboardResource {
  const options = readOptions(text, ['start', 'interval', 'sprite', 'filter']);
  const filters = readFilters(options);
  const sprite = options.get('sprite');
  if (sprite === undefined) {
    if (suffix === '.jpg' || options.has('start') || options.has('interval')) {
      throw badSyntax('A sprite has start=, interval= and sprite=; take it as Storyboard.vtt gives it.');
    }
    return { kind: 'cues', filters };
  }
  const intervalSeconds = readWhole(options, 'interval', MAX_SECONDS);
  const number = readWhole(options, 'sprite', MAX_SPRITE);
  if (suffix === '.vtt' || number < 1 || !isStoryboardInterval(intervalSeconds)) {
    throw badSyntax('There is no such sprite; take its address as Storyboard.vtt gives it.');
  }
  return { kind: 'sprite', filters, startMs: readWhole(options, 'start', MAX_MS), intervalSeconds, number };
}

function readPicture(text: string, suffix: string | undefined): StoryboardResource {
  if (suffix === '.vtt') {
    throw badSyntax('A thumbnail is a picture: Thumbnail(time=…).jpg.');
  }
  const options = readOptions(text, ['time', 'filter']);
  return { kind: 'picture', filters: readFilters(options), at: readTime(options.get('time')) };
}

function readTime(text: string | undefined): PictureTime {
  if (text === undefined) {
    return { kind: 'any' };
  }
  if (/^\d{1,9}(?:\.\d{1,6})?$/.test(text)) {
    return { kind: 'seconds', seconds: Number(text) };
  }
  // RFC 3339, in UTC.
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/i.test(text)
    ? Date.parse(text.toUpperCase())
    : Number.NaN;
  if (!(ms >= 0)) {
    throw badSyntax('time= is a number of seconds, or a time of day in UTC as 2030-01-31T18:00:00Z.');
  }
  return { kind: 'utc', ms };
}

function readOptions(text: string, known: readonly string[]): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const option of text.trim() === '' ? [] : text.split(',')) {
    const equals = option.indexOf('=');
    const key = option.slice(0, Math.max(0, equals)).trim().toLowerCase();
    const value = option.slice(equals + 1).trim();
    if (!known.includes(key) || value === '' || options.has(key)) {
      const shown = JSON.stringify(option.trim().slice(0, 40));
      throw badSyntax(`${shown} is none of ${known.map((name) => `${name}=…`).join(', ')}, or it is there twice.`);
    }
    options.set(key, value);
  }
  return options;
}

function readFilters(options: ReadonlyMap<string, string>): readonly string[] {
  return (
    options
      .get('filter')
      ?.split(';')
      .map((name) => name.trim()) ?? []
  );
}

function readWhole(options: ReadonlyMap<string, string>, key: string, most: number): number {
  const text = options.get(key) ?? '';
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= most)) {
    throw badSyntax(`${key}= is a whole number up to ${most}.`);
  }
  return value;
}

function badSyntax(what: string): AppError {
  return new AppError('MPE_BAD_URL_SYNTAX', `This is not an address of pictures. ${what}`);
}
