/** A text that is the same for models that say the same, in whatever order their properties stand. Absent and false are the same too. */
export function comparable(value: unknown): string {
  return JSON.stringify(value ?? false, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
