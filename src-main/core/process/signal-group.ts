import { execFile } from 'node:child_process';
import { win32 } from 'node:path';
import type { Logger } from '../ports/logger.ts';

/** Reaches a child with everything it has started itself. A group that is gone already is no error. */
export type SignalGroup = {
  /** To a child that has not ended yet. */
  readonly signal: (pid: number, signal: 'SIGTERM' | 'SIGKILL') => void;
  /** Ends what a child that has just ended leaves behind. */
  readonly sweep: (pid: number) => void;
};

/**
 * On POSIX each child leads a process group (it was spawned `detached`), and a signal to minus its id reaches all of it; the id cannot be
 * given to another while one of the group lives. Windows has neither groups nor a SIGTERM that a console program would hear: both signals
 * force the whole tree to end, and there is nothing to sweep by, since the id of an ended process may be a stranger's at once.
 */
export function createSignalGroup(options: {
  readonly platform: NodeJS.Platform;
  readonly systemRoot: string | undefined;
  readonly logger: Logger;
}): SignalGroup {
  const { platform, systemRoot, logger } = options;
  return platform === 'win32'
    ? { signal: (pid) => endTree(pid, systemRoot, logger), sweep: () => undefined }
    : {
        signal: (pid, signal) => signalPosixGroup(pid, signal, logger),
        sweep: (pid) => signalPosixGroup(pid, 'SIGKILL', logger),
      };
}

function signalPosixGroup(pid: number, signal: NodeJS.Signals, logger: Logger): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    // macOS answers EPERM for a group that has only zombies left.
    if (code !== 'ESRCH' && code !== 'EPERM') {
      logger.error({ pid, signal, error }, 'a process group could not be signalled');
    }
  }
}

/** By its full path: a taskkill.exe in the working folder or on PATH is none of ours. */
export function taskkillCommand(
  pid: number,
  systemRoot: string | undefined,
): { readonly file: string; readonly args: string[] } {
  return {
    file: win32.join(systemRoot ?? 'C:\\Windows', 'System32', 'taskkill.exe'),
    args: ['/PID', String(pid), '/T', '/F'],
  };
}

function endTree(pid: number, systemRoot: string | undefined, logger: Logger): void {
  const { file, args } = taskkillCommand(pid, systemRoot);
  execFile(file, args, { windowsHide: true }, (error) => {
    // 128: there is no such process any more.
    if (error !== null && error.code !== 128) {
      logger.error({ pid, error }, 'a process tree could not be ended');
    }
  });
}
