import { fromHex, toHex } from '../binary-text.ts';
import { parseDateTime } from '../date-time.ts';
import { formatDecimal } from '../decimal.ts';
import { malformed } from '../malformed.ts';

/** Attribute lists and the kinds of values in them, 8216bis §4.2. */

// ---- writing

/** An attribute with its written value; left out when the value is undefined. */
export type WrittenAttribute = readonly [name: string, value: string | undefined];

/** A whole tag line with its line end. */
export function tagLine(tag: string, attributes: readonly WrittenAttribute[]): string {
  let list = '';
  for (const [name, value] of attributes) {
    if (value !== undefined) {
      list += list === '' ? `${name}=${value}` : `,${name}=${value}`;
    }
  }
  return `#${tag}:${list}\n`;
}

/** A quoted-string. It has no escapes: a text with a quotation mark or a line end cannot be written; see `quotable`. */
export function quoted(text: string | undefined): string | undefined {
  if (text === undefined) {
    return undefined;
  }
  if (/["\u0000-\u0008\u000a-\u001f\u007f-\u009f]/.test(text)) {
    throw malformed('quoted-string', 'quotation marks, line ends and control characters cannot be written');
  }
  return `"${text}"`;
}

/** A text that people typed, made fit for a quoted-string: quotation marks become apostrophes, control characters spaces. */
export function quotable(text: string): string {
  return text.replaceAll('"', "'").replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}

export function integer(value: number | undefined): string | undefined {
  if (value === undefined) {
    return undefined;
  }
  if (!Number.isSafeInteger(value) || value < 0) {
    throw malformed('decimal-integer', 'only whole numbers from 0 to 2^53 - 1 can be written');
  }
  return String(value);
}

/** A tag that is a whole number, e.g. EXT-X-MEDIA-SEQUENCE; nothing when there is none. */
export function numberLine(tag: string, value: number | undefined): string {
  const text = integer(value);
  return text === undefined ? '' : `#${tag}:${text}\n`;
}

export function decimal(value: number | undefined): string | undefined {
  if (value !== undefined && !(value >= 0)) {
    throw malformed('decimal-floating-point', 'a negative number cannot be written');
  }
  return value === undefined ? undefined : formatDecimal(value);
}

export function hexSequence(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : `0x${toHex(bytes)}`;
}

/** `YES`, or no attribute at all. */
export function yes(value: boolean | undefined): string | undefined {
  return value === true ? 'YES' : undefined;
}

export function yesOrNoWord(value: boolean | undefined): string | undefined {
  if (value === undefined) {
    return undefined;
  }
  return value ? 'YES' : 'NO';
}

// ---- reading

/** Reads one kind of value; undefined when the text is not of that kind. */
export type ValueReader<T> = (raw: string) => T | undefined;

export type AttributeReader = {
  /** Throws `media/malformed` when the attribute is there and not of that kind. */
  readonly optional: <T>(name: string, read: ValueReader<T>) => T | undefined;
  /** The same, also when it is not there. */
  readonly required: <T>(name: string, read: ValueReader<T>) => T;
  readonly has: (name: string) => boolean;
  readonly names: () => Iterable<string>;
  /** The error for a rule of the tag that its attributes break together. */
  readonly broken: (rule: string) => Error;
};

/** One tag line: its name without `#`, what stands behind the colon, and its line number from 1. */
export type Tag = { readonly name: string; readonly value: string; readonly line: number };

export function readAttributes(tag: Tag): AttributeReader {
  const values = new Map<string, string>();
  const pattern = /([A-Z0-9-]+)=("[^"]*"|[^",\s]+)(,|$)/y;
  let separator = ',';
  while (separator === ',') {
    const match = pattern.exec(tag.value);
    const [, name = '', value = '', end = ''] = match ?? [];
    if (match === null) {
      throw malformed(tag.name, 'the attribute list is not right', tag.line);
    }
    if (values.has(name)) {
      throw malformed(tag.name, `attribute ${name} is there twice`, tag.line);
    }
    values.set(name, value);
    separator = end;
  }

  function optional<T>(name: string, read: ValueReader<T>): T | undefined {
    const raw = values.get(name);
    if (raw === undefined) {
      return undefined;
    }
    const value = read(raw);
    if (value === undefined) {
      throw malformed(tag.name, `attribute ${name} has a value of the wrong kind`, tag.line);
    }
    return value;
  }

  return {
    optional,
    required(name, read) {
      const value = optional(name, read);
      if (value === undefined) {
        throw malformed(tag.name, `attribute ${name} is missing`, tag.line);
      }
      return value;
    },
    has: (name) => values.has(name),
    names: () => values.keys(),
    broken: (rule) => malformed(tag.name, rule, tag.line),
  };
}

export const quotedString: ValueReader<string> = (raw) =>
  raw.length >= 2 && raw.startsWith('"') ? raw.slice(1, -1) : undefined;

/** 0 to 2^53 - 1; the standard allows up to 2^64 - 1, which no counter here can reach. */
export const decimalInteger: ValueReader<number> = (raw) => {
  const value = /^\d{1,20}$/.test(raw) ? Number(raw) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
};

export const decimalFloat: ValueReader<number> = (raw) =>
  raw.length <= 40 && /^(?:\d+(?:\.\d*)?|\.\d+)$/.test(raw) ? Number(raw) : undefined;

export const signedDecimalFloat: ValueReader<number> = (raw) => {
  const magnitude = decimalFloat(raw.startsWith('-') ? raw.slice(1) : raw);
  return magnitude === undefined || !raw.startsWith('-') ? magnitude : -magnitude;
};

/** Lower-case digits are read although the standard writes upper case. */
export const hexadecimal: ValueReader<Uint8Array> = (raw) => {
  const digits = /^0[xX]([0-9A-Fa-f]+)$/.exec(raw)?.[1];
  // An odd number of digits is a number with its leading zero left out.
  return digits === undefined ? undefined : fromHex(digits.length % 2 === 0 ? digits : `0${digits}`);
};

export const dateTime: ValueReader<number> = (raw) => {
  const text = quotedString(raw);
  return text === undefined ? undefined : parseDateTime(text);
};

/** A quoted-string with a list in it; an empty text is an empty list. */
export function listOf(separator: string): ValueReader<readonly string[]> {
  return (raw) => {
    const text = quotedString(raw);
    return text === '' ? [] : text?.split(separator);
  };
}

export function oneOf<const T extends string>(...words: readonly T[]): ValueReader<T> {
  return (raw) => words.find((word) => word === raw);
}

export const yesOnly: ValueReader<true> = (raw) => (raw === 'YES' ? true : undefined);

export const yesOrNo: ValueReader<boolean> = (raw) => (raw === 'YES' || raw === 'NO' ? raw === 'YES' : undefined);
