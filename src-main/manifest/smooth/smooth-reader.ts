import { textOf, type ValueReader } from '../dash/element-reader.ts';
import type { XmlElement } from '../dash/xml.ts';
import { malformed } from '../malformed.ts';

/** An element of a Smooth Streaming manifest, and what is read from it. What nobody asks for is passed over. */
export type SmoothReader = {
  /** Throws `media/malformed` when the attribute is there and not of that kind. */
  readonly optional: <T>(name: string, read: ValueReader<T>) => T | undefined;
  /** The same, also when it is not there. */
  readonly required: <T>(name: string, read: ValueReader<T>) => T;
  /** The children of that name; undefined when there are none. */
  readonly all: (name: string) => readonly SmoothReader[] | undefined;
  readonly text: () => string;
  readonly broken: (rule: string) => Error;
};

/** Names of attributes count in any case: there are manifests with `LookaheadFragmentCount` and with `LookAheadFragmentCount`. */
export function smoothReader(element: XmlElement): SmoothReader {
  const broken = (rule: string): Error => malformed(`Smooth Streaming element ${element.name}`, rule);
  const attributes = new Map([...element.attributes].map(([name, value]) => [name.toLowerCase(), value]));

  function optional<T>(name: string, read: ValueReader<T>): T | undefined {
    const value = attributes.get(name.toLowerCase());
    const found = value === undefined ? undefined : read(value);
    if (value !== undefined && found === undefined) {
      throw broken(`attribute ${name} has a value of the wrong kind`);
    }
    return found;
  }

  return {
    optional,
    required(name, read) {
      const value = optional(name, read);
      if (value === undefined) {
        throw broken(`attribute ${name} is missing`);
      }
      return value;
    },
    all(name) {
      const found = element.children.flatMap((child) =>
        typeof child === 'object' && child.name === name && child.namespace === '' ? [smoothReader(child)] : [],
      );
      return found.length === 0 ? undefined : found;
    },
    text: () => textOf(element),
    broken,
  };
}

/** `TRUE` and `FALSE`, in any case. */
export const truth: ValueReader<boolean> = (value) => {
  const word = value.trim().toLowerCase();
  return word === 'true' || word === 'false' ? word === 'true' : undefined;
};

export function writeTruth(value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : value ? 'TRUE' : 'FALSE';
}
