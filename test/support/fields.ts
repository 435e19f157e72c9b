export type Fields = Readonly<Record<string, unknown>>;

/** The fields of an object that came as JSON; none of anything else. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** What a page of a list lists. */
export function valuesOf(page: unknown): readonly Fields[] {
  const { value } = fieldsOf(page);
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}
