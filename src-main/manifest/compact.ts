/**
 * The same object without the properties that are undefined, so that what is not in the text is not in the model either. Changes the
 * object it is given: for literals only.
 */
export function compact<T extends object>(literal: T): T {
  for (const [key, value] of Object.entries(literal)) {
    if (value === undefined) {
      Reflect.deleteProperty(literal, key);
    }
  }
  return literal;
}
