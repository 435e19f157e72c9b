import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The groups of tests, in the order in which they run: the quickest answer first.
 *
 * Those with one file at a time measure real time on real processes; two of them at once on two cores would measure each other. Those of
 * integration and acceptance wait for senders, players and clocks most of the time, so there are half as many more of them as cores; but those
 * that encode, capture, play in a browser or measure a start have their turn one at a time behind the others.
 *
 * @typedef {{
 *   readonly name: string,
 *   readonly concurrency: 'cores' | 'waiting' | 1,
 *   readonly fileLimitMs: number,
 *   readonly needsSystem: boolean,
 *   readonly onRequest?: true,
 *   readonly alone?: RegExp,
 * }} Group
 *   `needsSystem`: the page has to be built, and programs of the system (ffmpeg, a browser, a display) to be there;
 *   `onRequest`: minutes of real time, for who names the group or a path in it; `alone`: which of its files run one at a time
 * @type {readonly Group[]}
 */
export const GROUPS = [
  { name: 'conformance', concurrency: 'cores', fileLimitMs: 3 * 60_000, needsSystem: false },
  { name: 'unit', concurrency: 'cores', fileLimitMs: 3 * 60_000, needsSystem: false },
  {
    name: 'integration',
    concurrency: 'waiting',
    fileLimitMs: 5 * 60_000,
    needsSystem: true,
    alone:
      /\/(capture|check|encode|live-encoding|mix|renderer)\/|[-/]in-(players|browsers?)\.|\/(playback|shield)\./,
  },
  {
    name: 'acceptance',
    concurrency: 'waiting',
    fileLimitMs: 4 * 60_000,
    needsSystem: true,
    alone: /\/row-(0[3-6]|08|25|26|27|32|3[5678])-/,
  },
  { name: 'faults', concurrency: 1, fileLimitMs: 8 * 60_000, needsSystem: true },
  { name: 'e2e', concurrency: 1, fileLimitMs: 8 * 60_000, needsSystem: true },
  {
    name: 'slow',
    concurrency: 'cores',
    fileLimitMs: 50 * 60_000,
    needsSystem: true,
    onRequest: true,
    alone: /-in-players\./,
  },
];

/**
 * @typedef {{ readonly group: Group, readonly files: readonly string[] }} Phase files below the root, with slashes
 * @typedef {{ readonly phases: readonly Phase[] } | { readonly sentence: string }} Plan
 */

/**
 * What `npm test -- …` runs: names of groups choose groups, everything else is part of a path, and a file with any of the parts runs. Groups
 * that run on request only are named, or a path that begins with theirs is given.
 *
 * @param {readonly string[]} args
 * @param {readonly string[]} files below the root, with slashes
 * @returns {Plan}
 */
export function planTests(args, files) {
  const option = args.find((arg) => arg.startsWith('-'));
  if (option !== undefined) {
    return {
      sentence: `There is no option ${option}. npm test -- [group or part of a path]…; groups: ${groupNames()}.`,
    };
  }
  const chosen = GROUPS.filter(({ name }) => args.includes(name));
  const parts = args
    .filter((arg) => !GROUPS.some(({ name }) => name === arg))
    .map((arg) => arg.replaceAll('\\', '/'));
  const usual = GROUPS.filter(
    ({ name, onRequest }) => onRequest !== true || parts.some((part) => part.startsWith(`test/${name}/`)),
  );
  const phases = (chosen.length === 0 ? usual : chosen)
    .flatMap((group) => {
      const own = files.filter(
        (file) =>
          file.startsWith(`test/${group.name}/`) &&
          (parts.length === 0 || parts.some((part) => file.includes(part))),
      );
      /** @param {string} file */
      const isAlone = (file) => group.alone?.test(file) === true;
      return [
        { group, files: own.filter((file) => !isAlone(file)) },
        { group: { ...group, concurrency: /** @type {const} */ (1) }, files: own.filter(isAlone) },
      ];
    })
    .filter((phase) => phase.files.length > 0);
  return phases.length === 0
    ? { sentence: `No test file matches ${args.join(' ') || 'at all'}. Groups: ${groupNames()}.` }
    : { phases };
}

function groupNames() {
  return GROUPS.map(({ name }) => name).join(', ');
}

/**
 * @param {string} root
 * @returns {readonly string[]} below the root, with slashes, sorted
 */
export function findTestFiles(root) {
  return readdirSync(join(root, 'test'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts'))
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort();
}
