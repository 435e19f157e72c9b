import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = new URL('../fixtures/command-lines/', import.meta.url);

/**
 * Compares a command line with the one on file, an option a line. After a wanted change `UPDATE_GOLDEN=1 node --test …` writes the files
 * anew; the difference is then read in the commit.
 */
export function assertGoldenArgs(name: string, args: readonly string[]): void {
  const path = fileURLToPath(new URL(`${name}.txt`, FOLDER));
  const text = optionLines(args);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  assert.equal(text, readFileSync(path, 'utf8'));
}

function optionLines(args: readonly string[]): string {
  let text = '';
  for (const arg of args) {
    text += /^-[a-z]/i.test(arg) ? `\n${arg}` : ` ${arg}`;
  }
  return `${text.trimStart()}\n`;
}
