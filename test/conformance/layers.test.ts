import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cruise } from 'dependency-cruiser';
import { layerRules } from './layer-rules.ts';

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
  assert(output.summary.totalCruised > 150, `the cruise saw only ${output.summary.totalCruised} modules`);
  assert.deepEqual(
    output.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
    [],
  );
});
