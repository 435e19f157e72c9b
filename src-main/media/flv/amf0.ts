import { malformed, unsupported } from '../malformed.ts';

/**
 * A value of AMF 0 (Adobe, "Action Message Format -- AMF 0", 2007). Objects, ECMA arrays and typed objects all become a map, so that no name an
 * encoder chooses means anything to JavaScript; a date becomes its milliseconds, an XML document its text.
 */
export type AmfValue = number | boolean | string | null | undefined | readonly AmfValue[] | AmfObject;
export type AmfObject = ReadonlyMap<string, AmfValue>;

/** Deeper and longer than anything an encoder has to say, and shallow enough to be walked by recursion. */
const MAX_DEPTH = 16;
const MAX_VALUES = 4096;

const NUMBER = 0x00;
const BOOLEAN = 0x01;
const STRING = 0x02;
const OBJECT = 0x03;
const NULL = 0x05;
const UNDEFINED = 0x06;
const ECMA_ARRAY = 0x08;
const OBJECT_END = 0x09;
const STRICT_ARRAY = 0x0a;
const DATE = 0x0b;
const LONG_STRING = 0x0c;
const UNSUPPORTED = 0x0d;
const XML_DOCUMENT = 0x0f;
const TYPED_OBJECT = 0x10;

/** The values of a message, one after the other. Throws `media/malformed`, and `media/unsupported` for references and AMF 3. */
export function decodeAmf0(bytes: Uint8Array): readonly AmfValue[] {
  const reader = new AmfReader(bytes);
  const values: AmfValue[] = [];
  while (reader.remaining > 0) {
    values.push(reader.value(0));
  }
  return values;
}

export function isAmfObject(value: AmfValue): value is AmfObject {
  return value instanceof Map;
}

class AmfReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #text = new TextDecoder();
  #at = 0;
  #valuesLeft = MAX_VALUES;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  value(depth: number): AmfValue {
    const start = this.#at;
    this.#valuesLeft -= 1;
    if (this.#valuesLeft < 0) {
      throw malformed('AMF message', start, `has more than ${MAX_VALUES} values`);
    }
    if (depth > MAX_DEPTH) {
      throw malformed('AMF message', start, `is nested deeper than ${MAX_DEPTH}`);
    }
    const marker = this.#view.getUint8(this.#take(1));
    switch (marker) {
      case NUMBER:
        return this.#view.getFloat64(this.#take(8));
      case BOOLEAN:
        return this.#view.getUint8(this.#take(1)) !== 0;
      case STRING:
        return this.#string(this.#u16());
      case LONG_STRING:
      case XML_DOCUMENT:
        return this.#string(this.#u32());
      case NULL:
        return null;
      case UNDEFINED:
      case UNSUPPORTED:
        return undefined;
      case DATE: {
        const milliseconds = this.#view.getFloat64(this.#take(8));
        this.#take(2); // time zone, reserved
        return milliseconds;
      }
      case OBJECT:
        return this.#members(depth);
      case TYPED_OBJECT:
        this.#string(this.#u16()); // class name
        return this.#members(depth);
      case ECMA_ARRAY:
        this.#take(4); // a hint of how many, which encoders get wrong
        return this.#members(depth);
      case STRICT_ARRAY:
        return this.#elements(depth, start);
      default:
        throw unsupported('AMF value', start, `is of type ${marker}`);
    }
  }

  #elements(depth: number, start: number): readonly AmfValue[] {
    const count = this.#u32();
    // Each takes a byte at least.
    if (count > this.remaining) {
      throw malformed('AMF array', start, `announces ${count} values in ${this.remaining} bytes`);
    }
    const values: AmfValue[] = [];
    for (let index = 0; index < count; index += 1) {
      values.push(this.value(depth + 1));
    }
    return values;
  }

  #members(depth: number): AmfObject {
    const members = new Map<string, AmfValue>();
    // Some encoders leave the end out when the message ends with it.
    while (this.remaining > 0) {
      const name = this.#string(this.#u16());
      if (name === '' && this.remaining > 0 && this.#bytes[this.#at] === OBJECT_END) {
        this.#at += 1;
        return members;
      }
      members.set(name, this.value(depth + 1));
    }
    return members;
  }

  #u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  #u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  #string(length: number): string {
    const start = this.#take(length);
    return this.#text.decode(this.#bytes.subarray(start, start + length));
  }

  /** Where the next `length` bytes start. */
  #take(length: number): number {
    const start = this.#at;
    if (length > this.remaining) {
      throw malformed('AMF message', start, 'ends in the middle of a value');
    }
    this.#at += length;
    return start;
  }
}

const MAX_SHORT_STRING = 0xffff;

/** Writes values one after the other: maps as objects, arrays as strict arrays. */
export function encodeAmf0(values: readonly AmfValue[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const value of values) {
    write(parts, value);
  }
  return join(parts);
}

function write(parts: Uint8Array[], value: AmfValue): void {
  if (value === null) {
    parts.push(Uint8Array.of(NULL));
  } else if (value === undefined) {
    parts.push(Uint8Array.of(UNDEFINED));
  } else if (typeof value === 'boolean') {
    parts.push(Uint8Array.of(BOOLEAN, value ? 1 : 0));
  } else if (typeof value === 'number') {
    const number = new Uint8Array(9);
    new DataView(number.buffer).setFloat64(1, value);
    parts.push(number);
  } else if (typeof value === 'string') {
    const text = new TextEncoder().encode(value);
    if (text.length <= MAX_SHORT_STRING) {
      parts.push(Uint8Array.of(STRING), shortLength(text), text);
    } else {
      parts.push(Uint8Array.of(LONG_STRING), longLength(text.length), text);
    }
  } else if (isAmfObject(value)) {
    parts.push(Uint8Array.of(OBJECT));
    for (const [name, member] of value) {
      const text = new TextEncoder().encode(name);
      parts.push(shortLength(text), text);
      write(parts, member);
    }
    parts.push(Uint8Array.of(0, 0, OBJECT_END));
  } else {
    parts.push(Uint8Array.of(STRICT_ARRAY), longLength(value.length));
    for (const element of value) {
      write(parts, element);
    }
  }
}

function shortLength({ length }: Uint8Array): Uint8Array {
  return Uint8Array.of(length >> 8, length & 0xff);
}

function longLength(length: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, length);
  return bytes;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
