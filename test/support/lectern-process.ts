import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { HEADLESS } from '../../src-main/bootstrap/headless.mjs';
import { type ControlClient, createControlClient } from '../../src-main/core/control/client/control-client.ts';

/** Any free ones, unless a test asks for its own. */
const PORTS = ['control', 'origin', 'rtmp', 'rtmps', 'ingest', 'srt'].map((name) => `--${name}-port`);
const STARTS_WITHIN_MS = 90_000;

/** A real `lectern serve` in its own process. */
export type Lectern = AsyncDisposable & {
  readonly pid: number;
  readonly dataDir: string;
  readonly controlUrl: string;
  readonly originUrl: string;
  readonly token: string;
  /** The studio's page, with its key. */
  readonly pageUrl: string;
  readonly call: ControlClient['call'];
  /** What it said on stderr so far. */
  readonly words: () => string;
  /** SIGKILL to the service alone; its children have to notice by themselves. */
  readonly kill: () => Promise<void>;
  /** SIGTERM, and its exit code. */
  readonly stop: () => Promise<number | null>;
};

export async function startLectern(options: {
  readonly dataDir: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}): Promise<Lectern> {
  const { dataDir } = options;
  const child = spawn(
    process.execPath,
    [
      ...HEADLESS,
      'serve',
      '--json',
      '--data-dir',
      dataDir,
      ...PORTS.filter((flag) => options.args?.includes(flag) !== true).flatMap((flag) => [flag, '0']),
      ...(options.args ?? []),
    ],
    { env: { ...process.env, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words += text;
  });
  const exited = once(child, 'exit');
  const ready = await readyLine(child, () => words);
  return {
    ...ready,
    pid: child.pid ?? 0,
    dataDir,
    pageUrl: `${ready.controlUrl}/#token=${encodeURIComponent(ready.token)}`,
    call: createControlClient(ready).call,
    words: () => words,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };

  async function stop(): Promise<number | null> {
    child.kill('SIGTERM');
    await exited;
    return child.exitCode;
  }
}

type Ready = { readonly controlUrl: string; readonly originUrl: string; readonly token: string };

async function readyLine(child: ChildProcess, words: () => string): Promise<Ready> {
  const { promise, resolve, reject } = Promise.withResolvers<Ready>();
  const fail = (why: string): void => {
    child.kill('SIGKILL');
    reject(new Error(`Lectern did not start: ${why}\n${words()}`));
  };
  const timer = setTimeout(() => fail('no word of it'), STARTS_WITHIN_MS);
  child.once('exit', (code) => fail(`it ended with ${String(code)}`));
  if (child.stdout === null) {
    throw new Error('no stdout');
  }
  // Read to the end, or the service would wait for its reader.
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said: unknown = JSON.parse(line);
    if (isReady(said)) {
      resolve(said);
    }
  });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

function isReady(said: unknown): said is Ready {
  return typeof said === 'object' && said !== null && 'event' in said && said.event === 'ready';
}
