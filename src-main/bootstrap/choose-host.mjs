/**
 * Which of the two hosts can run here: the desktop window, or the same studio as a page in the browser. A reason completes the sentences of
 * `sentenceForHeadless`.
 *
 * @param {{ readonly platform: string, readonly headlessWanted: boolean, readonly hasDisplay: boolean, readonly isRoot: boolean }} situation
 * @returns {string | undefined}
 */
export function reasonAgainstDesktop(situation) {
  if (situation.headlessWanted) {
    return 'that was asked for';
  }
  if (!situation.hasDisplay) {
    return 'there is no display for a window here';
  }
  if (situation.platform === 'linux' && situation.isRoot) {
    return 'a desktop window does not run as root with its sandbox on, and Lectern does not switch that off';
  }
  return undefined;
}

/**
 * Which way the studio opens, and why.
 *
 * @param {string} reason
 * @param {boolean} canOpen a browser can be opened here
 */
export function sentenceForHeadless(reason, canOpen) {
  return canOpen
    ? `Opening Lectern in your browser, because ${reason}. It is the same studio; Ctrl-C ends it.`
    : `Starting Lectern without a window, because ${reason}. Open the address that it prints in a browser: it is the same studio. Ctrl-C ends it.`;
}

/**
 * Chromium's sandbox needs one of two things of Linux: user namespaces for everybody, or a helper program that belongs to root and has its
 * set-user-id bit. With neither, Electron ends before it opens a window.
 *
 * @param {{ readonly userNamespaces: boolean, readonly helperReady: boolean }} linux
 * @returns {string | undefined}
 */
export function reasonAgainstSandbox(linux) {
  return linux.userNamespaces || linux.helperReady
    ? undefined
    : 'this Linux does not let the window’s sandbox start (to allow it, make node_modules/electron/dist/chrome-sandbox belong to root with mode 4755)';
}

/**
 * @param {string} platform
 * @param {NodeJS.ProcessEnv} env
 */
export function hasDisplay(platform, env) {
  if (platform !== 'linux') {
    return true;
  }
  return (env['DISPLAY'] ?? '') !== '' || (env['WAYLAND_DISPLAY'] ?? '') !== '';
}

/** An end within this time of the start, with a failure code, means that no window ever opened. */
const STILLBORN_MS = 10_000;

/**
 * Whether the desktop shell failed to start at all (a missing system library, a refused sandbox), so that the other host should be tried.
 *
 * @param {{ readonly code: number, readonly afterMs: number, readonly interrupted: boolean }} end
 */
export function isStillborn(end) {
  return !end.interrupted && end.code !== 0 && end.afterMs < STILLBORN_MS;
}
