import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import type { Logger } from '../ports/logger.ts';

/**
 * Sees to it that children die with us even when we are killed ourselves and nothing of ours runs any more.
 *
 * ffmpeg does not notice that the other end of its stdin is gone (measured, 5.1), Node cannot ask Linux for a parent-death signal, and
 * macOS has none. So one tiny shell stands by for all children: it holds the reading end of a pipe whose only writing end is ours, is told
 * which process groups live, and when the pipe ends, however we ended, kills those that are left. It costs one process of 0.3 MB.
 *
 * On Windows there is nothing to do: libuv puts every child that is not detached into a job that the kernel ends with us. Grandchildren are
 * not in that job and may stay.
 */
export type Reaper = AsyncDisposable & {
  readonly add: (pid: number) => void;
  readonly remove: (pid: number) => void;
};

/**
 * Only what every POSIX shell has built in, so that nothing is forked: the machine may be out of processes when it is needed. It ignores
 * signals that are meant for us, and is in a session of its own, out of reach of a Ctrl-C or of a signal to our group.
 */
const SCRIPT = `
trap "" HUP INT QUIT TERM PIPE
groups=" "
while read -r op pid; do
  case $op in
    +) groups="$groups$pid " ;;
    -) groups="\${groups%% "$pid" *} \${groups#* "$pid" }" ;;
  esac
done
for pid in $groups; do kill -s KILL -- "-$pid"; done
`;

/** A shell that keeps dying is not started again for ever. */
const MAX_STARTS = 5;

export function createReaper(options: { readonly platform: NodeJS.Platform; readonly logger: Logger }): Reaper {
  return options.platform === 'win32' ? NO_REAPER : createShellReaper(options.logger);
}

const NO_REAPER: Reaper = {
  add: () => undefined,
  remove: () => undefined,
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

function createShellReaper(logger: Logger): Reaper {
  const groups = new Set<number>();
  let shell: ChildProcess | undefined;
  let starts = 0;

  function start(): void {
    if (starts === MAX_STARTS) {
      return;
    }
    starts += 1;
    let started: ChildProcess;
    try {
      started = spawn('/bin/sh', ['-c', SCRIPT, 'lectern-reaper'], {
        cwd: '/',
        env: {},
        stdio: ['pipe', 'ignore', 'ignore'],
        detached: true,
      });
    } catch (error) {
      // The child it is for runs already, and does so without it too.
      logger.warn({ error }, 'nothing can end the children when Lectern is killed');
      return;
    }
    shell = started;
    // It must not keep our event loop alive: it lives as long as we do, not the other way round.
    started.unref();
    if (started.stdin instanceof Socket) {
      started.stdin.unref();
    }
    started.stdin?.on('error', () => undefined);
    started.once('error', (error) => onGone(started, error.message));
    started.once('exit', (code, signal) => onGone(started, signal ?? `code ${code}`));
    for (const pid of groups) {
      tell('+', pid);
    }
  }

  function onGone(gone: ChildProcess, reason: string): void {
    if (shell !== gone) {
      return;
    }
    shell = undefined;
    logger.warn({ reason }, 'the process that ends children when Lectern is killed has ended itself');
    if (groups.size > 0) {
      start();
    }
  }

  // A short write to a pipe is done before the call returns, so that a child is known before anything can happen to us.
  function tell(op: '+' | '-', pid: number): void {
    shell?.stdin?.write(`${op} ${pid}\n`);
  }

  return {
    add(pid) {
      groups.add(pid);
      if (shell === undefined) {
        start();
      } else {
        tell('+', pid);
      }
    },
    remove(pid) {
      if (groups.delete(pid)) {
        tell('-', pid);
      }
    },
    async [Symbol.asyncDispose]() {
      const last = shell;
      shell = undefined;
      if (last === undefined) {
        return;
      }
      const { promise, resolve } = Promise.withResolvers<undefined>();
      last.once('exit', () => resolve(undefined));
      last.ref();
      last.stdin?.end();
      await promise;
    },
  };
}
