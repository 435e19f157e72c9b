import { type ChildProcess, spawn } from 'node:child_process';
import { setPriority, constants as systemConstants } from 'node:os';
import { Duplex } from 'node:stream';
import { assert } from '../../base/assert.ts';
import { createEmitter } from '../../base/emitter.ts';
import type { Logger } from '../ports/logger.ts';
import type { Child, ChildExit, ChildSpec, SpawnChild } from '../ports/process.ts';
import { childEnvironment } from './child-environment.ts';
import { startError } from './exit-error.ts';
import { type ChildSurroundings, type OwnedChild, ownChild } from './own-child.ts';
import { createLineReader } from './read-lines.ts';

/** Enough to see what led to an end; with the longest lines 80 kB a child. */
const KEPT_LINES = 40;

const FIRST_PIPE = 3;

export type SpawnChildOptions = ChildSurroundings & {
  readonly platform: NodeJS.Platform;
  /** Our own environment; the child gets the few variables it needs. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
};

/** Children that run another program: ffmpeg, ffprobe, a system tool. */
export function createSpawnChild(options: SpawnChildOptions): SpawnChild {
  return async (spec) => {
    assert(
      spec.quit === 'term' || spec.stdin === 'pipe',
      `${spec.name}: q is written to stdin, which must be a pipe`,
    );
    const logger = options.logger.child({ child: spec.name });
    const process = start(spec, options);
    const lines = createEmitter<string>();
    const lastLines: string[] = [];
    const reader = createLineReader({
      secrets: spec.secrets,
      onLine(line) {
        lastLines.push(line);
        if (lastLines.length > KEPT_LINES) {
          lastLines.shift();
        }
        try {
          lines.emit(line);
        } catch (error) {
          // Thrown on, it would end the program from inside of a stream.
          logger.error({ error }, 'a listener failed on a line of a child');
        }
      },
    });
    process.stderr?.on('data', reader.push).once('end', reader.end);

    if (spec.priority === 'low' && process.pid !== undefined) {
      lowerPriority(process.pid, logger);
    }
    let owned: OwnedChild;
    try {
      owned = await ownChild(process, options);
    } catch (error) {
      throw startError(spec.name, spec.executable, error);
    }
    const pipes = spec.pipes.map((direction, index) => openPipe(process, FIRST_PIPE + index, direction));
    const exited = exitOf(owned, reader.end, lastLines);
    logger.debug({ pid: owned.pid, executable: spec.executable }, 'started');

    const child: Child = {
      pid: owned.pid,
      stdin: process.stdin ?? undefined,
      stdout: process.stdout ?? undefined,
      pipe(fd) {
        const pipe = pipes[fd - FIRST_PIPE];
        assert(pipe !== undefined, `${spec.name} has no pipe ${fd}`);
        return pipe;
      },
      lines,
      exited,
      async stop() {
        void owned.stop(stopSteps(spec, process, owned), spec.graceMs);
        return await exited;
      },
      kill: () => owned.signal('SIGKILL'),
    };
    return child;
  };
}

function start(spec: ChildSpec, options: SpawnChildOptions): ChildProcess {
  try {
    return spawn(spec.executable, spec.args, {
      env: childEnvironment(options.environment, options.platform, spec.env),
      stdio: [
        spec.stdin === 'pipe' ? 'pipe' : 'ignore',
        spec.stdout,
        'pipe',
        ...spec.pipes.map(() => 'pipe' as const),
      ],
      // The leader of a group of its own on POSIX. On Windows it would leave the job that ends with us, see reaper.ts.
      detached: options.platform !== 'win32',
      windowsHide: true,
    });
  } catch (error) {
    // What Node does not report as an event: an argument with a NUL in it, a command line that is too long.
    throw startError(spec.name, spec.executable, error);
  }
}

function stopSteps(spec: ChildSpec, process: ChildProcess, owned: OwnedChild): (() => void)[] {
  const terminate = (): void => owned.signal('SIGTERM');
  const { stdin } = process;
  return spec.quit === 'q' && stdin?.writable === true ? [() => void stdin.write('q'), terminate] : [terminate];
}

/** On Linux only the first thread of a process is meant. Called in the turn in which it is started, the child has no other yet, and later ones inherit. */
function lowerPriority(pid: number, logger: Logger): void {
  try {
    setPriority(pid, systemConstants.priority.PRIORITY_LOW);
  } catch (error) {
    // It has ended already, or a policy forbids it: a slower live encoder is no reason to fail an export.
    logger.warn({ pid, error }, 'the priority of a child could not be lowered');
  }
}

function openPipe(process: ChildProcess, fd: number, direction: 'to-child' | 'from-child'): Duplex {
  const pipe = process.stdio[fd];
  assert(pipe instanceof Duplex, `pipe ${fd} of a child is a duplex`);
  if (direction === 'to-child') {
    // Nothing comes this way, but only a stream that is read notices that the other end was closed.
    pipe.resume();
  }
  return pipe;
}

async function exitOf(
  owned: OwnedChild,
  endOfLines: () => void,
  lastLines: readonly string[],
): Promise<ChildExit> {
  const ending = await owned.ended;
  // When stderr had to be cut off, its last line has not been told yet.
  endOfLines();
  return { ...ending, lastLines: [...lastLines] };
}
