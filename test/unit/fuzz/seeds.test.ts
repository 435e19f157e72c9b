import { test } from 'node:test';
import fc from 'fast-check';
import { readSeeds } from '../../fuzz/seeds.ts';
import { FUZZ_TARGETS } from '../../fuzz/targets.ts';

test('what broke a target once breaks it no more', async (context) => {
  for (const { target, property, seed, path } of await readSeeds()) {
    await context.test(`${target}, seed ${seed}`, async () => {
      const found = FUZZ_TARGETS.find(({ name }) => name === target);
      await using opened = await found?.open();
      const one = opened?.properties[property];
      if (one === undefined) {
        throw new Error(`there is no property ${property} of ${target}; its seeds are to be taken out with it`);
      }
      await fc.assert(one, { seed, path, numRuns: 500 });
    });
  }
});
