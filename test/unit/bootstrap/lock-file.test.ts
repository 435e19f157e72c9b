import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../../src-main/bootstrap/project.mjs';

type Package = {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly resolved?: string;
};

// The format is npm's, and its own commands say when it is not that.
// eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, Package>>;
};

/** Where Node would find a package from the folder of another. */
function find(name: string, from: string): boolean {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    if (`${folder === '' ? '' : `${folder}/`}node_modules/${name}` in packages) {
      return true;
    }
    if (folder === '') {
      return false;
    }
  }
}

test('the lock file has every package for every system: with one missing npm ci refuses all of them everywhere', () => {
  const missing = Object.entries(packages).flatMap(([path, { dependencies = {}, optionalDependencies = {} }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => !find(name, path))
      .map((name) => `${path} → ${name}`),
  );

  assert.deepEqual(missing, []);
});

test('the lock file names no registry: each user has their own', () => {
  const named = Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined);

  assert.deepEqual(
    named.map(([path]) => path),
    [],
  );
});
