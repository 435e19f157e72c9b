import { fileURLToPath } from 'node:url';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../core/ports/logger.ts';
import { childEnvironment } from '../core/process/child-environment.ts';
import { createLineReader } from '../core/process/read-lines.ts';
import { AppError } from '../shared/app-error.ts';
import type { ElectronApi, UtilityApi } from './electron-api.ts';

/** How long a child may take to end when asked, before it is made to. */
const GRACE_MS = 5000;

export type NodeChildren = Disposable & {
  /** The process id. Throws `process/not-found` when it ends before it has begun. */
  launch(child: {
    readonly label: string;
    /** Address of its module, `file:`. */
    readonly entry: string;
    readonly env: Readonly<Record<string, string>>;
  }): Promise<number>;
  kill(pid: number): void;
};

export type NodeChildrenOptions = {
  readonly forkNode: ElectronApi['forkNode'];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly onExit: (pid: number, code: number) => void;
  /** SIGKILL, for one that does not end when asked. */
  readonly forceKill: (pid: number) => void;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** The Node programs that the service asked for. They belong to one life of the service, and end with it. */
export function createNodeChildren(options: NodeChildrenOptions): NodeChildren {
  const children = new Map<number, UtilityApi>();

  function kill(pid: number): void {
    const child = children.get(pid);
    if (child === undefined) {
      return;
    }
    child.kill();
    options.clock.after(GRACE_MS, () => {
      if (children.get(pid) === child) {
        options.forceKill(pid);
      }
    });
  }

  return {
    async launch({ label, entry, env }) {
      const logger = options.logger.child({ child: label });
      const child = options.forkNode(fileURLToPath(entry), [], {
        serviceName: `Lectern ${label}`,
        env: childEnvironment(options.environment, options.platform, env),
        stdio: 'pipe',
      });
      logOutput(child, logger);
      const started = Promise.withResolvers<number>();
      child.on('spawn', () => {
        const { pid } = child;
        if (pid !== undefined) {
          children.set(pid, child);
          child.on('exit', (code) => {
            children.delete(pid);
            logger.info({ pid, code }, 'ended');
            options.onExit(pid, code);
          });
          started.resolve(pid);
        }
      });
      child.on('exit', (code) => {
        const message = `The process ${label} ended with code ${code} before it began.`;
        started.reject(new AppError('process/not-found', message, { details: { entry } }));
      });
      return await started.promise;
    },
    kill,
    [Symbol.dispose]() {
      for (const pid of children.keys()) {
        kill(pid);
      }
    },
  };
}

/** What a child prints goes to the log: stdout as information, stderr as warnings. */
export function logOutput(child: UtilityApi, logger: Logger): void {
  const information = createLineReader({ secrets: [], onLine: (line) => logger.info({}, line) });
  const warnings = createLineReader({ secrets: [], onLine: (line) => logger.warn({}, line) });
  child.stdout?.on('data', information.push).once('close', information.end);
  child.stderr?.on('data', warnings.push).once('close', warnings.end);
}
