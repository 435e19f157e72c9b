import { mkdtemp, rm } from 'node:fs/promises';

/** A new folder whose path begins like that; it goes with all that is in it. Node has the same from 24.4 on, and some systems bring 24.0. */
export async function mkdtempDisposable(
  prefix: string,
): Promise<AsyncDisposable & { readonly path: string; readonly remove: () => Promise<void> }> {
  const path = await mkdtemp(prefix);
  const remove = async (): Promise<void> => await rm(path, { recursive: true, force: true });
  return { path, remove, [Symbol.asyncDispose]: remove };
}
