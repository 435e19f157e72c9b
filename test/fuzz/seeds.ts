import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';

/** What once broke a target: kept, and tried again by the tests. */
const fuzzSeed = z.strictObject({
  target: z.string(),
  /** Which of its properties. */
  property: z.number().int(),
  seed: z.number().int(),
  path: z.string(),
});
export type FuzzSeed = z.infer<typeof fuzzSeed>;

const SEEDS = new URL('seeds.json', import.meta.url);

export async function readSeeds(): Promise<readonly FuzzSeed[]> {
  return z.array(fuzzSeed).parse(JSON.parse(await readFile(SEEDS, 'utf8')));
}

export async function keepSeeds(found: readonly FuzzSeed[]): Promise<void> {
  const known = await readSeeds();
  const isKnown = (one: FuzzSeed): boolean =>
    known.some(({ target, seed, path }) => target === one.target && seed === one.seed && path === one.path);
  const fresh = found.filter((one) => !isKnown(one));
  if (fresh.length > 0) {
    await writeFile(SEEDS, `${JSON.stringify([...known, ...fresh], undefined, 2)}\n`);
  }
}
