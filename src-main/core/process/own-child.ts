import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../../base/clock.ts';
import type { Reaper } from './reaper.ts';
import type { SignalGroup } from './signal-group.ts';

/** How a process ended, before anybody says what that means. */
type Ending = {
  readonly code: number | null;
  readonly signal: string | null;
  /** It had been asked to stop before it ended. */
  readonly asked: boolean;
};

/** What every child has in common, whoever talks to it: its group, its end, and how it is made to end. */
export type OwnedChild = {
  readonly pid: number;
  /** Resolves when the process is gone and its pipes are closed. */
  readonly ended: Promise<Ending>;
  /**
   * Takes one step after the other, `graceMs` apart, until the process has ended; the last resort, `kill`, comes by itself. Idempotent: the
   * first caller's steps count.
   */
  readonly stop: (steps: readonly (() => void)[], graceMs: number) => Promise<Ending>;
  readonly signal: (signal: 'SIGTERM' | 'SIGKILL') => void;
};

export type ChildSurroundings = {
  readonly clock: Clock;
  readonly reaper: Reaper;
  readonly signalGroup: SignalGroup;
};

/**
 * How long the pipes of an ended process may take to be read to their end. A reader that has gone away, or a grandchild that left the group
 * and kept a pipe, would hold them open for ever, and with them whoever waits for the end.
 */
const DRAIN_MS = 2000;

/** Takes over a process in the same turn in which it was spawned. Rejects with Node's error when it could not be started. */
export async function ownChild(child: ChildProcess, around: ChildSurroundings): Promise<OwnedChild> {
  const { promise: ended, resolve } = Promise.withResolvers<Ending>();
  const streams = streamsOf(child);
  let stopping: Promise<Ending> | undefined;
  let ending: Ending | undefined;

  for (const stream of streams) {
    // A write to a child that has gone raises EPIPE on the pipe; that it is gone is told by `ended`.
    stream.on('error', () => undefined);
  }
  // The pipes' own word for it: of a child whose channel we have closed, Node never says that all is closed.
  const closed = Promise.all(streams.map(closeOf));

  const { pid } = child;
  if (pid === undefined) {
    throw await failedStart(child);
  }
  // A signal or a message that could not be delivered, mostly because the child has just ended.
  child.on('error', () => undefined);
  around.reaper.add(pid);

  child.once('exit', (code, signal) => {
    ending = { code, signal, asked: stopping !== undefined };
    around.signalGroup.sweep(pid);
    around.reaper.remove(pid);
    void settle(ending);
  });

  async function settle(settled: Ending): Promise<void> {
    const drained = around.clock.after(DRAIN_MS, () => {
      for (const stream of streams) {
        stream.destroy();
      }
    });
    await closed;
    drained[Symbol.dispose]();
    resolve(settled);
  }

  /** After the end its id may belong to a stranger. */
  function signal(name: 'SIGTERM' | 'SIGKILL'): void {
    if (ending === undefined && pid !== undefined) {
      around.signalGroup.signal(pid, name);
    }
  }

  async function stop(steps: readonly (() => void)[], graceMs: number): Promise<Ending> {
    if (ending !== undefined) {
      return await ended;
    }
    const [step = () => signal('SIGKILL'), ...later] = steps;
    step();
    const next = steps.length === 0 ? undefined : around.clock.after(graceMs, () => void stop(later, graceMs));
    const settled = await ended;
    next?.[Symbol.dispose]();
    return settled;
  }

  return {
    pid,
    ended,
    stop: (steps, graceMs) => (stopping ??= stop(steps, graceMs)),
    signal,
  };
}

/** Node leaves them all out when there was no file descriptor left for them. */
function streamsOf(child: Partial<Pick<ChildProcess, 'stdio'>>): readonly (Readable | Writable)[] {
  return (child.stdio ?? []).flatMap((stream) => stream ?? []);
}

async function closeOf(stream: Readable | Writable): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  stream.once('close', () => resolve(undefined));
  await promise;
}

async function failedStart(child: ChildProcess): Promise<Error> {
  const { promise, resolve } = Promise.withResolvers<Error>();
  child.once('error', resolve);
  return await promise;
}
