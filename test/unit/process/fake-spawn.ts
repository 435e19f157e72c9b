import { createEmitter } from '../../../src-main/base/emitter.ts';
import type { Child, ChildExit, ChildSpec, SpawnChild } from '../../../src-main/core/ports/process.ts';

export type FakeChild = Child & {
  readonly spec: ChildSpec;
  /** Ends it by itself. */
  readonly exit: (code: number, lastLines?: readonly string[]) => void;
  readonly wasKilled: () => boolean;
  readonly wasAsked: () => boolean;
};

export type FakeSpawn = {
  readonly spawn: SpawnChild;
  /** All there ever were, oldest first. */
  readonly children: readonly FakeChild[];
  /** How many there are now. */
  readonly alive: () => number;
  /** The most there were at any one time. */
  readonly mostAlive: () => number;
  /** The next starts fail with these, in order. */
  readonly failNext: (...errors: readonly Error[]) => void;
  /** From now on starts and stops take until `release` is called. */
  readonly hold: () => void;
  readonly release: () => void;
};

/** Spawns children that do nothing but what the test makes them do. They end when killed, and when asked unless held. */
export function fakeSpawn(): FakeSpawn {
  const children: FakeChild[] = [];
  const failures: Error[] = [];
  let alive = 0;
  let mostAlive = 0;
  let held: PromiseWithResolvers<undefined> | undefined;

  function createChild(spec: ChildSpec): FakeChild {
    const { promise: exited, resolve } = Promise.withResolvers<ChildExit>();
    let hasEnded = false;
    let killed = false;
    let asked = false;
    function end(code: number | null, signal: string | null, lastLines: readonly string[] = []): void {
      if (!hasEnded) {
        hasEnded = true;
        alive -= 1;
        resolve({ code, signal, asked, lastLines });
      }
    }
    alive += 1;
    mostAlive = Math.max(mostAlive, alive);
    return {
      pid: children.length + 1,
      spec,
      stdin: undefined,
      stdout: undefined,
      pipe: () => {
        throw new Error('a fake child has no pipes');
      },
      lines: createEmitter<string>(),
      exited,
      async stop() {
        asked = !hasEnded;
        await held?.promise;
        end(0, null);
        return await exited;
      },
      kill() {
        killed = true;
        end(null, 'SIGKILL');
      },
      exit: (code, lastLines) => end(code, null, lastLines),
      wasKilled: () => killed,
      wasAsked: () => asked,
    };
  }

  return {
    async spawn(spec) {
      await held?.promise;
      const failure = failures.shift();
      if (failure !== undefined) {
        throw failure;
      }
      const child = createChild(spec);
      children.push(child);
      return child;
    },
    children,
    alive: () => alive,
    mostAlive: () => mostAlive,
    failNext: (...errors) => void failures.push(...errors),
    hold: () => {
      held ??= Promise.withResolvers<undefined>();
    },
    release() {
      held?.resolve(undefined);
      held = undefined;
    },
  };
}

export function fakeSpec(name = 'encoder'): ChildSpec {
  return {
    name,
    executable: 'ffmpeg',
    args: [],
    stdin: 'none',
    stdout: 'ignore',
    pipes: [],
    priority: 'normal',
    secrets: [],
    quit: 'term',
    graceMs: 1000,
  };
}
