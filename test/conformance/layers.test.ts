import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cruise } from 'dependency-cruiser';
import { layerRules } from './layer-rules.ts';

/** Every module on the disk, below the root and with slashes. */
function sources(): readonly string[] {
  return ['src-main', 'src-renderer'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(?:ts|tsx|mjs)$/.test(file))
      .map((file) => join(folder, file).replaceAll('\\', '/')),
  );
}

test('every import goes in an allowed direction', async () => {
  const { output } = await cruise(['src-main', 'src-renderer'], {
    ruleSet: { forbidden: [...layerRules] },
    validate: true,
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    doNotFollow: { path: 'node_modules' },
    // Some packages offer themselves to `import` only.
    enhancedResolveOptions: {
      conditionNames: ['import', 'require', 'node', 'default'],
      exportsFields: ['exports'],
    },
  });
  assert(typeof output === 'object');

  // With a compiler it cannot use, dependency-cruiser finds no TypeScript at all and reports success.
  const seen = new Set(output.modules.map(({ source }) => source));
  assert.deepEqual(
    sources().filter((file) => !seen.has(file)),
    [],
  );
  assert.deepEqual(
    output.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
    [],
  );
});
