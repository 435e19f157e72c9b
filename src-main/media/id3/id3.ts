import { assert } from '../../base/assert.ts';
import { malformed, unsupported } from '../malformed.ts';

/** An ID3v2.4 tag: frames one after the other. */
export type Id3Tag = { readonly frames: readonly Id3Frame[] };

export type Id3Frame =
  | GeneralObject
  /** Any other frame: its body as it came, without the unsynchronisation. */
  | { readonly kind: 'other'; readonly id: string; readonly body: Uint8Array };

/** General encapsulated object, ID3v2.4 native frames §4.15. */
export type GeneralObject = {
  readonly kind: 'GEOB';
  readonly mimeType: string;
  readonly fileName: string;
  readonly description: string;
  readonly object: Uint8Array;
};

const TAG_HEADER_BYTES = 10;
const FRAME_HEADER_BYTES = 10;
/** Timed metadata has 256 KB at most (spec 2.13); what comes from elsewhere may have some frames around it. */
const MAX_TAG_BYTES = 1024 * 1024;
const MAX_FRAMES = 1000;
const WHAT = 'ID3 tag';

/** Text encodings, ID3v2.4 structure §4. */
const ENCODING = { latin1: 0, utf16: 1, utf16be: 2, utf8: 3 } as const;

/** Version 2.4 without unsynchronisation, which no carriage in MP4 needs; texts in UTF-8. A tag of more than 1 MiB is a mistake of ours. */
export function writeId3(tag: Id3Tag): Uint8Array {
  const frames = tag.frames.map((frame) =>
    frame.kind === 'GEOB' ? { id: 'GEOB', body: writeGeneralObject(frame) } : { id: frame.id, body: frame.body },
  );
  const size = frames.reduce((sum, { body }) => sum + FRAME_HEADER_BYTES + body.length, 0);
  assert(TAG_HEADER_BYTES + size <= MAX_TAG_BYTES, 'an ID3 tag has at most 1 MiB');
  const bytes = new Uint8Array(TAG_HEADER_BYTES + size);
  bytes.set([0x49, 0x44, 0x33, 4, 0, 0, ...syncSafe(size)]);
  let at = TAG_HEADER_BYTES;
  for (const { id, body } of frames) {
    assert(/^[A-Z0-9]{4}$/.test(id), 'an ID3 frame id has four capital letters or digits');
    bytes.set(new TextEncoder().encode(id), at);
    bytes.set(syncSafe(body.length), at + 4);
    bytes.set(body, at + FRAME_HEADER_BYTES);
    at += FRAME_HEADER_BYTES + body.length;
  }
  return bytes;
}

/**
 * Reads one tag of version 2.4 with nothing behind it. Throws `media/malformed`, and `media/unsupported` for other versions and for frames
 * that are compressed or encrypted.
 */
export function parseId3(bytes: Uint8Array): Id3Tag {
  if (bytes.length < TAG_HEADER_BYTES || bytes[0] !== 0x49 || bytes[1] !== 0x44 || bytes[2] !== 0x33) {
    throw malformed(WHAT, 0, 'does not begin with ID3');
  }
  if (bytes[3] !== 4) {
    throw unsupported(WHAT, 3, `has version 2.${bytes[3] ?? 0}; only 2.4 is read`);
  }
  const flags = bytes[5] ?? 0;
  const size = readSyncSafe(bytes, 6);
  const footer = (flags & 0x10) === 0 ? 0 : TAG_HEADER_BYTES;
  if (bytes.length > MAX_TAG_BYTES || TAG_HEADER_BYTES + size + footer !== bytes.length) {
    throw malformed(WHAT, 6, `says a size of ${size} in ${bytes.length} bytes`);
  }
  const body = bytes.subarray(TAG_HEADER_BYTES, TAG_HEADER_BYTES + size);
  const hasExtendedHeader = (flags & 0x40) !== 0;
  return { frames: parseFrames(hasExtendedHeader ? behindExtendedHeader(body) : body) };
}

function behindExtendedHeader(body: Uint8Array): Uint8Array {
  const size = readSyncSafe(body, 0);
  if (size < 6 || size > body.length) {
    throw malformed(WHAT, TAG_HEADER_BYTES, `has an extended header of ${size} bytes`);
  }
  return body.subarray(size);
}

function parseFrames(body: Uint8Array): readonly Id3Frame[] {
  const frames: Id3Frame[] = [];
  // Padding is zeros, and no frame id begins with one (§3.3).
  for (let at = 0; at < body.length && body[at] !== 0; ) {
    if (frames.length === MAX_FRAMES) {
      throw malformed(WHAT, at, `has more than ${MAX_FRAMES} frames`);
    }
    if (body.length - at < FRAME_HEADER_BYTES) {
      throw malformed(WHAT, at, 'ends in the middle of a frame header');
    }
    const id = latin1(body.subarray(at, at + 4));
    const size = readSyncSafe(body, at + 4);
    const start = at + FRAME_HEADER_BYTES;
    if (!/^[A-Z0-9]{4}$/.test(id) || size > body.length - start) {
      throw malformed(WHAT, at, `has a frame "${id}" of ${size} bytes with ${body.length - start} left`);
    }
    frames.push(parseFrame(id, body[at + 9] ?? 0, body.subarray(start, start + size), at));
    at = start + size;
  }
  return frames;
}

function parseFrame(id: string, flags: number, data: Uint8Array, at: number): Id3Frame {
  if ((flags & 0x0c) !== 0) {
    throw unsupported(WHAT, at, `has a frame that is ${(flags & 0x08) === 0 ? 'encrypted' : 'compressed'}`);
  }
  // Grouping has a byte in front, the data length indicator four (§4.1.2).
  const extra = ((flags & 0x40) === 0 ? 0 : 1) + ((flags & 0x01) === 0 ? 0 : 4);
  if (extra > data.length) {
    throw malformed(WHAT, at, 'has a frame that ends within its own flags');
  }
  const plain = data.subarray(extra);
  const body = (flags & 0x02) === 0 ? plain.slice() : removeUnsynchronisation(plain);
  return id === 'GEOB' ? parseGeneralObject(body, at) : { kind: 'other', id, body };
}

function writeGeneralObject({ mimeType, fileName, description, object }: GeneralObject): Uint8Array {
  const texts = [mimeType, fileName, description];
  assert(!texts.some((text) => text.includes('\0')), 'a terminated string cannot hold its terminator');
  // The MIME type is Latin-1 by the standard, and ASCII in all of them.
  assert(/^[\x20-\x7e]*$/.test(mimeType), 'a MIME type is ASCII');
  const head = new TextEncoder().encode(texts.map((text) => `${text}\0`).join(''));
  const body = new Uint8Array(1 + head.length + object.length);
  body[0] = ENCODING.utf8;
  body.set(head, 1);
  body.set(object, 1 + head.length);
  return body;
}

function parseGeneralObject(body: Uint8Array, at: number): GeneralObject {
  const encoding = body[0] ?? 0xff;
  if (encoding > ENCODING.utf8) {
    throw malformed(WHAT, at, `has a GEOB frame with text encoding ${encoding}`);
  }
  let position = 1;
  const text = (unit: 1 | 2, decode: (bytes: Uint8Array) => string): string => {
    const end = terminatorAt(body, position, unit);
    if (end === undefined) {
      throw malformed(WHAT, at, 'has a GEOB frame with a text that does not end');
    }
    const value = decode(body.subarray(position, end));
    position = end + unit;
    return value;
  };
  const mimeType = text(1, latin1);
  const unit = encoding === ENCODING.utf16 || encoding === ENCODING.utf16be ? 2 : 1;
  const fileName = text(unit, (bytes) => decodeText(encoding, bytes));
  const description = text(unit, (bytes) => decodeText(encoding, bytes));
  return { kind: 'GEOB', mimeType, fileName, description, object: body.subarray(position) };
}

function terminatorAt(body: Uint8Array, from: number, unit: 1 | 2): number | undefined {
  for (let at = from; at + unit <= body.length; at += unit) {
    if (body[at] === 0 && (unit === 1 || body[at + 1] === 0)) {
      return at;
    }
  }
  return undefined;
}

function decodeText(encoding: number, bytes: Uint8Array): string {
  switch (encoding) {
    case ENCODING.latin1:
      return latin1(bytes);
    case ENCODING.utf8:
      return new TextDecoder().decode(bytes);
    default:
      return utf16(bytes, encoding === ENCODING.utf16be);
  }
}

/** With a byte order mark, or big-endian without one. */
function utf16(bytes: Uint8Array, withoutMark: boolean): string {
  const isLittle = !withoutMark && bytes[0] === 0xff && bytes[1] === 0xfe;
  const hasMark = !withoutMark && (isLittle || (bytes[0] === 0xfe && bytes[1] === 0xff));
  const units = hasMark ? bytes.subarray(2) : bytes;
  let text = '';
  for (let at = 0; at + 1 < units.length; at += 2) {
    const [first = 0, second = 0] = [units[at], units[at + 1]];
    text += String.fromCharCode(isLittle ? first | (second << 8) : (first << 8) | second);
  }
  return text;
}

/** Latin-1 itself, byte for character: the decoder of that name is Windows-1252. */
function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    text += String.fromCharCode(byte);
  }
  return text;
}

/** Every FF 00 stands for FF (§6.1). */
function removeUnsynchronisation(bytes: Uint8Array): Uint8Array {
  return bytes.filter((byte, index) => byte !== 0 || index === 0 || bytes[index - 1] !== 0xff);
}

/** 28 bits in four bytes whose top bits are 0. */
function syncSafe(value: number): readonly number[] {
  return [21, 14, 7, 0].map((shift) => (value >>> shift) & 0x7f);
}

function readSyncSafe(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let index = at; index < at + 4; index += 1) {
    const byte = bytes[index] ?? 0xff;
    if (byte > 0x7f) {
      throw malformed(WHAT, index, 'has a size with a top bit set');
    }
    value = (value << 7) | byte;
  }
  return value;
}
