/** The rows of one kind of resource, as the parts see them. `core/archive/catalogue` keeps them in SQLite. */
export type Repository<T> = {
  /** In order of creation. */
  list(): readonly T[];
  get(key: string): T | undefined;
  /** Creates or replaces; durable when the call returns. */
  put(key: string, value: T): void;
  /** Whether there was one. */
  delete(key: string): boolean;
};
