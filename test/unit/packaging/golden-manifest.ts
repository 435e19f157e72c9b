import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = new URL('../../fixtures/manifests/', import.meta.url);

/** Compares a manifest with the one on file. After a wanted change `UPDATE_GOLDEN=1 node --test …` writes the files anew. */
export function assertGoldenManifest(name: string, text: string): void {
  const path = fileURLToPath(new URL(name, FOLDER));
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  assert.equal(text, readFileSync(path, 'utf8'));
}
