import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { runStep } from './foreground.mjs';
import { findProgram, say } from './project.mjs';

/**
 * @typedef {{ readonly name: string, readonly package: string, readonly file?: string }} Tool a program of the system, and the Debian
 *   package that brings it. `file` is looked for instead of a program of that name.
 * @typedef {{ readonly platform: string, readonly isRoot: boolean, readonly hasApt: boolean, readonly distribution: readonly string[] }} Host
 */

/** @returns {Host} */
export function thisHost() {
  return {
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    hasApt: findProgram('apt-get') !== undefined,
    distribution: distributionOf(readOsRelease()),
  };
}

function readOsRelease() {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}

/**
 * What the distribution is and what it is like, nearest first: `['ubuntu', 'debian']`.
 *
 * @param {string} osRelease text of /etc/os-release, see os-release(5)
 * @returns {readonly string[]}
 */
export function distributionOf(osRelease) {
  const value = (/** @type {string} */ key) =>
    new RegExp(`^${key}=["']?([^"'\\n]*)`, 'm').exec(osRelease)?.[1]?.split(' ') ?? [];
  return [...value('ID'), ...value('ID_LIKE')].filter((id) => id !== '');
}

/**
 * How a person gets packages here, as a command to type.
 *
 * @param {Host} host
 * @param {readonly string[]} packages by their Debian names
 */
export function installCommand(host, packages) {
  const names = packages.join(' ');
  if (host.platform === 'darwin') {
    return `brew install ${names}`;
  }
  if (host.platform === 'win32') {
    return `winget install ${names}`;
  }
  const like = (/** @type {string} */ id) => host.distribution.includes(id);
  if (like('debian')) {
    return `sudo apt install ${names}`;
  }
  if (like('fedora') || like('rhel')) {
    return `sudo dnf install ${names}`;
  }
  if (like('arch')) {
    return `sudo pacman -S ${names}`;
  }
  if (like('suse')) {
    return `sudo zypper install ${names}`;
  }
  return undefined;
}

/** @param {readonly Tool[]} tools */
export function missingTools(tools) {
  return tools.filter(({ name, file }) =>
    file === undefined ? findProgram(name) === undefined : !existsSync(file),
  );
}

/**
 * Installs Debian packages, if this is a Debian and we may. Only as root: a password prompt out of `npm test` would be a surprise.
 *
 * @param {readonly string[]} packages
 * @param {Host} host
 * @returns {Promise<'installed' | 'not-allowed' | 'failed'>} after `failed` apt's own words stand on the terminal
 */
export async function installDebianPackages(packages, host = thisHost()) {
  if (host.platform !== 'linux' || !host.isRoot || !host.hasApt) {
    return 'not-allowed';
  }
  say(`Installing ${packages.join(', ')} with apt-get.`);
  const install = () => apt(['install', '-y', '--no-install-recommends', ...packages]);

  // A package list that is missing or out of date is the usual reason for a first failure, and fetching it costs too much to do always.
  const first = await withoutStartingServices(install);
  if (first.code === 0) {
    return 'installed';
  }
  await apt(['update']);
  const second = await withoutStartingServices(install);
  if (second.code !== 0) {
    say(second.output.trim().split('\n').slice(-12).join('\n'));
  }
  return second.code === 0 ? 'installed' : 'failed';
}

/** @param {readonly string[]} args */
function apt(args) {
  return runStep('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=120', ...args], {
    quiet: true,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}

/** Asked by every Debian package before it starts a service; 101 means: not allowed (invoke-rc.d(8)). */
const POLICY = '/usr/sbin/policy-rc.d';

/**
 * Installing nginx starts a web server on port 80, which nobody asked for.
 *
 * @template T
 * @param {() => Promise<T>} step
 * @returns {Promise<T>}
 */
async function withoutStartingServices(step) {
  if (existsSync(POLICY)) {
    return await step();
  }
  writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return await step();
  } finally {
    await rm(POLICY, { force: true });
  }
}
