/** How much may be read and not yet used. Reading is a few calls deep, so that the disk is never asked only when we wait for it. */
const DEPTH = 4;

type Settled<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

/** The results of `read` in order, the next few already under way. Ends what was begun before it returns or throws. */
export async function* readAhead<T, R>(
  items: Iterable<T>,
  read: (item: T) => Promise<R>,
  signal: AbortSignal,
): AsyncGenerator<R, void, undefined> {
  const rest = items[Symbol.iterator]();
  const under: Promise<Settled<R>>[] = [];

  function begin(): void {
    const next = rest.next();
    if (next.done !== true) {
      under.push(settle(read(next.value)));
    }
  }

  try {
    for (let depth = 0; depth < DEPTH; depth += 1) {
      begin();
    }
    for (let next = under.shift(); next !== undefined; next = under.shift()) {
      const result = await next;
      signal.throwIfAborted();
      if (!result.ok) {
        throw result.error;
      }
      begin();
      yield result.value;
    }
  } finally {
    await Promise.all(under);
  }
}

async function settle<R>(promise: Promise<R>): Promise<Settled<R>> {
  try {
    return { ok: true, value: await promise };
  } catch (error) {
    return { ok: false, error };
  }
}
