import { RtmpError } from './rtmp-error.ts';

/** What RTMP commands are made of: Action Message Format 0. Dates, references and the like are read as undefined; no server needs them. */
export type Amf0Value = number | boolean | string | null | undefined | readonly Amf0Value[] | Amf0Object;
export type Amf0Object = { readonly [name: string]: Amf0Value };

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

/** Servers nest two levels; a stack must not be theirs to use up. */
const MAX_DEPTH = 16;

/** The values in a row, as the body of a command or data message. Objects are written as objects, see `ecmaArray`. */
export function writeAmf0(...values: readonly Amf0Value[]): Uint8Array {
  return Buffer.concat(values.map(writeValue));
}

/** The same fields as the associative array that `onMetaData` is by convention. */
export function writeEcmaArray(fields: Amf0Object): Uint8Array {
  const head = Buffer.alloc(5);
  head.writeUInt8(ECMA_ARRAY);
  head.writeUInt32BE(Object.keys(fields).length, 1);
  return Buffer.concat([head, writeFields(fields)]);
}

function writeValue(value: Amf0Value): Buffer {
  switch (typeof value) {
    case 'number': {
      const bytes = Buffer.alloc(9);
      bytes.writeUInt8(NUMBER);
      bytes.writeDoubleBE(value, 1);
      return bytes;
    }
    case 'boolean':
      return Buffer.of(BOOLEAN, Number(value));
    case 'string': {
      const text = Buffer.from(value);
      const isLong = text.length > 0xffff;
      const head = Buffer.alloc(isLong ? 5 : 3);
      head.writeUInt8(isLong ? LONG_STRING : STRING);
      head.writeUIntBE(text.length, 1, isLong ? 4 : 2);
      return Buffer.concat([head, text]);
    }
    case 'undefined':
      return Buffer.of(UNDEFINED);
    default:
      return value === null ? Buffer.of(NULL) : writeCompound(value);
  }
}

function writeCompound(value: readonly Amf0Value[] | Amf0Object): Buffer {
  if (!isList(value)) {
    return Buffer.concat([Buffer.of(OBJECT), writeFields(value)]);
  }
  const head = Buffer.alloc(5);
  head.writeUInt8(STRICT_ARRAY);
  head.writeUInt32BE(value.length, 1);
  return Buffer.concat([head, ...value.map(writeValue)]);
}

// `Array.isArray` does not narrow readonly arrays out of a union.
function isList(value: readonly Amf0Value[] | Amf0Object): value is readonly Amf0Value[] {
  return Array.isArray(value);
}

function writeFields(fields: Amf0Object): Buffer {
  const parts = Object.entries(fields).map(([name, value]) => {
    const text = Buffer.from(name);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(text.length);
    return Buffer.concat([length, text, writeValue(value)]);
  });
  return Buffer.concat([...parts, Buffer.of(0, 0, OBJECT_END)]);
}

/** All values of a message body. Throws `RtmpError` for what is not AMF 0. */
export function parseAmf0(bytes: Uint8Array): readonly Amf0Value[] {
  const reader = readerOf(bytes);
  const values: Amf0Value[] = [];
  while (reader.left() > 0) {
    values.push(readValue(reader, 0));
  }
  return values;
}

type Reader = { readonly left: () => number; readonly take: (count: number) => Buffer };

function readerOf(bytes: Uint8Array): Reader {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  return {
    left: () => buffer.length - at,
    take(count) {
      if (count > buffer.length - at) {
        throw new RtmpError('A message of the server is cut off.');
      }
      at += count;
      return buffer.subarray(at - count, at);
    },
  };
}

function readValue(reader: Reader, depth: number): Amf0Value {
  if (depth > MAX_DEPTH) {
    throw new RtmpError('A message of the server is nested too deeply.');
  }
  const marker = reader.take(1).readUInt8();
  switch (marker) {
    case NUMBER:
      return reader.take(8).readDoubleBE();
    case BOOLEAN:
      return reader.take(1).readUInt8() !== 0;
    case STRING:
      return readText(reader, 2);
    case LONG_STRING:
      return readText(reader, 4);
    case NULL:
      return null;
    case UNDEFINED:
      return undefined;
    case DATE:
      reader.take(10);
      return undefined;
    case OBJECT:
      return readFields(reader, depth);
    case ECMA_ARRAY:
      reader.take(4);
      return readFields(reader, depth);
    case STRICT_ARRAY: {
      const count = reader.take(4).readUInt32BE();
      const values: Amf0Value[] = [];
      // Each value takes a byte at least, so the count cannot make the list longer than the message.
      for (let index = 0; index < count; index += 1) {
        values.push(readValue(reader, depth + 1));
      }
      return values;
    }
    default:
      throw new RtmpError(`A message of the server has a value of the unknown kind ${marker}.`);
  }
}

function readText(reader: Reader, lengthBytes: number): string {
  return reader.take(reader.take(lengthBytes).readUIntBE(0, lengthBytes)).toString();
}

function readFields(reader: Reader, depth: number): Amf0Object {
  // Without a prototype, so that a field called `__proto__` is a field.
  const fields: Record<string, Amf0Value> = { __proto__: null };
  for (;;) {
    const name = readText(reader, 2);
    if (name === '' && reader.take(1).readUInt8() === OBJECT_END) {
      return fields;
    }
    fields[name] = readValue(reader, depth + 1);
  }
}
