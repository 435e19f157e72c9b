import assert from 'node:assert/strict';
import { test } from 'node:test';
import { safeFileName } from '../../../src-main/desktop/page-calls.ts';

for (const [name, safe] of [
  ['Talk.mp4', 'Talk.mp4'],
  ['../../etc/passwd', 'etc passwd'],
  ['a\\b:c*d?e"f<g>h|i', 'a b c d e f g h i'],
  ['  .hidden. ', 'hidden'],
  ['CON', '_CON'],
  ['com1.mp4', '_com1.mp4'],
  ['Console.mp4', 'Console.mp4'],
  ['Übung – 1. Teil.mp4', 'Übung – 1. Teil.mp4'],
  ['line\nbreak\t.mp4', 'line break .mp4'],
  ['///', 'Lectern'],
] as const) {
  test(`${JSON.stringify(name)} is saved as ${JSON.stringify(safe)}`, () => {
    assert.equal(safeFileName(name), safe);
  });
}
