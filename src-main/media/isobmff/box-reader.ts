import type { AppError } from '../../shared/app-error.ts';
import { malformed, unsupported } from '../malformed.ts';
import { boxName } from './box-header.ts';

/** Deeper than any real file, and shallow enough for whoever walks it by recursion. */
const MAX_DEPTH = 16;
/** Names, schemes and titles are short; a string of megabytes is an attack on the heap. */
const MAX_TEXT_BYTES = 4096;

type Source = {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Where `bytes[0]` is in the file or stream, for messages. */
  readonly origin: number;
};

type Extent = { readonly start: number; readonly body: number; readonly end: number };

/**
 * Opens a run of boxes: a file, or any part of one that begins and ends between boxes. `origin` is the place of `bytes[0]` in the whole, for
 * messages. Only here may a box have size 0 and so reach to the end (ISO/IEC 14496-12 §4.2.2).
 */
export function readBoxes(bytes: Uint8Array, origin = 0): BoxReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Views of a Node Buffer would be Buffers, which look the same and compare and copy differently.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return new BoxReader({ bytes: plain, view, origin }, 'file', { start: 0, body: 0, end: bytes.length }, 0);
}

/**
 * One box, read field after field. It never reads past its own end, a box inside it never reaches beyond it, and nothing it says about
 * itself is believed before it was checked against the bytes that are really there: what fails is `media/malformed`.
 *
 * A class, because one is made for every box of every chunk: methods on a prototype cost nothing, two dozen closures would cost more than
 * the parsing.
 */
export class BoxReader {
  readonly type: string;
  readonly #source: Source;
  readonly #extent: Extent;
  readonly #depth: number;
  #at: number;

  constructor(source: Source, type: string, extent: Extent, depth: number) {
    this.type = type;
    this.#source = source;
    this.#extent = extent;
    this.#depth = depth;
    this.#at = extent.body;
  }

  /** First byte of the header, counted from the start of the file or stream. */
  get offset(): number {
    return this.#source.origin + this.#extent.start;
  }

  /** Bytes of header and body. */
  get size(): number {
    return this.#extent.end - this.#extent.start;
  }

  /** First byte of the body, counted like `offset`. */
  get bodyOffset(): number {
    return this.#source.origin + this.#extent.body;
  }

  /** Bytes of the body that were not read yet. */
  get remaining(): number {
    return this.#extent.end - this.#at;
  }

  malformed(problem: string): AppError {
    return malformed(this.type, this.offset, problem);
  }

  unsupported(problem: string): AppError {
    return unsupported(this.type, this.offset, problem);
  }

  /** The next box inside, or undefined at the end. */
  child(): BoxReader | undefined {
    if (this.remaining === 0) {
      return undefined;
    }
    const extent = this.#extentAt(this.#at);
    if (this.#depth >= MAX_DEPTH) {
      throw this.malformed(`is nested deeper than ${MAX_DEPTH} levels`);
    }
    const type = boxName(this.#source.view, extent.start + 4);
    this.#at = extent.end;
    return new BoxReader(this.#source, type, extent, this.#depth + 1);
  }

  /** The boxes inside that were not read yet, in order. */
  *children(): Generator<BoxReader, void> {
    for (let child = this.child(); child !== undefined; child = this.child()) {
      yield child;
    }
  }

  /** The first box of a type among those not read yet; the position stays. Costs no memory, however many others there are. */
  find(type: string): BoxReader | undefined {
    const { view } = this.#source;
    const code = codeOf(type);
    const position = this.#at;
    try {
      while (this.remaining > 0) {
        const { start, end } = this.#extentAt(this.#at);
        if (view.getUint32(start + 4) === code) {
          return this.child();
        }
        this.#at = end;
      }
      return undefined;
    } finally {
      this.#at = position;
    }
  }

  /** As `find`, for a box that has to be there. */
  require(type: string): BoxReader {
    const box = this.find(type);
    if (box === undefined) {
      throw this.malformed(`has no ${type}`);
    }
    return box;
  }

  /** The version and flags of a full box (§4.2.2). A version newer than `maxVersion` has another layout: `media/unsupported`. */
  fullBox(maxVersion: number): { readonly version: number; readonly flags: number } {
    const version = this.u8();
    if (version > maxVersion) {
      throw this.unsupported(`has version ${version}; up to ${maxVersion} is known`);
    }
    return { version, flags: this.u24() };
  }

  /** A 32-bit entry count that the rest of the box can hold with entries of `bytesPerEntry`, checked before anybody loops or allocates. */
  entryCount(bytesPerEntry: number): number {
    const count = this.u32();
    if (count * bytesPerEntry > this.remaining) {
      throw this.malformed(`says ${count} entries and has room for ${Math.floor(this.remaining / bytesPerEntry)}`);
    }
    return count;
  }

  u8(): number {
    return this.#source.view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#source.view.getUint16(this.#take(2));
  }

  u24(): number {
    const at = this.#take(3);
    return (this.#source.view.getUint8(at) << 16) | this.#source.view.getUint16(at + 1);
  }

  u32(): number {
    return this.#source.view.getUint32(this.#take(4));
  }

  u64(): bigint {
    return this.#source.view.getBigUint64(this.#take(8));
  }

  i16(): number {
    return this.#source.view.getInt16(this.#take(2));
  }

  i32(): number {
    return this.#source.view.getInt32(this.#take(4));
  }

  i64(): bigint {
    return this.#source.view.getBigInt64(this.#take(8));
  }

  fixed16_16(): number {
    return this.u32() / 0x1_0000;
  }

  fourCc(): string {
    return boxName(this.#source.view, this.#take(4));
  }

  /** A view of the next bytes, not a copy. */
  bytes(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#source.bytes.subarray(at, at + count);
  }

  /** A view of everything that was not read yet. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  skip(count: number): void {
    this.#take(count);
  }

  /** UTF-8 up to a zero byte or the end of the box: both are found in the wild. */
  text(): string {
    const { bytes } = this.#source;
    const stop = Math.min(this.#extent.end, this.#at + MAX_TEXT_BYTES);
    let end = this.#at;
    while (end < stop && bytes[end] !== 0) {
      end += 1;
    }
    if (end === stop && stop < this.#extent.end) {
      throw this.malformed(`has a string of more than ${MAX_TEXT_BYTES} bytes`);
    }
    const text = new TextDecoder().decode(bytes.subarray(this.#at, end));
    this.#at = Math.min(end + 1, this.#extent.end);
    return text;
  }

  #take(count: number): number {
    const at = this.#at;
    if (count > this.#extent.end - at) {
      throw this.malformed('ends in the middle of a field');
    }
    this.#at = at + count;
    return at;
  }

  /** Checks the box header at `start` against what is really there. */
  #extentAt(start: number): Extent {
    const { view, origin } = this.#source;
    const room = this.#extent.end - start;
    if (room < 8) {
      throw this.malformed(`ends ${8 - room} bytes too early for the box at byte ${origin + start}`);
    }
    let size = view.getUint32(start);
    let header = 8;
    if (size === 1) {
      if (room < 16) {
        throw this.malformed(`ends too early for the size of the box at byte ${origin + start}`);
      }
      size = Number(view.getBigUint64(start + 8));
      header = 16;
    } else if (size === 0 && this.#depth === 0) {
      size = room;
    }
    if (size < header) {
      const type = boxName(view, start + 4);
      throw malformed(type, origin + start, `has size ${size}, less than its header`);
    }
    if (size > room) {
      const type = boxName(view, start + 4);
      throw malformed(type, origin + start, `of ${size} bytes reaches beyond its ${this.type}`);
    }
    return { start, body: start + header, end: start + size };
  }
}

function codeOf(type: string): number {
  return (
    ((type.charCodeAt(0) << 24) | (type.charCodeAt(1) << 16) | (type.charCodeAt(2) << 8) | type.charCodeAt(3)) >>>
    0
  );
}
