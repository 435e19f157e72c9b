import { join } from 'node:path';
import { ROOT } from './project.mjs';

/**
 * What Node is given to run the headless host. Its own notes about young features are no news to the person who runs it. The young generation of
 * its heap stays small (decision 39): it would go on growing for a quarter of an hour, to 100 MiB.
 */
export const HEADLESS = [
  '--disable-warning=ExperimentalWarning',
  '--max-semi-space-size=8',
  join(ROOT, 'src-main', 'headless', 'main.ts'),
];

/**
 * Whether a command serves the page.
 *
 * @param {readonly string[]} args
 */
export function needsPage(args) {
  return args.some((arg) => arg === 'serve' || arg === 'live') && !wantsHelp(args);
}

/** @param {readonly string[]} args */
export function wantsHelp(args) {
  return args.length === 0 || args[0] === 'help' || args.includes('--help') || args.includes('-h');
}
