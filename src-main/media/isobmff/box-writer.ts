import { assert } from '../../base/assert.ts';

/**
 * Writes boxes (ISO/IEC 14496-12 §4.2) into one growing array, big-endian. `box` and `fullBox` measure their own size, so a body reads like
 * the table in the standard and nobody types a length.
 *
 * A value outside its field is a mistake of ours and fails the assertion; it is never cut to fit.
 */
export class BoxWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  /** `capacity` in bytes: enough of it saves the copies of growing. */
  constructor(capacity = 1024) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Bytes written so far: the position of whatever is written next. */
  get length(): number {
    return this.#length;
  }

  /** What was written, as a view without a copy. The writer must not be used afterwards. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  box(type: string, body: (writer: BoxWriter) => void): void {
    const start = this.#length;
    this.u32(0);
    this.fourCc(type);
    body(this);
    this.patchU32(start, this.#length - start);
  }

  fullBox(type: string, version: number, flags: number, body: (writer: BoxWriter) => void): void {
    this.box(type, () => {
      this.u8(version);
      this.u24(flags);
      body(this);
    });
  }

  u8(value: number): void {
    assert((value & 0xff) === value, 'fits into an unsigned field of 8 bits');
    const at = this.#take(1);
    this.#view.setUint8(at, value);
  }

  u16(value: number): void {
    assert((value & 0xffff) === value, 'fits into an unsigned field of 16 bits');
    const at = this.#take(2);
    this.#view.setUint16(at, value);
  }

  u24(value: number): void {
    assert((value & 0xff_ffff) === value, 'fits into an unsigned field of 24 bits');
    const at = this.#take(3);
    this.#view.setUint8(at, value >>> 16);
    this.#view.setUint16(at + 1, value & 0xffff);
  }

  u32(value: number): void {
    assert(value >>> 0 === value, 'fits into an unsigned field of 32 bits');
    const at = this.#take(4);
    this.#view.setUint32(at, value);
  }

  /** A column of `u32`, as sample tables have them by the hundred thousand. */
  u32s(values: Uint32Array): void {
    let at = this.#take(4 * values.length);
    const view = this.#view;
    for (const value of values) {
      view.setUint32(at, value);
      at += 4;
    }
  }

  u64(value: bigint | number): void {
    const at = this.#take(8);
    if (typeof value === 'number') {
      this.#putU64(at, value);
      return;
    }
    assert(BigInt.asUintN(64, value) === value, 'fits into an unsigned field of 64 bits');
    this.#view.setBigUint64(at, value);
  }

  i16(value: number): void {
    assert(Number.isInteger(value) && value >= -0x8000 && value <= 0x7fff, 'fits into a signed field of 16 bits');
    const at = this.#take(2);
    this.#view.setInt16(at, value);
  }

  i32(value: number): void {
    assert(value === (value | 0), 'fits into a signed field of 32 bits');
    const at = this.#take(4);
    this.#view.setInt32(at, value);
  }

  i64(value: bigint | number): void {
    const exact = BigInt(value);
    assert(BigInt.asIntN(64, exact) === exact, 'fits into a signed field of 64 bits');
    const at = this.#take(8);
    this.#view.setBigInt64(at, exact);
  }

  /** 32 bits with the binary point in the middle, to the nearest step. */
  fixed16_16(value: number): void {
    this.u32(Math.round(value * 0x1_0000));
  }

  /** 16 bits with the binary point in the middle, to the nearest step. */
  fixed8_8(value: number): void {
    this.u16(Math.round(value * 0x100));
  }

  /** Four characters of Latin-1: `©nam` is one, with its © as a single byte. */
  fourCc(code: string): void {
    assert(code.length === 4, 'a four-character code has four characters');
    for (let index = 0; index < 4; index += 1) {
      this.u8(code.charCodeAt(index));
    }
  }

  bytes(data: Uint8Array): void {
    const at = this.#take(data.length);
    this.#bytes.set(data, at);
  }

  /** What was written from a position on, to be changed in its place until something more is written. */
  from(position: number): Uint8Array {
    return this.#bytes.subarray(position, this.#length);
  }

  zeros(count: number): void {
    const at = this.#take(count);
    this.#bytes.fill(0, at, at + count);
  }

  /** UTF-8 with the terminating zero byte. */
  text(value: string): void {
    assert(!value.includes('\0'), 'a terminated string cannot hold its terminator');
    this.bytes(new TextEncoder().encode(value));
    this.u8(0);
  }

  /** Overwrites four bytes written earlier, for what is only known later. */
  patchU32(position: number, value: number): void {
    assert(value >>> 0 === value, 'fits into an unsigned field of 32 bits');
    assert(position + 4 <= this.#length, 'only what was written can be patched');
    this.#view.setUint32(position, value);
  }

  /** Overwrites eight bytes written earlier. */
  patchU64(position: number, value: number): void {
    assert(position + 8 <= this.#length, 'only what was written can be patched');
    this.#putU64(position, value);
  }

  /** In two halves: tables of offsets are long, and a bigint for each would cost more than everything else about them. */
  #putU64(at: number, value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, 'is an exact unsigned number');
    this.#view.setUint32(at, value / 2 ** 32);
    this.#view.setUint32(at + 4, value % 2 ** 32);
  }

  /** Makes room and returns its position. It may replace the view, so it is called before the view is looked at. */
  #take(count: number): number {
    const at = this.#length;
    const end = at + count;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#length = end;
    return at;
  }
}
