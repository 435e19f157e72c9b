import { malformed } from '../malformed.ts';
import type { Tag } from './attribute-list.ts';
import { type Define, parseDefine } from './tags/define.ts';

/** What both kinds of playlists are read with. */

/** A decimal-integer that is all a tag has, e.g. EXT-X-MEDIA-SEQUENCE. */
export function wholeNumber(tag: Tag): number {
  const value = /^\d{1,20}$/.test(tag.value) ? Number(tag.value) : Number.NaN;
  if (!Number.isSafeInteger(value)) {
    throw malformed(tag.name, 'this is not a whole number below 2^53', tag.line);
  }
  return value;
}

export function positiveNumber(tag: Tag): number {
  const value = wholeNumber(tag);
  if (value === 0) {
    throw malformed(tag.name, 'it is at least 1', tag.line);
  }
  return value;
}

export function word<const T extends string>(tag: Tag, ...words: readonly T[]): T {
  const found = words.find((candidate) => candidate === tag.value);
  if (found === undefined) {
    throw malformed(tag.name, `it is ${words.join(' or ')}`, tag.line);
  }
  return found;
}

/** Tags that may be there once in a playlist: how each is read, into the property it sets. */
export type SingleTags<T> = ReadonlyMap<string, (tag: Tag) => T>;

/** Reads the tag when it is one of them; clients must refuse a second one of its kind (§4.4.2, §4.4.3). */
export function readSingle<T extends object>(tags: SingleTags<T>, values: T, tag: Tag): boolean {
  const read = tags.get(tag.name);
  if (read === undefined) {
    return false;
  }
  const value = read(tag);
  if (Object.keys(value).some((key) => key in values)) {
    throw malformed(tag.name, 'it is there twice', tag.line);
  }
  Object.assign(values, value);
  return true;
}

/** By name: a variable is declared once (§4.4.2.3: otherwise the parser must fail). */
export type Defines = Map<string, Define>;

export function addDefine(defines: Defines, tag: Tag): void {
  const define = parseDefine(tag);
  if (defines.has(define.name)) {
    throw malformed(tag.name, 'the variable is declared twice', tag.line);
  }
  defines.set(define.name, define);
}

export function unlessEmpty<T>(items: readonly T[]): readonly T[] | undefined {
  return items.length === 0 ? undefined : items;
}
