import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Logger } from '../ports/logger.ts';
import type { Child, LaunchNode, NodeChild, Processes, Supervised } from '../ports/process.ts';
import { createLaunchNode } from './launch-node.ts';
import { createReaper } from './reaper.ts';
import { runToEnd } from './run-to-end.ts';
import { createSignalGroup } from './signal-group.ts';
import { createSpawnChild } from './spawn-child.ts';
import { createSupervise } from './supervise.ts';

export type CreateProcessesOptions = {
  readonly clock: Clock;
  /** 0..1, for the jitter of restarts. */
  readonly random: () => number;
  readonly logger: Logger;
  readonly platform: NodeJS.Platform;
  /** Default: `process.env`. Children get the few variables of it that they need. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** How long a Node child may take to end when its channel closes, before SIGTERM and again before SIGKILL. Default: 5000. */
  readonly nodeGraceMs?: number;
};

export type OwnedProcesses = Processes &
  AsyncDisposable & {
    /** For hosts under plain Node; the desktop app brings its own. */
    readonly launchNode: LaunchNode;
  };

/**
 * All children of this program have one owner. Disposing it stops every one of them, each with its own grace, and resolves when none is
 * left; from then on nothing starts any more (`service/closing`). Should this program be killed instead, they are killed too.
 */
export function createProcesses(options: CreateProcessesOptions): OwnedProcesses {
  const { clock, logger, platform } = options;
  const environment = options.environment ?? process.env;
  const reaper = createReaper({ platform, logger });
  const signalGroup = createSignalGroup({ platform, systemRoot: environment['SystemRoot'], logger });
  const around = { clock, logger, platform, environment, reaper, signalGroup };
  const spawnOne = createSpawnChild(around);
  const launchOne = createLaunchNode({ ...around, graceMs: options.nodeGraceMs ?? 5000 });
  const running = new Map<{ readonly exited: Promise<unknown> }, () => void>();
  const supervisions = new Set<Supervised>();
  const beginning = new Set<Promise<unknown>>();
  const closing = new AbortController();
  let closed: Promise<void> | undefined;

  /** A child that begins while all are being stopped is stopped too, as soon as there is something to stop. */
  async function own<T extends Child | NodeChild>(begin: () => Promise<T>, end: (child: T) => void): Promise<T> {
    refuseWhenClosed();
    const begun = begin();
    beginning.add(begun);
    try {
      const child = await begun;
      running.set(child, () => end(child));
      void forgetAtEnd(child);
      return child;
    } finally {
      beginning.delete(begun);
    }
  }

  async function forgetAtEnd(child: { readonly exited: Promise<unknown> }): Promise<void> {
    await child.exited;
    running.delete(child);
  }

  function refuseWhenClosed(): void {
    if (closing.signal.aborted) {
      throw new AppError('service/closing', 'Lectern is closing and starts nothing any more.');
    }
  }

  const spawn: Processes['spawn'] = (spec) =>
    own(
      () => spawnOne(spec),
      (child) => void child.stop(),
    );
  const superviseOne = createSupervise({ spawn, clock, random: options.random, logger });

  async function close(): Promise<void> {
    closing.abort();
    await Promise.all([...supervisions].map((supervised) => supervised.stop()));
    await Promise.allSettled(beginning);
    for (const end of running.values()) {
      end();
    }
    await Promise.all([...running.keys()].map((child) => child.exited));
    await reaper[Symbol.asyncDispose]();
  }

  return {
    spawn,
    supervise(wanted) {
      refuseWhenClosed();
      const supervised = superviseOne(wanted);
      supervisions.add(supervised);
      supervised.changed.on((state) => {
        if (state.kind === 'stopped') {
          supervisions.delete(supervised);
        }
      });
      return supervised;
    },
    runToEnd: (spec, run) => runToEnd({ spawn, clock }, spec, run),
    launchNode: (launch) =>
      own(
        () => launchOne(launch),
        (child) => child.kill(),
      ),
    [Symbol.asyncDispose]: () => (closed ??= close()),
  };
}
