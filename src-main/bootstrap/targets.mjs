import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runStep } from './foreground.mjs';
import { inspect, leaveStamp } from './freshness.mjs';
import { withLock } from './lock.mjs';
import { cachePath, ROOT, Stop, say } from './project.mjs';

/**
 * @typedef {'main' | 'preload' | 'renderer'} TargetName
 * @typedef {import('./freshness.mjs').Target & { readonly label: string, readonly make: () => Promise<string | undefined> }} BuildTarget
 *   `make` gives what went wrong, or undefined
 */

const COMMON_INPUTS = ['package-lock.json', 'tsconfig.json', 'src-main/bootstrap/targets.mjs'];

/** @type {{ readonly [K in TargetName]: BuildTarget }} */
const TARGETS = {
  /** What Electron runs. Headless runs the sources as they are. */
  main: {
    name: 'main',
    label: 'the service and the desktop shell',
    inputs: [...COMMON_INPUTS, 'src-main'],
    except: ['src-main/bootstrap', 'src-main/preload', 'src-main/decisions'],
    outputs: [
      'dist/src-main/desktop/main.js',
      'dist/src-main/core/mixer-main.js',
      'dist/src-main/core/rtmp-main.js',
    ],
    make: () =>
      node('node_modules/typescript/lib/tsc.js', [
        '--build',
        // Without outputs but with its own notes, the compiler believes that it has nothing to do.
        ...(TARGETS.main.outputs.every((path) => existsSync(join(ROOT, path))) ? [] : ['--force']),
        'src-main/tsconfig.std.json',
        'src-main/tsconfig.node.json',
        'src-main/tsconfig.electron.json',
      ]),
  },
  preload: {
    name: 'preload',
    label: 'the bridge to the page',
    inputs: [...COMMON_INPUTS, 'src-main/preload', 'src-main/shared'],
    outputs: ['dist/preload/preload.cjs'],
    make: bundlePreload,
  },
  renderer: {
    name: 'renderer',
    label: 'the pages',
    inputs: [...COMMON_INPUTS, 'src-renderer', 'src-main/shared', 'resources'],
    outputs: ['dist/renderer/index.html', 'dist/renderer/watch/index.html'],
    make: () =>
      node('node_modules/vite/bin/vite.js', [
        'build',
        'src-renderer',
        '--config=src-renderer/vite.config.ts',
        '--outDir=../dist/renderer',
        '--emptyOutDir',
        '--logLevel=warn',
      ]),
  },
};

/** @type {readonly TargetName[]} */
export const ALL_TARGETS = ['main', 'preload', 'renderer'];

/**
 * Builds what is stale. Throws `Stop` at the first that fails; what was there before stays where the tool allows.
 *
 * @param {readonly TargetName[]} names
 * @param {{ readonly force?: boolean }} options
 */
export async function build(names, options = {}) {
  const force = options.force === true;
  if (!force && names.every((name) => inspect(ROOT, TARGETS[name]).fresh)) {
    return;
  }
  await withLock(cachePath(ROOT, 'build.lock'), { onWait: sayWhoBuilds }, async () => {
    if (force) {
      await rm(join(ROOT, 'dist'), { recursive: true, force: true });
    }
    for (const name of names) {
      await makeIfStale(TARGETS[name]);
    }
  });
}

/** @param {number} pid */
function sayWhoBuilds(pid) {
  say(`Another Lectern (process ${pid}) is building; waiting for it.`);
}

/** @param {BuildTarget} target */
async function makeIfStale(target) {
  const { fresh, stamp } = inspect(ROOT, target);
  if (fresh) {
    return;
  }
  const startedMs = performance.now();
  say(`Building ${target.label}.`);
  const problem = await target.make();
  const missing = target.outputs.filter((path) => !existsSync(join(ROOT, path)));
  if (problem !== undefined || missing.length > 0) {
    const words = problem ?? `${missing.join(', ')} did not come out of it.`;
    throw new Stop(`Lectern could not be built: ${target.label} failed.\n\n${words.trim()}`);
  }
  leaveStamp(ROOT, target, stamp);
  say(`Built ${target.label} in ${((performance.now() - startedMs) / 1000).toFixed(1)} s.`);
}

/**
 * @param {string} script below the root
 * @param {readonly string[]} args
 */
async function node(script, args) {
  const { code, output } = await runStep(process.execPath, [join(ROOT, script), ...args], {
    cwd: ROOT,
    quiet: true,
  });
  return code === 0 ? undefined : output;
}

/** A sandboxed preload can neither be an ES module nor import a file beside it. */
async function bundlePreload() {
  const { build: bundle } = await import('vite');
  try {
    await bundle({
      root: ROOT,
      configFile: false,
      logLevel: 'silent',
      publicDir: false,
      build: {
        outDir: 'dist/preload',
        target: 'chrome140',
        minify: false,
        sourcemap: false,
        lib: { entry: 'src-main/preload/preload.ts', formats: ['cjs'], fileName: () => 'preload.cjs' },
        rolldownOptions: { external: ['electron'] },
      },
    });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
