import fc from 'fast-check';

/** Objects with some of the properties, and none that is undefined. */
export function some<T extends object>(
  shape: { [K in keyof T]-?: fc.Arbitrary<NonNullable<T[K]>> },
): fc.Arbitrary<Partial<T>> {
  // The compiler cannot follow the mapped type through the library's own.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  return fc.record(shape, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;
}
