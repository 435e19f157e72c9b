import { readFileSync } from 'node:fs';
import { type Duplex, PassThrough } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { createEmitter } from '../../src-main/base/emitter.ts';
import { silentLogger } from '../../src-main/core/ports/logger.ts';
import type { Child, ChildExit, ChildSpec } from '../../src-main/core/ports/process.ts';
import { readFfmpegFailure } from '../../src-main/core/process/parse-failure.ts';
import { openProgressReader } from '../../src-main/core/process/parse-progress.ts';
import { createSupervise } from '../../src-main/core/process/supervise.ts';
import type { PushTools } from '../../src-main/core/publish/push.ts';
import type { ManualClock } from './manual-clock.ts';

/** A pipe that shows what went into it, and is full when the test says so. */
export type FakePipe = {
  readonly duplex: Duplex;
  readonly taken: readonly string[];
  readonly isEnded: () => boolean;
  /** It goes on taking what is written, as streams do, but says that it is enough. */
  fill(): void;
  drain(): void;
};

export function fakePipe(): FakePipe {
  const taken: string[] = [];
  const listeners: (() => void)[] = [];
  let isFull = false;
  let isEnded = false;
  const pipe = {
    write(bytes: Uint8Array) {
      taken.push(Buffer.from(bytes).toString());
      return !isFull;
    },
    on(event: string, listener: () => void) {
      if (event === 'drain') {
        listeners.push(listener);
      }
      return pipe;
    },
    end() {
      isEnded = true;
    },
  };
  return {
    // Of a stream only these three are used, and a real one would not do what it is told in the same turn.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
    duplex: pipe as unknown as Duplex,
    taken,
    isEnded: () => isEnded,
    fill() {
      isFull = true;
    },
    drain() {
      isFull = false;
      for (const listener of listeners) {
        listener();
      }
    },
  };
}

/** A made-up ffmpeg that pushes. */
export type FakePushChild = {
  readonly spec: ChildSpec;
  readonly video: FakePipe;
  readonly audio: FakePipe;
  /** What stood in the file of options when it was started. */
  readonly secretOptions: string;
  readonly secretsFile: string;
  /** It says that it has sent so many bytes in all. */
  readonly sends: (totalBytes: number) => Promise<void>;
  /** Ends by itself. */
  exits(code: number, ...lastLines: readonly string[]): Promise<void>;
  /** From now on it does not end when asked. */
  hangs(): void;
  readonly wasAsked: () => boolean;
  readonly wasKilled: () => boolean;
};

export type FakePushes = {
  /** The real supervisor, over children that do nothing but what the test makes them do. */
  readonly tools: PushTools;
  /** All there ever were, oldest first. */
  readonly children: readonly FakePushChild[];
  newest(): FakePushChild;
  /** The next start fails with it. */
  failNext(error: Error): void;
  /** The child of so many, once it is there: its file of options is a real one, and takes its time. */
  started(count: number): Promise<FakePushChild>;
};

/** Everything that is ready to run has run. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) {
    await nextTurn();
  }
}

export function fakePushes(clock: ManualClock, over: Partial<PushTools> = {}): FakePushes {
  const children: FakePushChild[] = [];
  const failures: Error[] = [];

  function spawn(spec: ChildSpec): Promise<Child> {
    const failure = failures.shift();
    if (failure !== undefined) {
      return Promise.reject(failure);
    }
    const { promise: exited, resolve } = Promise.withResolvers<ChildExit>();
    const stdout = new PassThrough();
    const [video, audio] = [fakePipe(), fakePipe()];
    const secretsFile = spec.args[spec.args.indexOf('-fpre') + 1] ?? '';
    let isHanging = false;
    let asked = false;
    let killed = false;
    const child: FakePushChild = {
      spec,
      video,
      audio,
      secretsFile,
      secretOptions: readFileSync(secretsFile, 'utf8'),
      async sends(totalBytes) {
        stdout.write(`total_size=${totalBytes}\nprogress=continue\n`);
        await settled();
      },
      async exits(code, ...lastLines) {
        resolve({ code, signal: null, asked, lastLines });
        await settled();
      },
      hangs() {
        isHanging = true;
      },
      wasAsked: () => asked,
      wasKilled: () => killed,
    };
    children.push(child);
    function kill(): void {
      killed = true;
      resolve({ code: null, signal: 'SIGKILL', asked, lastLines: [] });
    }
    return Promise.resolve({
      pid: children.length,
      stdin: undefined,
      stdout,
      pipe: (fd: number) => (fd === 3 ? video.duplex : audio.duplex),
      lines: createEmitter<string>(),
      exited,
      async stop() {
        asked = true;
        if (isHanging) {
          clock.after(spec.graceMs, kill);
        } else {
          resolve({ code: 255, signal: null, asked: true, lastLines: [] });
        }
        return await exited;
      },
      kill,
    });
  }

  return {
    tools: {
      supervise: createSupervise({ spawn, clock, random: () => 0.5, logger: silentLogger }),
      ffmpeg: () => Promise.resolve('/opt/ffmpeg'),
      openProgressReader,
      readFailure: readFfmpegFailure,
      authorities: () => [],
      clock,
      logger: silentLogger,
      ...over,
    },
    children,
    newest() {
      const child = children.at(-1);
      if (child === undefined) {
        throw new Error('nothing has been started');
      }
      return child;
    },
    failNext: (error) => void failures.push(error),
    async started(count) {
      for (let tries = 0; tries < 400; tries += 1) {
        const child = children[count - 1];
        if (child !== undefined) {
          await settled();
          return child;
        }
        await wait(5);
      }
      throw new Error(`${count} were not started, only ${children.length}`);
    },
  };
}
