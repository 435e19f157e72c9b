/** Throws when one of our own assumptions does not hold. For mistakes of this program, never for bad input. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) {
    throw new Error(`assertion failed: ${message}`);
  }
}

/** The end of a switch that handled every member of a union; a new member fails to compile here. */
export function assertNever(value: never, what: string): never {
  throw new Error(`unexpected ${what}: ${JSON.stringify(value)}`);
}
