/** The rows of one kind of resource, as the parts see them. `core/archive/catalogue` keeps them in SQLite. */
export type Repository<T> = {
  /** In order of creation. */
  list(): readonly T[];
  get(key: string): T | undefined;
  /** Creates or replaces; durable when the call returns. Throws `archive/disk-full` or `archive/write-failed` and has then changed nothing. */
  put(key: string, value: T): void;
  /**
   * Takes a value for what has happened, whether it can be written or not: the end of a broadcast is not refused by a full disk. What could
   * not be written is written later. Never throws.
   */
  keep(key: string, value: T): void;
  /** Whether there was one. Never throws, as `keep`. */
  delete(key: string): boolean;
};
