import type { Clock } from '../../base/clock.ts';
import { toAppError } from '../../shared/app-error.ts';
import type { Logger } from '../ports/logger.ts';
import type { Child, ChildSpec, SpawnChild } from '../ports/process.ts';
import type { EventLog } from '../ports/services.ts';

/** To start a program holds everything up for some milliseconds: not while a broadcast begins. */
const BEGIN_MS = 1000;

/**
 * Keeps a computer without the desktop app awake while something is live: there Electron's blocker does it. A program of the system holds the lock for
 * as long as it runs; it reads from us, so that it ends with us, however we end. Where there is none, or it may not, the broadcast goes on without.
 *
 *     idle ──something is live──▶ held ──nothing is──▶ idle
 *                                  └──it ended by itself──▶ given up, until something is live the next time
 */
export function keepAwake(options: {
  readonly clock: Clock;
  readonly platform: NodeJS.Platform;
  readonly spawn: SpawnChild;
  readonly events: EventLog;
  /** Whether something is live. */
  readonly isBusy: () => boolean;
  readonly logger: Logger;
}): AsyncDisposable {
  const { logger } = options;
  const spec = lockSpec(options.platform);
  let wasBusy = false;
  let holding: Promise<Child | undefined> | undefined;
  let beginning: Disposable | undefined;

  async function hold(lock: ChildSpec): Promise<Child | undefined> {
    try {
      const child = await options.spawn(lock);
      // It may be gone before it has read anything.
      child.stdin?.on('error', () => undefined);
      void watch(child);
      return child;
    } catch (error) {
      logger.info({ code: toAppError(error).code }, 'this computer has nothing that keeps it awake');
      return undefined;
    }
  }

  async function watch(child: Child): Promise<void> {
    const { asked, lastLines } = await child.exited;
    if (!asked) {
      logger.warn({ lastLines }, 'the computer is not kept awake any more');
    }
  }

  async function release(): Promise<void> {
    beginning?.[Symbol.dispose]();
    const held = holding;
    holding = undefined;
    await (await held)?.stop();
  }

  function follow(): void {
    const isBusy = options.isBusy();
    if (isBusy && !wasBusy && spec !== undefined) {
      beginning = options.clock.after(BEGIN_MS, () => {
        holding = hold(spec);
      });
    } else if (!isBusy && wasBusy) {
      void release();
    }
    wasBusy = isBusy;
  }

  const following = options.events.published.on(({ eventType }) => {
    if (eventType === 'Lectern.StudioChanged' || eventType === 'Lectern.LiveEventChanged') {
      follow();
    }
  });

  return {
    async [Symbol.asyncDispose]() {
      following[Symbol.dispose]();
      await release();
    },
  };
}

function lockSpec(platform: NodeJS.Platform): ChildSpec | undefined {
  const common = {
    name: 'keep-awake',
    stdin: 'pipe',
    stdout: 'ignore',
    pipes: [],
    priority: 'normal',
    secrets: [],
    quit: 'term',
    graceMs: 1000,
  } as const;
  switch (platform) {
    case 'linux':
      return {
        ...common,
        executable: 'systemd-inhibit',
        // `cat` holds it until our end of its input is closed.
        args: ['--what=sleep:idle', '--who=Lectern', '--why=A broadcast is live', '--mode=block', 'cat'],
      };
    case 'darwin':
      return { ...common, executable: 'caffeinate', args: ['-d', '-i', '-m', 'cat'] };
    default:
      // Windows has no such program; there the desktop app does it.
      return undefined;
  }
}
