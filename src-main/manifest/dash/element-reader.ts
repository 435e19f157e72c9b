import { ticks } from '../../media/time.ts';
import { parseIsoDuration } from '../../shared/iso-duration.ts';
import { parseDateTime } from '../date-time.ts';
import { malformed } from '../malformed.ts';
import { MPD_NAMESPACE } from './namespaces.ts';
import type { XmlElement } from './xml.ts';

/** Reads one kind of attribute value; undefined when the text is not of that kind. */
export type ValueReader<T> = (text: string) => T | undefined;

/** An element of the MPD and what is read from it. Elements and attributes that nobody asks for are passed over, as clients have to. */
export type ElementReader = {
  readonly element: XmlElement;
  /** Throws `media/malformed` when the attribute is there and not of that kind. */
  readonly optional: <T>(name: string, read: ValueReader<T>) => T | undefined;
  /** The same, also when it is not there. */
  readonly required: <T>(name: string, read: ValueReader<T>) => T;
  /** The children of that name in the MPD's namespace; undefined when there are none. */
  readonly all: <T>(name: string, read: (child: ElementReader) => T) => readonly T[] | undefined;
  /** The only child of that name. */
  readonly one: <T>(name: string, read: (child: ElementReader) => T) => T | undefined;
  readonly text: () => string;
  readonly broken: (rule: string) => Error;
};

export function readElement(element: XmlElement): ElementReader {
  const broken = (rule: string): Error => malformed(`MPD element ${element.name}`, rule);

  function optional<T>(name: string, read: ValueReader<T>): T | undefined {
    const text = element.attributes.get(name);
    const value = text === undefined ? undefined : read(text);
    if (text !== undefined && value === undefined) {
      throw broken(`attribute ${name} has a value of the wrong kind`);
    }
    return value;
  }

  function all<T>(name: string, read: (child: ElementReader) => T): readonly T[] | undefined {
    const found: T[] = [];
    for (const child of element.children) {
      if (typeof child === 'object' && child.name === name && child.namespace === MPD_NAMESPACE) {
        found.push(read(readElement(child)));
      }
    }
    return found.length === 0 ? undefined : found;
  }

  return {
    element,
    optional,
    required(name, read) {
      const value = optional(name, read);
      if (value === undefined) {
        throw broken(`attribute ${name} is missing`);
      }
      return value;
    },
    all,
    one(name, read) {
      const [first, ...others] = all(name, read) ?? [];
      if (others.length > 0) {
        throw broken(`element ${name} is there twice`);
      }
      return first;
    },
    text: () => textOf(element),
    broken,
  };
}

export function textOf(element: XmlElement): string {
  return element.children.filter((child) => typeof child === 'string').join('');
}

/** xs:string: white space counts. */
export const text: ValueReader<string> = (value) => value;

/** All other types: white space around them does not. */
export function token<T>(read: ValueReader<T>): ValueReader<T> {
  return (value) => read(value.trim());
}

/** xs:unsignedInt and the like, up to 2^53 - 1. */
export const unsigned = token((value) => (/^\+?\d{1,16}$/.test(value) ? safeInteger(Number(value)) : undefined));

export const integer = token((value) =>
  // `-0` is 0.
  /^[+-]?\d{1,16}$/.test(value) ? safeInteger(Number(value) + 0) : undefined,
);

function safeInteger(number: number): number | undefined {
  return Number.isSafeInteger(number) ? number : undefined;
}

/** xs:unsignedLong: exact. */
export const unsignedTicks = token((value) => {
  const number = /^\+?\d{1,20}$/.test(value) ? BigInt(value) : undefined;
  return number === undefined || number > 0xffff_ffff_ffff_ffffn ? undefined : ticks(number);
});

/** xs:double without NaN. */
export const double = token((value) => {
  if (value === 'INF' || value === '-INF') {
    return value === 'INF' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }
  const isNumber = value.length <= 40 && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/.test(value);
  const number = isNumber ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
});

export const boolean = token((value) => {
  const isTrue = value === 'true' || value === '1';
  return isTrue || value === 'false' || value === '0' ? isTrue : undefined;
});

/**
 * xs:duration in seconds, to the microsecond that `formatDuration` writes. Years and months have no fixed length and are refused (DASH-IF
 * IOP 3.2.7.4).
 */
export const duration = token((value) => {
  const seconds = parseIsoDuration(value);
  return seconds === undefined || seconds > Number.MAX_SAFE_INTEGER / 1e6
    ? undefined
    : Math.round(seconds * 1e6) / 1e6;
});

/** xs:dateTime in ms since 1970. */
export const dateTime = token(parseDateTime);

/** Strings with white space between them. */
export const words: ValueReader<readonly string[]> = (value) => value.split(/\s+/).filter((word) => word !== '');

export const commaSeparated: ValueReader<readonly string[]> = (value) =>
  value.split(',').map((item) => item.trim());

export function oneOf<const T extends string>(...choices: readonly T[]): ValueReader<T> {
  return token((value) => choices.find((choice) => choice === value));
}
