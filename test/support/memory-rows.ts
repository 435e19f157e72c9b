import type { Repository } from '../../src-main/core/ports/catalogue.ts';
import type { SecretStore } from '../../src-main/core/ports/secrets.ts';

/** Rows that last as long as the test. */
export function memoryRows<T>(initial: Readonly<Record<string, T>> = {}): Repository<T> {
  const rows = new Map<string, T>(Object.entries(initial));
  return {
    list: () => [...rows.values()],
    get: (key) => rows.get(key),
    put: (key, value) => void rows.set(key, value),
    keep: (key, value) => void rows.set(key, value),
    delete: (key) => rows.delete(key),
  };
}

/** Keys that last as long as the test. */
export function memorySecrets(): SecretStore & { readonly values: ReadonlyMap<string, string> } {
  const values = new Map<string, string>();
  return {
    values,
    get: (name) => Promise.resolve(values.get(name)),
    set: (name, value) => Promise.resolve(void values.set(name, value)),
    delete: (name) => Promise.resolve(void values.delete(name)),
  };
}
