import { assert } from '../../base/assert.ts';

/** Numbers that come one by one, four bytes each: half a million samples take two megabytes and no garbage. */
export type GrowingArray<T extends Uint32Array | Int32Array> = {
  readonly push: (value: number) => void;
  /** Adds to the last number. */
  readonly addToLast: (value: number) => void;
  readonly last: () => number | undefined;
  readonly length: () => number;
  /** What was pushed, as a view that is good until the next push. */
  readonly view: () => T;
};

export function createUnsignedArray(): GrowingArray<Uint32Array> {
  return growingArray(
    (length) => new Uint32Array(length),
    (values, length) => values.subarray(0, length),
  );
}

export function createSignedArray(): GrowingArray<Int32Array> {
  return growingArray(
    (length) => new Int32Array(length),
    (values, length) => values.subarray(0, length),
  );
}

function growingArray<T extends Uint32Array | Int32Array>(
  allocate: (length: number) => T,
  viewOf: (values: T, length: number) => T,
): GrowingArray<T> {
  let values = allocate(256);
  let length = 0;

  function set(index: number, value: number): void {
    values[index] = value;
    assert(values[index] === value, 'the number fits into 32 bits');
  }

  return {
    push(value) {
      if (length === values.length) {
        const grown = allocate(2 * length);
        grown.set(values);
        values = grown;
      }
      set(length, value);
      length += 1;
    },
    addToLast(value) {
      assert(length > 0, 'there is a last number');
      set(length - 1, (values[length - 1] ?? 0) + value);
    },
    last: () => (length === 0 ? undefined : values[length - 1]),
    length: () => length,
    view: () => viewOf(values, length),
  };
}
