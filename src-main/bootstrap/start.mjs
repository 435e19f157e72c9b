// npm start [-- --headless] [-- arguments for the studio]
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  hasDisplay,
  isStillborn,
  reasonAgainstDesktop,
  reasonAgainstSandbox,
  sentenceForHeadless,
} from './choose-host.mjs';
import { ensureElectron } from './electron-binary.mjs';
import { ensureFfmpeg } from './ensure-ffmpeg.mjs';
import { runInForeground } from './foreground.mjs';
import { HEADLESS } from './headless.mjs';
import { inPinnedNode } from './pinned-node.mjs';
import { command, ROOT, say } from './project.mjs';
import { build } from './targets.mjs';

await command(() => inPinnedNode(import.meta.url, start));

async function start() {
  const args = process.argv.slice(2).filter((arg) => arg !== '--headless');
  await ensureFfmpeg();

  const reason = reasonAgainstDesktop({
    platform: process.platform,
    headlessWanted: process.argv.includes('--headless'),
    hasDisplay: hasDisplay(process.platform, process.env),
    isRoot: process.getuid?.() === 0,
  });
  if (reason !== undefined) {
    return await startHeadless(reason, args);
  }
  const electron = await ensureElectron();
  if ('problem' in electron) {
    const why = `the desktop window is not installed: ${electron.problem}; “npx install-electron” tries again`;
    return await startHeadless(why, args);
  }
  const blocked = process.platform === 'linux' ? reasonAgainstSandbox(linuxSandbox(electron.path)) : undefined;
  if (blocked !== undefined) {
    return await startHeadless(blocked, args);
  }
  return await startDesktop(electron.path, args);
}

/**
 * @param {string} electron
 * @param {readonly string[]} args
 */
async function startDesktop(electron, args) {
  await build(['main', 'preload', 'renderer']);
  say('Opening the Lectern window.');
  let interrupted = false;
  const onSignal = () => {
    interrupted = true;
  };
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  const startedMs = performance.now();
  const code = await runInForeground(electron, [ROOT, ...args], { cwd: ROOT });
  if (isStillborn({ code, afterMs: performance.now() - startedMs, interrupted })) {
    return await startHeadless(`the desktop window did not open (it ended with code ${code})`, args);
  }
  return code;
}

/**
 * @param {string} reason
 * @param {readonly string[]} args
 */
async function startHeadless(reason, args) {
  await build(['renderer']);
  const canOpen = hasDisplay(process.platform, process.env);
  say(sentenceForHeadless(reason, canOpen));
  const open = canOpen ? ['--open'] : [];
  return await runInForeground(process.execPath, [...HEADLESS, 'serve', ...open, ...args], { cwd: ROOT });
}

/** @param {string} electron */
function linuxSandbox(electron) {
  const helper = statSync(join(dirname(electron), 'chrome-sandbox'), { throwIfNoEntry: false });
  return {
    // The first file is on Debian's kernels only, the second on Ubuntu's from 23.10 on.
    userNamespaces:
      readKernel('/proc/sys/kernel/unprivileged_userns_clone') !== '0' &&
      readKernel('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') !== '1',
    helperReady: helper !== undefined && helper.uid === 0 && (helper.mode & 0o4000) !== 0,
  };
}

/** @param {string} path */
function readKernel(path) {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
