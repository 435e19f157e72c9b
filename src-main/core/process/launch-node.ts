import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Logger } from '../ports/logger.ts';
import type { LaunchNode, NodeChild } from '../ports/process.ts';
import { childEnvironment } from './child-environment.ts';
import { exitReason, startError } from './exit-error.ts';
import { type ChildSurroundings, type OwnedChild, ownChild } from './own-child.ts';
import { createLineReader } from './read-lines.ts';

export type LaunchNodeOptions = ChildSurroundings & {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  /** See `CreateProcessesOptions.nodeGraceMs`. */
  readonly graceMs: number;
};

/**
 * Our own programs under plain Node. The channel of `fork` carries no messages: that it closes is what tells the child to end, and it closes
 * by itself when we are gone. What the child prints goes to the log: stdout as information, stderr as warnings.
 */
export function createLaunchNode(options: LaunchNodeOptions): LaunchNode {
  return async ({ name, entry, env }) => {
    const logger = options.logger.child({ child: name });
    const path = fileURLToPath(entry);
    let owned: OwnedChild;
    let process: ChildProcess;
    try {
      process = fork(path, [], {
        env: childEnvironment(options.environment, options.platform, env),
        // Flags meant for us (an inspector's port, a test runner) are not meant for it.
        execArgv: [],
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        detached: options.platform !== 'win32',
        windowsHide: true,
      });
      logLines(process, logger);
      owned = await ownChild(process, options);
    } catch (error) {
      throw startError(name, path, error);
    }

    const child: NodeChild = {
      pid: owned.pid,
      exited: exitOf(owned, logger),
      kill: () => void owned.stop([() => closeChannel(process), () => owned.signal('SIGTERM')], options.graceMs),
    };
    return child;
  };
}

function logLines(process: ChildProcess, logger: Logger): void {
  const information = createLineReader({ secrets: [], onLine: (line) => logger.info({}, line) });
  const warnings = createLineReader({ secrets: [], onLine: (line) => logger.warn({}, line) });
  process.stdout?.on('data', information.push).once('close', information.end);
  process.stderr?.on('data', warnings.push).once('close', warnings.end);
}

function closeChannel(process: ChildProcess): void {
  if (process.connected) {
    process.disconnect();
  }
}

async function exitOf(owned: OwnedChild, logger: Logger): Promise<{ readonly code: number | null }> {
  const ending = await owned.ended;
  const fields = { pid: owned.pid, reason: exitReason(ending) };
  if (ending.asked) {
    logger.debug(fields, 'ended');
  } else {
    logger.warn(fields, 'ended unasked');
  }
  return { code: ending.code };
}
