import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needsPage, wantsHelp } from '../../../src-main/bootstrap/headless.mjs';

for (const [args, expected] of [
  [['serve'], true],
  [['--data-dir', '/x', 'serve', '--json'], true],
  [['live', '--source', 'test'], true],
  [['serve', '--help'], false],
  [['archives', '--json'], false],
  [['doctor'], false],
  [[], false],
] as const) {
  test(`“lectern ${args.join(' ')}” ${expected ? 'needs' : 'does not need'} the page`, () => {
    assert.equal(needsPage(args), expected);
  });
}

test('no command at all is a cry for help', () => {
  assert.deepEqual([[], ['help'], ['export', '-h'], ['doctor']].map(wantsHelp), [true, true, true, false]);
});
